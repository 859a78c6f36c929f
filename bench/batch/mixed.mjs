// A mixed load of real programs on one CPU: long ones that are there first,
// and short ones that come while they run.

import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { runBatch } from '../../dist/batch/index.js'
import { median, rotate } from '../lib/statistics.mjs'
import { withFolder } from './folder.mjs'
import { percent, seconds } from './table.mjs'

export const title = 'Real programs: turnaround under four policies'
export const aim = 'short jobs sooner under feedback queues than under FCFS'
export const head = ['policy', 'short jobs, mean turnaround', 'against FCFS', 'long jobs, mean turnaround', 'makespan']

const policies = [
  { name: 'fcfs' },
  { name: 'sjf' },
  { name: 'rr', options: { quantum: 50 } },
  { name: 'mlfq', options: { quantum: 50 } },
]

export async function measure({ rounds, cpu, quick }) {
  return withFolder(async (folder) => {
    const files = await filesIn(folder, quick ? 0.1 : 1)
    const state = join(folder, 'state')
    const run = (policy, round) =>
      runBatch(jobsOf(files, `${policy.name}${round}`), { folder: state, policy, cpus: [cpu] })
    // SJF goes by what it has learned: one run before the others.
    await run({ name: 'fcfs' }, -1)
    const results = new Map(policies.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1)
      for (const policy of rotate(policies, round)) {
        const record = await run(policy, round)
        results.get(policy.name).push(figuresOf(record, `${policy.name}${round}`))
      }
    const base = median(results.get('fcfs').map(({ short }) => short))
    return policies.map(({ name }) => {
      const [short, long, makespan] = ['short', 'long', 'makespan'].map((figure) =>
        median(results.get(name).map((one) => one[figure])),
      )
      return {
        cells: [name, seconds(short), percent(short / base - 1, 0), seconds(long), seconds(makespan)],
        data: { name, rounds: results.get(name) },
      }
    })
  })
}

/** Lines that are in no order and compress somewhat. */
async function filesIn(folder, scale) {
  const write = async (name, lines) => {
    const path = join(folder, name)
    const stream = createWriteStream(path)
    let state = 1
    for (let at = 0; at < lines; at += 1_000) {
      let text = ''
      for (let line = 0; line < 1_000; line += 1) {
        state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
        text += `${state.toString(36)} ${at + line} ${'abc'.repeat(state % 7)}\n`
      }
      stream.write(text)
    }
    stream.end()
    await finished(stream)
    return path
  }
  return { large: await write('large', Math.round(800_000 * scale)), small: await write('small', 8_000) }
}

function jobsOf({ large, small }, run) {
  const python = (turns) => ['python3', '-c', `sum(i * i % 7 for i in range(${turns}))`]
  const long = [
    ['gzip', ['gzip', '-9', '-c', large]],
    ['sort', ['sort', large]],
    ['python', python(8_000_000)],
    ['sha', ['sh', '-c', 'for i in 1 2 3 4 5 6; do sha256sum "$0"; done', large]],
  ]
  const short = [
    ['wc', ['wc', small]],
    ['gzip-small', ['gzip', '-c', small]],
    ['sort-small', ['sort', small]],
    ['sleep', ['sleep', '0.2']],
    ['sum', ['sha256sum', small]],
    ['sh', ['sh', '-c', 'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done']],
    ['awk', ['awk', '{ n += length($0) } END { print n }', small]],
    ['python-small', python(100_000)],
  ]
  // What one run wrote is of no use to the next.
  const logs = { bytes: 1_000_000, keep: 0 }
  const request = (kind, delayMs, [name, argv]) => ({
    argv,
    name: `${name}-${run}`,
    key: name,
    group: `${kind}-${run}`,
    delayMs,
    logs,
  })
  return [
    ...long.map((one) => request('long', 0, one)),
    ...short.map((one, at) => request('short', 200 + 250 * at, one)),
  ]
}

function figuresOf({ jobs }, run) {
  const turnarounds = (kind) =>
    jobs
      .filter(({ request }) => request.group === `${kind}-${run}`)
      .map(({ name, outcome, request, submittedAt, endedAt }) => {
        if (outcome !== 'ok') throw new Error(`${name} ended with ${outcome}`)
        return endedAt - submittedAt - request.delayMs
      })
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length
  const own = jobs.filter(({ request }) => request.group?.endsWith(`-${run}`))
  const makespan =
    Math.max(...own.map(({ endedAt }) => endedAt)) - Math.min(...own.map(({ submittedAt }) => submittedAt))
  return { short: mean(turnarounds('short')), long: mean(turnarounds('long')), makespan }
}
