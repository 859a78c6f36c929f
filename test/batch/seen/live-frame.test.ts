/** The live picture: whatever the run and the terminal, it fits, tells the truth, and cannot be steered by names. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { liveFrame, type JobStatus, type LiveOptions, type RunRecord, type Step } from '#lanework/batch/index.js'
import { textWidth } from '#lanework/schedule/index.js'
import { hostileNames } from '../../schedule/draw/plain.js'
import { noTimes, pretendedRun, startedAt, statusOf } from './pretended-batch.js'

const usual: LiveOptions = { width: 80, height: 24 }

/** Without its escape sequences of colour. */
function plain(line: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
  return line.replace(/\u001b\[[\d;]+m/g, '')
}

function recordOf(jobs: readonly JobStatus[], steps: readonly Step[], until: number, cpus = [0]): RunRecord {
  const policies = [{ at: 0, choice: { name: 'rr', options: { quantum: 100 } } }]
  return { startedAt, until, cpus, policies, jobs, steps, dropped: 0 }
}

describe('the live picture', () => {
  test('fits every size, in colour and without, in Unicode and ASCII', () => {
    const record = pretendedRun(undefined, 1_500).recordNow()
    for (const [width, height] of [
      [80, 24],
      [200, 50],
      [40, 8],
      [24, 3],
      [10, 2],
      [1, 1],
      [3, 40],
      [0, 0],
    ] as const)
      for (const color of [false, true])
        for (const charset of ['unicode', 'ascii'] as const) {
          const lines = liveFrame(record, { width, height, color, charset, footer: 'q quits' })
          assert.ok(lines.length <= height, `${width}x${height}: ${lines.length} lines`)
          for (const line of lines) {
            assert.ok(textWidth(plain(line)) <= width, `${width}x${height}: ${line}`)
            if (charset === 'ascii') assert.match(plain(line), /^[\x20-\x7e]*$/)
          }
        }
  })

  test('says what is going on: policy, CPUs, time, counts, who runs where', () => {
    const record = pretendedRun(undefined, 1_500).recordNow()
    const lines = liveFrame(record, usual)
    assert.match(lines[0] ?? '', /^rr, quantum 100 ms · CPUs 0-1 · 1\.5 s · busy \d+ %$/)
    assert.match(lines[1] ?? '', /running/)
    assert.match(lines[2] ?? '', /^CPU 0 .*[ABCD]━/)
    for (const { name } of record.jobs)
      assert.ok(
        lines.some((line) => line.includes(` ${name} `)),
        name,
      )
  })

  test('draws for each column who had the CPU', () => {
    const jobs = [statusOf(1, 'alpha', { state: 'running' }), statusOf(2, 'beta')]
    const steps: Step[] = [
      { at: 0, job: 1, to: 'running', cause: 'dispatched', cpus: [0] },
      { at: 500, job: 1, to: 'ready', cause: 'expired' },
      { at: 500, job: 2, to: 'running', cause: 'dispatched', cpus: [0] },
      { at: 750, job: 2, to: 'ready', cause: 'expired' },
      { at: 750, job: 1, to: 'running', cause: 'dispatched', cpus: [0] },
    ]
    const lines = liveFrame(recordOf(jobs, steps, 1_000), { width: 48, height: 12, windowMs: 1_000, charset: 'ascii' })
    assert.equal(lines[2], 'CPU 0   alpha===============beta======alpha=====')
  })

  test('goes on with what lasts up to now, beyond the last step', () => {
    const jobs = [statusOf(1, 'alpha', { state: 'running' })]
    const steps: Step[] = [{ at: 0, job: 1, to: 'running', cause: 'dispatched', cpus: [0] }]
    const lines = liveFrame(recordOf(jobs, steps, 0), { ...usual, now: 5_000 })
    assert.match(lines[0] ?? '', /5\.0 s · busy 100 %/)
    assert.match(lines.find((line) => line.includes('alpha  ')) ?? '', /100 %/)
  })

  test('shows the share of the last second, not of the whole run', () => {
    const jobs = [statusOf(1, 'alpha')]
    const steps: Step[] = [
      { at: 0, job: 1, to: 'running', cause: 'dispatched', cpus: [0] },
      { at: 8_250, job: 1, to: 'blocked', cause: 'blocks' },
    ]
    assert.match(liveFrame(recordOf(jobs, steps, 9_000), usual).join('\n'), / 25 %/)
  })

  test('does not call several jobs in a column one', () => {
    const jobs = [statusOf(1, 'alpha'), statusOf(2, 'beta')]
    const steps = Array.from({ length: 200 }, (_, index): Step[] => {
      const [at, job] = [index * 5, (index % 2) + 1]
      const begins: Step = { at, job, to: 'running', cause: 'dispatched', cpus: [0] }
      return at === 0 ? [begins] : [{ at, job: 3 - job, to: 'ready', cause: 'expired' }, begins]
    }).flat()
    const lines = liveFrame(recordOf(jobs, steps, 1_000), { width: 58, height: 10, windowMs: 1_000 })
    assert.match(lines[2] ?? '', /▒{40}/)
  })

  test('names with control characters, wide ones and none stay in their columns', () => {
    const names = [...hostileNames, '构建一个很长很长的名字', '\u001b]0;owned\u0007\u001b[2J\n\r']
    const jobs = names.map((name, index) =>
      statusOf(index + 1, name, { state: 'running', why: name, outcome: index === 0 ? 'failed' : undefined }),
    )
    const steps = jobs.map(({ id }): Step => ({ at: id, job: id, to: 'running', cause: 'dispatched', cpus: [id] }))
    const record = recordOf(
      jobs,
      steps,
      1_000,
      jobs.map(({ id }) => id),
    )
    for (const width of [30, 80, 200])
      for (const line of liveFrame(record, { width, height: 80, color: true })) {
        // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
        assert.doesNotMatch(plain(line), /[\u0000-\u001f\u007f-\u009f]/)
        assert.ok(textWidth(plain(line)) <= width, line)
      }
  })

  test('puts those that do something first, and counts those that have no room', () => {
    const jobs = Array.from({ length: 100 }, (_, index) =>
      statusOf(
        index + 1,
        `job${index + 1}`,
        index === 90 ? { state: 'running' } : { state: 'ended', outcome: 'ok', endedAt: index },
      ),
    )
    const lines = liveFrame(recordOf(jobs, [], 1_000), { width: 80, height: 20 })
    const first = lines.findIndex((line) => line.includes(' no  name'))
    assert.match(lines[first + 1] ?? '', /job91 /)
    assert.match(lines[first + 2] ?? '', /job100 /)
    assert.match(lines.at(-1) ?? '', /^ {3}and \d+ more$/)
    const scrolled = liveFrame(recordOf(jobs, [], 1_000), { width: 80, height: 20, skip: 1_000 })
    assert.match(scrolled.at(-1) ?? '', /job1 /)
  })

  test('has room for jobs on a machine with many CPUs', () => {
    const cpus = Array.from({ length: 128 }, (_, cpu) => cpu)
    const lines = liveFrame(recordOf([statusOf(1, 'alpha')], [], 1_000, cpus), { width: 80, height: 24 })
    assert.match(lines[0] ?? '', /CPUs 0-127/)
    assert.ok(lines.some((line) => /^CPU \d+ \+/.test(line)))
    assert.ok(lines.some((line) => line.includes('alpha')))
  })

  test('a batch without jobs, at its first moment', () => {
    const lines = liveFrame(recordOf([], [], 0), usual)
    assert.match(lines[1] ?? '', /no jobs yet/)
  })

  test('a job of which nothing was measured shows the time that it ran', () => {
    const job = statusOf(1, 'alpha', { times: { ...noTimes, running: 2_300 } })
    assert.match(liveFrame(recordOf([job], [], 3_000), usual).join('\n'), /2\.3 s/)
  })
})
