// Predicted against measured: programs that compute, under four policies; from
// the history of earlier runs before the run, and from its own times after it.

import { History, replay, runBatch } from '../../dist/batch/index.js'
import { median } from '../lib/statistics.mjs'
import { withFolder } from './folder.mjs'
import { spinner } from './spinner.mjs'
import { percent, seconds } from './table.mjs'

export const title = 'Predicted against measured: programs that compute'
export const aim = 'makespan off by less than 5 %'
export const head = [
  'policy',
  'makespan',
  'replayed off by',
  'foretold off by',
  'mean turnaround',
  'replayed off by',
  'foretold off by',
]

const policies = [
  { name: 'fcfs' },
  { name: 'sjf' },
  { name: 'rr', options: { quantum: 100 } },
  { name: 'mlfq', options: { quantum: 50 } },
]

export async function measure({ rounds, cpu, quick }) {
  const { argv } = spinner()
  const scale = quick ? 0.1 : 1
  const jobs = [900, 400, 1_500, 250, 600, 1_100].map((cpuMs) => {
    const name = `spin${cpuMs}`
    return { argv: argv('cpu', Math.round(cpuMs * scale)), name, key: name }
  })
  return withFolder(async (folder) => {
    const once = (policy) => runBatch(jobs.map(nextName()), { folder, policy, cpus: [cpu] })
    for (let run = 0; run < 2; run += 1) await once({ name: 'fcfs' })
    const replays = new Map(policies.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1)
      for (const policy of policies) {
        // Read before the run, so it knows nothing of it.
        const history = History.open(folder)
        replays.get(policy.name).push(replay(lastRun(await once(policy), jobs.length), { history }))
      }
    return policies.map(({ name }) => rowOf(name, replays.get(name)))
  })
}

/** Names of jobs that have ended may be known still. */
let run = 0
function nextName() {
  run += 1
  const suffix = run
  return (job) => ({ ...job, name: `${job.name}-${suffix}` })
}

/** The record with its last jobs alone: those before them are of earlier runs in the same folder. */
function lastRun(record, count) {
  return { ...record, jobs: record.jobs.toSorted((a, b) => a.id - b.id).slice(-count) }
}

function rowOf(name, replays) {
  const figures = ['makespan', 'turnaround'].flatMap((figure) => {
    const replayed = replays.map((one) => one.replayed[figure])
    const foretold = replays.map((one) => one.foretold[figure])
    return [seconds(median(replayed.map(({ measured }) => measured))), error(replayed), error(foretold)]
  })
  const data = replays.map(({ replayed, foretold }) => ({
    replayed: { makespan: replayed.makespan, turnaround: replayed.turnaround },
    foretold: { makespan: foretold.makespan, turnaround: foretold.turnaround },
  }))
  return { cells: [name, ...figures], data: { name, data } }
}

/** Median over the rounds, without signs. */
function error(all) {
  return percent(median(all.map((one) => Math.abs(one.error))))
}
