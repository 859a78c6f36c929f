/** Who is admitted when memory, named resources, slots of groups or the degree of multiprogramming are short. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Engine, type EngineSettings, type JobPlan } from '#lanework/batch/index.js'
import { planOf, settingsOf } from './plans.js'
import { VirtualMachine, type Submission } from './virtual-machine.js'

const gib = 2 ** 30
const fcfs = { name: 'fcfs' }

function job(name: string, length: number, about: Partial<JobPlan> = {}, at = 0): Submission {
  return { at, plan: planOf(name, about), programs: [{ bursts: [length] }] }
}

function batch(submissions: readonly Submission[], about: Partial<EngineSettings> = {}): VirtualMachine {
  return new VirtualMachine(settingsOf(fcfs, { cpus: [0, 1, 2, 3], ...about }), submissions)
}

describe('a job waits', () => {
  it('until the memory that it claims is free', () => {
    const machine = batch([job('a', 10, { memoryBytes: 6 * gib }), job('b', 10, { memoryBytes: 3 * gib })])
    machine.run(5)
    assert.equal(machine.states(), 'a running, b queued')
    assert.equal(machine.engine.status(2)?.why, 'needs 3 GiB of memory, 2 GiB is free')
    assert.equal(machine.engine.free().memoryBytes, 2 * gib)
    machine.run()
    assert.equal(machine.engine.status(2)?.startedAt, 10)
    assert.equal(machine.engine.free().memoryBytes, 8 * gib)
  })

  it('until there is enough of a named resource', () => {
    const jobs = ['a', 'b', 'c'].map((name) => job(name, 10, { resources: { licence: 1 } }))
    const machine = batch(jobs, { resources: { licence: 2 } })
    machine.run(5)
    assert.equal(machine.states(), 'a running, b running, c queued')
    assert.equal(machine.engine.status(3)?.why, 'needs 1 licence, 0 is free')
    assert.deepEqual(machine.engine.free().resources, { licence: 0 })
    machine.run()
    assert.equal(machine.engine.status(3)?.startedAt, 10)
  })

  it('for parts of a resource, which come to the whole again in whatever order they are given back', () => {
    const parts = [0.1, 0.2, 0.3].map((lic, index) => job(`p${lic}`, [30, 10, 20][index] ?? 0, { resources: { lic } }))
    const machine = batch([...parts, job('whole', 10, { resources: { lic: 1 } }, 40)], { resources: { lic: 1 } })
    machine.run(25)
    assert.deepEqual(machine.engine.free().resources, { lic: 0.9 })
    machine.run()
    assert.equal(machine.states(), 'p0.1 ok, p0.2 ok, p0.3 ok, whole ok')
    assert.deepEqual(machine.engine.free().resources, { lic: 1 })
  })

  it('for a slot of its group, as others pass', () => {
    const jobs = ['a', 'b', 'c'].map((name, index) => job(name, 10, { group: index < 2 ? 'net' : 'other' }))
    const machine = batch(jobs, { slots: { net: 1 } })
    machine.run(5)
    assert.equal(machine.states(), 'a running, b queued, c running')
    assert.equal(machine.engine.status(2)?.why, 'needs 1 slot of group net, 0 is free')
  })

  it('while as many are admitted as may be', () => {
    const machine = batch([job('a', 10), job('b', 10), job('c', 10)], { degree: 2 })
    machine.run(5)
    assert.equal(machine.states(), 'a running, b running, c queued')
    assert.equal(machine.engine.status(3)?.why, '2 jobs are admitted, as many as may be')
  })

  it('and holds what it has while it is paused', () => {
    const machine = batch([job('a', 10, { memoryBytes: 6 * gib }), job('b', 10, { memoryBytes: 6 * gib })])
    machine.at(5, (engine) => engine.pause(1, 5))
    machine.run(50)
    assert.equal(machine.states(), 'a paused, b queued')
  })
})

describe('the one that waits longest', () => {
  it('is passed over by others that fit, but not for ever', () => {
    const small = Array.from({ length: 40 }, (_, index) =>
      job(`s${index}`, 10, { memoryBytes: 3 * gib }, 2 + index * 5),
    )
    const machine = batch([
      job('first', 12, { memoryBytes: 4 * gib }),
      job('big', 10, { memoryBytes: 8 * gib }, 1),
      ...small,
    ])
    machine.run()
    const big = machine.engine.status(2)
    const before = machine.engine.statuses().filter(({ startedAt }) => (startedAt ?? 0) < (big?.startedAt ?? 0))
    // The first one, and ten that passed.
    assert.equal(before.length, 11)
    assert.ok(machine.engine.statuses().every(({ outcome }) => outcome === 'ok'))
  })

  it('is passed by jobs that take nothing of what it lacks, as often as there are such', () => {
    const free = Array.from({ length: 30 }, (_, index) => job(`f${index}`, 1, {}, index + 2))
    const machine = batch([
      job('holder', 100, { memoryBytes: 8 * gib }),
      job('big', 10, { memoryBytes: 8 * gib }, 1),
      ...free,
    ])
    machine.run(50)
    assert.equal(machine.engine.counts().ended, 30)
    assert.equal(machine.engine.status(2)?.state, 'queued')
  })

  it('is told why it is behind', () => {
    const small = Array.from({ length: 12 }, (_, index) => job(`s${index}`, 100, { memoryBytes: gib / 4 }, 2))
    const machine = batch([
      job('first', 100, { memoryBytes: gib }),
      job('big', 1, { memoryBytes: 8 * gib }, 1),
      ...small,
    ])
    machine.run(5)
    assert.equal(machine.engine.status(13)?.why, 'one that waits longer comes first')
  })
})

describe('what can never be met', () => {
  const impossible: readonly [string, Partial<JobPlan>, RegExp][] = [
    ['memory', { memoryBytes: 9 * gib }, /wants 9663676416 of the bytes of memory/],
    ['a resource', { resources: { licence: 3 } }, /wants 3 of licence, and there are never more than 2/],
    [
      'a resource that nobody knows',
      { resources: { dongle: 1 } },
      /wants 1 of dongle, and there are never more than 0/,
    ],
    ['CPUs', { width: 5 }, /wants 5 of the CPUs where it may run, and there are never more than 4/],
    ['CPUs where it may run', { affinity: [7, 8] }, /never more than 0/],
  ]
  for (const [what, about, message] of impossible)
    it(`is refused: ${what} (JOB_IMPOSSIBLE)`, () => {
      const machine = batch([], { resources: { licence: 2 } })
      const add = (): void => machine.engine.add([{ id: 1, plan: planOf('a', about), submittedAt: 0 }], 0)
      assert.throws(add, { code: 'JOB_IMPOSSIBLE', message })
      assert.deepEqual([machine.engine.statuses(), machine.facts], [[], []])
    })

  it('of a job that was taken by a batch with more waits aside, and nobody behind it', () => {
    const machine = batch([])
    const plan = planOf('small', { memoryBytes: gib })
    const jobs = [planOf('big', { memoryBytes: 16 * gib }), plan].map((each, index) => restored(index + 1, each))
    machine.engine.restore(jobs, 100)
    assert.equal(machine.states(), 'big queued, small running')
    assert.equal(machine.engine.status(1)?.why, 'needs 16 GiB of memory, and there are never more than 8 GiB')
    machine.engine.cancel(1, 101)
    assert.equal(machine.engine.status(1)?.outcome, 'cancelled')
  })
})

type Restored = Parameters<Engine['restore']>[0][number]

function restored(id: number, plan: JobPlan): Restored {
  const times = { waiting: 0, queued: 0, ready: 0, running: 0, blocked: 0, paused: 0 }
  return {
    id,
    plan,
    submittedAt: 0,
    attempt: 0,
    program: 'none',
    pid: undefined,
    startTicks: undefined,
    attemptStartedAt: undefined,
    last: undefined,
    startedAt: undefined,
    paused: false,
    ending: undefined,
    ended: undefined,
    account: { times, dispatches: 0, preemptions: 0, use: undefined },
    accountedAt: 0,
  }
}
