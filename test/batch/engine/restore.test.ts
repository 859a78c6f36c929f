/** Jobs of a batch that was started again, and what was counted of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { restoredFrom, type EngineSettings, type Found, type JobPlan, type JobUse } from '#lanework/batch/index.js'
import { planOf, settingsOf } from './plans.js'
import { UnrulyMachine, type Process } from './unruly-machine.js'

const hour = 3_600_000
const fcfs = { name: 'fcfs' }

function machineOf(about: Partial<EngineSettings> = {}): UnrulyMachine {
  return new UnrulyMachine(settingsOf(fcfs, about))
}

function add(machine: UnrulyMachine, id: number, about: Partial<JobPlan> = {}): void {
  machine.engine.add([{ id, plan: planOf(`j${id}`, about), submittedAt: machine.now }], machine.now)
}

function program(machine: UnrulyMachine, id: number): Process {
  const found = machine.alive(id)
  assert.ok(found)
  return found
}

/** A batch that goes on after this one; the date is then `startedAt`, and instants begin anew. */
function successorOf(machine: UnrulyMachine, startedAt: number, found: Partial<Found> = {}): UnrulyMachine {
  const { jobs } = restoredFrom(JSON.parse(JSON.stringify(machine.facts)))
  const after = machineOf({ startedAt })
  const known = machine.find(jobs, after)
  for (const job of known) if (job.found !== undefined) Object.assign(job.found, found)
  after.engine.restore(known, 0)
  return after
}

describe('a date that was set while no batch was there', () => {
  function limited(): UnrulyMachine {
    const machine = machineOf()
    add(machine, 1, { timeLimitMs: 600_000 })
    machine.now = 10
    machine.started(program(machine, 1))
    return machine
  }

  it('forward, ends no job by its time limit: the age of its program counts', () => {
    const after = successorOf(limited(), hour, { ageMs: 1_000 })
    assert.equal(after.engine.nextAt(), 599_000)
    after.engine.advance(598_999)
    assert.equal(after.engine.status(1)?.state, 'running')
    assert.equal(program(after, 1).isEnding, false)
    after.engine.advance(599_000)
    assert.equal(program(after, 1).isEnding, true)
  })

  it('back, gives nobody more than its limit or its delay', () => {
    const machine = limited()
    machine.now = 1_000
    add(machine, 2, { delayMs: 60_000 })
    const after = successorOf(machine, -hour)
    assert.equal(after.engine.nextAt(), 60_000)
    after.engine.advance(60_000)
    assert.equal(after.engine.status(2)?.state, 'ready')
    assert.equal(after.engine.nextAt(), 600_000)
  })
})

describe('what a job used', () => {
  const use = (userMs: number, peakRssBytes: number, readBytes?: number): JobUse => ({
    userMs,
    systemMs: 1,
    rssBytes: 5,
    peakRssBytes,
    readBytes,
    writtenBytes: undefined,
    voluntarySwitches: 2,
    involuntarySwitches: 3,
    processes: 1,
  })

  it('adds up over its attempts, also when the batch was started again between or within them', () => {
    const machine = machineOf()
    add(machine, 1, { retries: 2, backoff: { firstMs: 10, maxMs: 10 } })
    machine.started(program(machine, 1))
    machine.engine.used(1, use(40, 900), 1)
    machine.engine.ended(1, 1, { exitCode: 3, signal: undefined, use: use(100, 900), resources: undefined }, 100)
    assert.equal(machine.engine.status(1)?.use?.userMs, 100)
    program(machine, 1).state = 'over'
    machine.engine.advance((machine.now = 200))
    machine.started(program(machine, 1))
    machine.engine.used(1, use(20, 300, 7), 220)
    machine.engine.used(1, use(30, 300, 7), 230)
    assert.equal(machine.engine.status(1)?.use?.userMs, 130)

    const after = successorOf(machine, 300)
    after.engine.used(1, use(50, 300, 7), 1)
    assert.deepEqual(after.engine.status(1)?.use, {
      ...use(150, 900, 7),
      systemMs: 2,
      voluntarySwitches: 4,
      involuntarySwitches: 6,
    })
  })
})

describe('the times of a job', () => {
  function second(): UnrulyMachine {
    const machine = machineOf()
    add(machine, 1)
    add(machine, 2)
    machine.started(program(machine, 1))
    machine.now = 3_000
    machine.exit(program(machine, 1), 0)
    machine.started(program(machine, 2))
    return machine
  }

  it('are what they were when its batch was closed, and what it ran meanwhile', () => {
    const machine = second()
    machine.engine.pause(2, 3_020)
    machine.engine.resume(2, 3_050)
    machine.engine.account(3_100)
    const { times } = machine.engine.status(2) ?? {}
    assert.deepEqual([times?.ready, times?.running, times?.paused], [3_000, 70, 30])
    const after = successorOf(machine, 4_100)
    assert.deepEqual(after.engine.status(2)?.times, { ...times, running: 1_070 })
    assert.equal(after.engine.status(2)?.dispatches, 3)
  })

  it('before its program started are not spent running, though its batch was killed', () => {
    const { times } = successorOf(second(), 4_100).engine.status(2) ?? {}
    assert.deepEqual([times?.ready, times?.running], [3_000, 1_100])
  })
})

describe('a job that ended while no batch was there', () => {
  const use = (userMs: number, peakRssBytes: number): JobUse => ({
    userMs,
    systemMs: 1,
    rssBytes: 0,
    peakRssBytes,
    readBytes: undefined,
    writtenBytes: undefined,
    voluntarySwitches: 2,
    involuntarySwitches: 3,
    processes: 0,
  })
  const end = (exitCode: number) => ({ exitCode, signal: undefined, use: use(700, 50), resources: undefined })

  /** It ran from 0 on, and had used something when the batch was killed at 1,000. */
  function left(about: Partial<JobPlan> = {}): UnrulyMachine {
    const machine = machineOf()
    add(machine, 1, about)
    machine.started(program(machine, 1))
    machine.engine.used(1, use(90, 400), (machine.now = 1_000))
    machine.engine.account(1_000)
    Object.assign(program(machine, 1), { state: 'over', exitCode: 0 })
    return machine
  }

  it('is over since then, has run till then, and used what was counted at its end', () => {
    const after = successorOf(left(), hour, { endedAt: 3_000, end: end(0) })
    const status = after.engine.status(1)
    assert.deepEqual([status?.outcome, status?.endedAt], ['ok', 3_000])
    assert.deepEqual([status?.times.running, status?.times.waiting], [3_000, 0])
    assert.deepEqual(status?.use, use(700, 400))
    assert.deepEqual(
      after.facts.map(({ kind, at }) => [kind, at]),
      [
        ['attemptEnded', 3_000],
        ['ended', 3_000],
      ],
    )
    const later = successorOf(
      { ...after, find: after.find, facts: [...left().facts, ...after.facts] } as UnrulyMachine,
      2 * hour,
    )
    assert.deepEqual(later.engine.status(1)?.times, status?.times)
    assert.equal(later.engine.status(1)?.endedAt, 3_000)
  })

  it('began when its keeper says, also after a further start, where the start itself was never written down', () => {
    const machine = machineOf()
    add(machine, 1)
    Object.assign(program(machine, 1), { state: 'over', exitCode: 0 })
    const after = successorOf(machine, hour, { startedAt: 100, endedAt: 3_000, end: end(0) })
    assert.equal(after.engine.status(1)?.startedAt, 100)
    const { jobs } = restoredFrom(JSON.parse(JSON.stringify([...machine.facts, ...after.facts])))
    assert.deepEqual([jobs[0]?.startedAt, jobs[0]?.ended?.at], [100, 3_000])
  })

  it('ended neither before it began nor after now, whatever the date was set to', () => {
    const early = successorOf(left(), hour, { endedAt: -hour, end: end(0) }).engine.status(1)
    assert.deepEqual([early?.endedAt, early?.times.running], [0, 1_000])
    const late = successorOf(left(), hour, { endedAt: 2 * hour, end: end(0) }).engine.status(1)
    assert.deepEqual([late?.endedAt, late?.times.running], [hour, hour])
  })

  it('is tried again when its back-off since then is over, and waited meanwhile', () => {
    const about = { retries: 1, backoff: { firstMs: 60_000, maxMs: 60_000 } }
    const after = successorOf(left(about), 13_000, { endedAt: 3_000, end: end(1) })
    assert.equal(after.engine.status(1)?.state, 'waiting')
    assert.equal(after.engine.nextAt(), 50_000)
    const { times } = after.engine.status(1) ?? {}
    assert.deepEqual([times?.running, times?.waiting], [3_000, 10_000])
    const long = successorOf(left(about), hour, { endedAt: 3_000, end: end(1) })
    assert.deepEqual([long.engine.status(1)?.state, long.engine.status(1)?.attempt], ['running', 2])
  })
})
