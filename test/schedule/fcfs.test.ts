/** First come, first served. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { fcfs, type Job } from '#lanework/schedule/index.js'
import { job, meanWaiting, runAll } from './single-cpu.js'

describe('fcfs', () => {
  it('makes short jobs wait behind a long one: Silberschatz, bursts 24, 3, 3 wait 17 on average, 3, 3, 24 wait 3', () => {
    const convoy = [job('P1', 0, 24), job('P2', 0, 3), job('P3', 0, 3)]
    assert.equal(meanWaiting(convoy, runAll(fcfs(), convoy)), 17)
    const short = [job('P2', 0, 3), job('P3', 0, 3), job('P1', 0, 24)]
    assert.equal(meanWaiting(short, runAll(fcfs(), short)), 3)
  })

  it('finishes 5, 10 and 15 when three jobs of 5 come at once', () => {
    const ended = runAll(fcfs(), [job('A', 0, 5), job('B', 0, 5), job('C', 0, 5)])
    assert.deepEqual(ended, [
      { name: 'A', start: 0, finish: 5 },
      { name: 'B', start: 5, finish: 10 },
      { name: 'C', start: 10, finish: 15 },
    ])
  })

  it('picks every ready job exactly once, in the order of readiness', () => {
    const property = fc.property(fc.array(fc.boolean(), { maxLength: 500, size: 'max' }), (comes) => {
      const policy = fcfs()
      const [came, left]: [Job[], Job[]] = [[], []]
      const leave = (): void => {
        const next = policy.pick(0)
        if (next !== undefined) left.push(next)
      }
      for (const [at, isArrival] of comes.entries()) {
        if (!isArrival) leave()
        else {
          came.push({ place: -1, name: `${at}` })
          policy.ready(came.at(-1) as Job, at)
        }
      }
      while (policy.size > 0) leave()
      assert.deepEqual(
        left.map(({ name }) => name),
        came.map(({ name }) => name),
      )
      assert.equal(policy.pick(0), undefined)
    })
    fc.assert(property)
  })

  it('forgets a job that is withdrawn, and takes it again at the end', () => {
    const policy = fcfs()
    const [a, b, c] = [job('A', 0, 1), job('B', 0, 1), job('C', 0, 1)]
    for (const each of [a, b, c]) policy.ready(each, 0)
    assert.equal(policy.withdraw(a), true)
    assert.equal(policy.withdraw(a), false)
    policy.ready(a, 1)
    assert.equal(policy.size, 3)
    assert.deepEqual([policy.pick(1), policy.pick(1), policy.pick(1), policy.pick(1)], [b, c, a, undefined])
    assert.equal(policy.withdraw(a), false)
  })

  it('refuses a job that is queued already', () => {
    const policy = fcfs()
    const a = job('A', 0, 1)
    policy.ready(a, 0)
    assert.throws(() => policy.ready(a, 0), { code: 'OPTION_INVALID' })
    assert.equal(policy.size, 1)
  })

  it('passes over a job that must not run here, and lets nobody overtake one that needs more CPUs', () => {
    const policy = fcfs()
    const [away, wide, small]: [Job, Job, Job] = [{ place: -1 }, { place: -1, width: 4 }, { place: -1 }]
    for (const each of [away, wide, small]) policy.ready(each, 0)
    const accepts = (each: Job): boolean => each !== away
    assert.equal(policy.pick(0, { cpu: 0, free: 3, accepts }), undefined)
    assert.equal(policy.pick(0, { cpu: 0, free: 4, accepts }), wide)
    assert.equal(policy.pick(0, { cpu: 0, free: 1, accepts }), small)
    assert.equal(policy.pick(0, { cpu: 0, free: 1, accepts }), undefined)
    assert.equal(policy.pick(0), away)
  })

  it('explains a pick', () => {
    const policy = fcfs()
    policy.ready(job('A', 0, 1), 0)
    policy.ready(job('B', 0, 1), 0)
    const picked = policy.pick(0)
    assert.ok(picked)
    assert.equal(policy.explain?.(picked, 0), 'A became ready first, before the other that waits.')
  })
})
