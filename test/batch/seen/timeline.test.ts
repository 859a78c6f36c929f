/** Steps as stretches: nothing is lost, nothing overlaps, and what is not known is not made up. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { timelines, type RunRecord, type Stretch } from '#lanework/batch/index.js'
import { pretendedRun } from './pretended-batch.js'

function lengths(stretches: readonly Stretch[]): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const { state, from, to } of stretches) sums[state] = (sums[state] ?? 0) + to - from
  return sums
}

describe('the stretches of a run', () => {
  test('fill each job’s life without gap or overlap, and add up to its times', () => {
    const record = pretendedRun().recordNow()
    const lines = timelines(record)
    assert.equal(lines.size, record.jobs.length)
    for (const { id, times } of record.jobs) {
      const stretches = lines.get(id) ?? []
      for (const [index, { from }] of stretches.entries()) if (index > 0) assert.equal(from, stretches[index - 1]?.to)
      const { ready = 0, running = 0, blocked = 0 } = lengths(stretches)
      assert.deepEqual([ready, running, blocked], [times.ready, times.running, times.blocked])
    }
  })

  test('no CPU has two jobs at once', () => {
    const record = pretendedRun().recordNow()
    const running = [...timelines(record).values()].flat().filter(({ cpus }) => cpus.length > 0)
    for (const cpu of record.cpus) {
      const own = running.filter(({ cpus }) => cpus.includes(cpu)).toSorted((a, b) => a.from - b.from)
      assert.ok(own.length > 5)
      for (const [index, { from }] of own.entries()) if (index > 0) assert.ok(from >= (own[index - 1]?.to ?? 0))
    }
  })

  test('of a part of the time only what reaches into it', () => {
    const record = pretendedRun().recordNow()
    for (const stretches of timelines(record, { from: 500, to: 700 }).values())
      for (const { from, to } of stretches) assert.ok(to > 500 && from < 700 && to <= 700)
  })

  test('a job whose first steps were dropped begins with the first that is left', () => {
    const whole = pretendedRun().recordNow()
    const record: RunRecord = { ...whole, steps: whole.steps.slice(40), dropped: 40 }
    const before = timelines(whole)
    for (const [job, stretches] of timelines(record))
      assert.deepEqual(stretches, before.get(job)?.slice(-stretches.length))
  })

  test('running on other CPUs without a step in between is two stretches', () => {
    const record = pretendedRun().recordNow()
    const steps = [
      { at: 0, job: 1, to: 'running', cause: 'dispatched', cpus: [0] },
      { at: 10, job: 1, to: 'running', cause: 'yielded', cpus: [1] },
      { at: 30, job: 1, to: 'ended', cause: 'ended' },
    ] as const
    const stretches = timelines({ ...record, steps }).get(1) ?? []
    assert.deepEqual(
      stretches.map(({ from, to, cpus }) => [from, to, cpus]),
      [
        [0, 10, [0]],
        [10, 30, [1]],
      ],
    )
  })
})
