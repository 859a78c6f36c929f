/** What becomes of jobs: dependencies, delays, retries, limits, and what people do to them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Condition, EngineSettings, JobPlan } from '#lanework/batch/index.js'
import { policyByName } from '#lanework/schedule/index.js'
import { until } from '../../support/until.js'
import { planOf, settingsOf } from './plans.js'
import { VirtualMachine, type Program, type Submission } from './virtual-machine.js'

const fcfs = { name: 'fcfs' }
const rr = { name: 'rr', options: { quantum: 100 } }

function job(name: string, program: Program | readonly Program[], about: Partial<JobPlan> = {}, at = 0): Submission {
  return { at, plan: planOf(name, about), programs: [program].flat() as Program[] }
}

function batch(submissions: readonly Submission[], about: Partial<EngineSettings> = {}): VirtualMachine {
  return new VirtualMachine(settingsOf(about.choice ?? fcfs, about), submissions)
}

const short = { bursts: [5] }
const long = { bursts: [500] }
const broken = { bursts: [5], exitCode: 3 }

function after(name: string, on: Condition = 'ok'): Partial<JobPlan> {
  return { after: [{ job: name, on }] }
}

describe('a job', () => {
  it('goes from waiting to queued, ready, running and ended', () => {
    const machine = batch([job('a', short)])
    machine.run()
    assert.equal(machine.story(1), 'waiting 0, queued 0, ready 0, running 0, ended 5')
    assert.deepEqual(
      machine.steps.map(({ cause }) => cause),
      ['submitted', 'released', 'admitted', 'dispatched', 'ended'],
    )
    const status = machine.engine.status(1)
    assert.equal(status?.outcome, 'ok')
    assert.deepEqual([status?.exitCode, status?.why, status?.attempt], [0, 'exit code 0', 1])
    assert.deepEqual([status?.startedAt, status?.endedAt, status?.dispatches], [0, 5, 1])
  })

  it('is written down before its program starts, and each thing that happens to it', () => {
    const machine = batch([job('a', broken, { retries: 1, backoff: { firstMs: 10, maxMs: 10 } })])
    machine.run()
    assert.deepEqual(
      machine.facts.map(({ kind }) => kind),
      ['submitted', 'starting', 'started', 'attemptEnded', 'starting', 'started', 'attemptEnded', 'ended'],
    )
  })

  it('that is delayed starts so long after its submission', () => {
    const machine = batch([job('a', short, { delayMs: 40 }, 10)])
    machine.run(30)
    assert.equal(machine.engine.status(1)?.why, 'starts no sooner than 40 ms after its submission')
    machine.run()
    assert.equal(machine.story(1), 'waiting 10, queued 50, ready 50, running 50, ended 55')
  })

  it('blocked, lets others have its CPU, and is not stopped meanwhile', () => {
    const machine = batch([job('a', { bursts: [5, 20, 5] }), job('b', { bursts: [30] })])
    machine.run()
    assert.equal(machine.story(1), 'waiting 0, queued 0, ready 0, running 0, blocked 5, ready 25, running 35, ended 40')
    // When it wants a CPU again it is stopped until it is its turn.
    assert.deepEqual(machine.said, ['start 1', 'start 2', 'stop 1', 'go 1'])
  })

  it('alone at the end of its slice keeps its CPU, and hears nothing of it', () => {
    const machine = batch([job('a', long)], { choice: rr, policy: policyByName('rr', rr.options) })
    machine.run()
    assert.deepEqual(machine.said, ['start 1'])
    assert.equal(machine.story(1), 'waiting 0, queued 0, ready 0, running 0, ended 500')
  })

  it('that must not be sliced runs on while others wait', () => {
    const machine = batch([job('a', long, { sliced: false }), job('b', long)], { choice: rr })
    machine.run()
    assert.deepEqual(machine.said, ['start 1', 'start 2'])
    assert.equal(machine.engine.status(2)?.endedAt, 1_000)
  })

  it('gets back to the CPU where it ran last', () => {
    const machine = batch([job('a', { bursts: [10, 20, 10] }), job('b', { bursts: [15, 1, 10] })], { cpus: [4, 6] })
    machine.run()
    const places = machine.steps.flatMap(({ job: id, cpus }) => (cpus === undefined ? [] : [`${id} on ${cpus.join()}`]))
    assert.deepEqual(places, ['1 on 4', '2 on 6', '2 on 6', '1 on 4'])
  })

  it('runs only where it may', () => {
    const jobs = ['a', 'b', 'c'].map((name) => job(name, short, { affinity: [6] }))
    const machine = batch([...jobs, job('d', short)], { cpus: [4, 6] })
    machine.run()
    for (const id of [1, 2, 3]) assert.deepEqual(machine.engine.status(id)?.cpus, [6])
    assert.deepEqual(machine.engine.status(4)?.cpus, [4])
  })

  it('that is wide takes several CPUs at once', () => {
    const machine = batch([job('a', short), job('b', short, { width: 2 }), job('c', short)], { cpus: [0, 1] })
    machine.run()
    assert.equal(machine.engine.status(2)?.startedAt, 5)
    assert.deepEqual(machine.engine.status(2)?.cpus.toSorted(), [0, 1])
  })
})

describe('a dependency', () => {
  it('on ok, fail or any end holds a job back until then', () => {
    const machine = batch([
      job('good', short),
      job('bad', broken),
      job('x', short, after('good', 'ok')),
      job('y', short, after('bad', 'fail')),
      job('z', short, after('bad', 'any')),
    ])
    assert.equal(machine.states(), '')
    machine.run(1)
    assert.equal(machine.engine.status(3)?.why, 'waits for good')
    machine.run()
    assert.equal(machine.states(), 'good ok, bad failed, x ok, y ok, z ok')
  })

  it('that can never be met any more skips the job, and those that wait for it, ten thousand deep', () => {
    const chain = Array.from({ length: 10_000 }, (_, index) => job(`j${index + 1}`, short, after(`j${index}`)))
    const machine = batch([job('j0', broken), ...chain])
    machine.run()
    const outcomes = machine.engine.statuses().map(({ outcome }) => outcome)
    assert.equal(outcomes[0], 'failed')
    assert.ok(outcomes.slice(1).every((outcome) => outcome === 'skipped'))
    assert.equal(machine.engine.status(2)?.why, 'j0 ended otherwise: failed')
  })

  it('on a job that ended already is met or not at once', () => {
    const machine = batch([job('a', short), job('b', short, after('a'), 50), job('c', short, after('a', 'fail'), 50)])
    machine.run()
    assert.equal(machine.states(), 'a ok, b ok, c skipped')
  })

  it('on what is no job is refused, with all that came with it (DEPENDENCY_UNKNOWN)', () => {
    const machine = batch([])
    const plans = [planOf('a'), planOf('b', after('nobody'))]
    const jobs = plans.map((plan, index) => ({ id: index + 1, plan, submittedAt: 0 }))
    assert.throws(() => machine.engine.add(jobs, 0), { code: 'DEPENDENCY_UNKNOWN' })
    assert.deepEqual([machine.engine.statuses(), machine.facts, machine.said], [[], [], []])
  })

  it('in a circle is refused (DEPENDENCY_CYCLE)', () => {
    const machine = batch([])
    const plans = [planOf('a', after('c')), planOf('b', after('a')), planOf('c', after('b'))]
    const jobs = plans.map((plan, index) => ({ id: index + 1, plan, submittedAt: 0 }))
    assert.throws(() => machine.engine.add(jobs, 0), { code: 'DEPENDENCY_CYCLE', message: /a, b, c/ })
  })

  it('keeps the job that is waited for from being forgotten', () => {
    const machine = batch([job('a', short), job('b', long, after('a')), job('c', short)])
    machine.run(100)
    assert.equal(machine.engine.forget(1), false)
    machine.run()
    assert.equal(machine.engine.forget(1), true)
    assert.equal(machine.engine.status(1), undefined)
    assert.equal(machine.engine.idOf('a'), undefined)
    assert.equal(machine.facts.at(-1)?.kind, 'forgotten')
  })
})

describe('a retry', () => {
  it('comes after a back-off that doubles up to its limit, with the same number', () => {
    const plan = { retries: 3, backoff: { firstMs: 100, maxMs: 150 } }
    const machine = batch([job('a', [broken, broken, broken, short], plan)])
    machine.run()
    const starts = machine.steps.flatMap(({ cause, at }) => (cause === 'dispatched' ? [at] : []))
    assert.deepEqual(starts, [0, 105, 260, 415])
    assert.equal(machine.states(), 'a ok')
    assert.equal(machine.engine.status(1)?.attempt, 4)
  })

  it('leaves what it claims to others meanwhile', () => {
    const about = { resources: { licence: 1 }, retries: 1, backoff: { firstMs: 100, maxMs: 100 } }
    const machine = batch([job('a', [broken, short], about), job('b', short, { resources: { licence: 1 } })], {
      resources: { licence: 1 },
    })
    machine.run(20)
    assert.equal(machine.states(), 'a waiting, b ok')
    assert.equal(machine.engine.status(1)?.why, 'attempt 1: exit code 3; tries again after 100 ms')
    machine.run()
    assert.equal(machine.states(), 'a ok, b ok')
  })

  it('does not come after a time limit, a memory limit, a cancel, or an end that nobody saw', () => {
    const about = { retries: 5, timeLimitMs: 50 }
    const machine = batch(
      ['a', 'b', 'c', 'd'].map((name) => job(name, long, about)),
      { cpus: [0, 1, 2, 3] },
    )
    machine.at(10, (engine) => {
      engine.overMemory(2, 2e9, 10)
      engine.ended(2, 1, { exitCode: -9, signal: 'SIGKILL', use: undefined, resources: undefined }, 10)
      engine.cancel(3, 10)
      engine.ended(4, 1, { exitCode: undefined, signal: undefined, use: undefined, resources: undefined }, 10)
    })
    machine.run()
    assert.equal(machine.states(), 'a time-limit, b memory-limit, c cancelled, d unknown')
    assert.equal(machine.engine.status(1)?.endedAt, 50)
    assert.equal(machine.engine.status(1)?.why, 'longer than its time limit of 50 ms')
  })

  it('says how much memory it had only where that is known', () => {
    for (const [peak, text] of [
      [50 * 2 ** 20, 'over its memory limit of 50 MiB'],
      [75.5 * 2 ** 20, 'over its memory limit of 50 MiB: it had 75.5 MiB'],
    ] as const) {
      const machine = batch([job('a', long, { memoryLimitBytes: 50 * 2 ** 20 })])
      machine.at(10, (engine) => {
        engine.overMemory(1, peak, 10)
        engine.ended(1, 1, { exitCode: -9, signal: 'SIGKILL', use: undefined, resources: undefined }, 10)
      })
      machine.run()
      assert.equal(machine.engine.status(1)?.why, text)
    }
  })

  it('says times as people write them', () => {
    const machine = batch([job('a', long, { delayMs: 5_400_000 })])
    machine.run(1)
    assert.equal(machine.engine.status(1)?.why, 'starts no sooner than 1 h 30 m after its submission')
  })

  it('comes after a program that could not be started', () => {
    const machine = batch([job('a', long, { retries: 1, backoff: { firstMs: 10, maxMs: 10 } })])
    const { engine } = machine
    machine.run(-1)
    engine.add([{ id: 1, plan: planOf('a', { retries: 1 }), submittedAt: 0 }], 0)
    engine.notStarted(1, 1, new Error('no such program'), 1)
    assert.equal(engine.status(1)?.why, 'attempt 1: no such program; tries again after 1 s')
    engine.advance(1_001)
    engine.notStarted(1, 2, new Error('no such program'), 1_002)
    assert.equal(engine.status(1)?.outcome, 'not-started')
    assert.equal(engine.status(1)?.why, 'no such program')
  })
})

describe('somebody who', () => {
  it('pauses a job stops its program, and resumes it', () => {
    const machine = batch([job('a', { bursts: [50] }), job('b', { bursts: [50] })])
    machine.at(10, (engine) => engine.pause(1, 10))
    assert.equal(machine.states(), 'a paused, b running')
    machine.at(20, (engine) => engine.pause(1, 20))
    machine.at(30, (engine) => engine.resume(1, 30))
    machine.at(31, (engine) => engine.resume(1, 31))
    machine.run()
    assert.equal(
      machine.story(1),
      'waiting 0, queued 0, ready 0, running 0, paused 10, ready 30, running 60, ended 100',
    )
    assert.deepEqual(machine.said, ['start 1', 'stop 1', 'start 2', 'go 1'])
    const facts = machine.facts.flatMap(({ kind, job: id }) => (id === 1 ? [kind] : []))
    assert.deepEqual(facts, ['submitted', 'starting', 'started', 'paused', 'resumed', 'attemptEnded', 'ended'])
  })

  it('pauses one that waits holds it back, whatever comes meanwhile', () => {
    const machine = batch([job('a', short), job('b', short, after('a')), job('c', short, { delayMs: 10 })])
    machine.at(1, (engine) => {
      engine.pause(2, 1)
      engine.pause(3, 1)
    })
    machine.at(50, (engine) => engine.resume(2, 50))
    machine.run()
    assert.equal(machine.states(), 'a ok, b ok, c paused')
    assert.equal(machine.engine.status(2)?.startedAt, 50)
    machine.at(70, (engine) => engine.resume(3, 70))
    machine.run()
    assert.equal(machine.engine.status(3)?.endedAt, 75)
  })

  it('cancels a job ends it in any state', () => {
    const names = ['running', 'ready', 'blocked', 'paused']
    const programs = [long, long, { bursts: [1, 500, 1] }, long]
    const machine = batch(
      [
        ...names.toReversed().map((name) => job(name, programs[names.indexOf(name)] ?? long, {}, 0)),
        job('waiting', long, after('running', 'any')),
        job('queued', long, { resources: { licence: 1 } }),
        job('holds', long, { resources: { licence: 1 }, delayMs: 1 }),
      ],
      { choice: rr, policy: policyByName('rr', { quantum: 2 }), resources: { licence: 1 } },
    )
    machine.at(20, (engine) => engine.pause(1, 20))
    machine.at(21, (engine) => {
      for (const { id } of engine.statuses()) engine.cancel(id, 21)
    })
    machine.run()
    assert.ok(machine.engine.statuses().every(({ outcome }) => outcome === 'cancelled'))
    assert.ok(machine.engine.statuses().every(({ endedAt }) => endedAt === 21))
  })

  it('changes a priority moves the job in the queue, and takes a CPU for it', () => {
    const choice = { name: 'priority', options: { preemptive: true } }
    const names = ['a', 'b', 'c']
    const machine = batch(
      names.map((name) => job(name, long, { priority: 5 })),
      { choice },
    )
    machine.at(10, (engine) => engine.setPriority(3, 1, 10))
    assert.equal(machine.states(), 'a ready, b ready, c running')
    assert.equal(machine.engine.status(3)?.request.priority, 1)
    assert.throws(() => machine.engine.setPriority(1, NaN, 10), { code: 'OPTION_INVALID' })
    assert.throws(() => machine.engine.setPriority(9, 1, 10), { code: 'JOB_UNKNOWN' })
  })

  it('changes the policy moves everybody over, and who is picked again goes on undisturbed', () => {
    const lengths = [300, 200, 100]
    const machine = batch(
      lengths.map((length, index) => job(`j${index}`, { bursts: [length] }, { burst: length })),
      { cpus: [0, 1] },
    )
    machine.at(10, (engine) => engine.setPolicy(policyByName('sjf'), { name: 'sjf' }, 10))
    assert.equal(machine.states(), 'j0 ready, j1 running, j2 running')
    assert.deepEqual(machine.said, ['start 1', 'start 2', 'stop 1', 'start 3'])
    assert.equal(machine.steps.find(({ cause }) => cause === 'yielded')?.job, 1)
    assert.equal(machine.engine.choice.name, 'sjf')
    machine.run()
    assert.equal(machine.engine.status(1)?.endedAt, 400)
  })

  it('chooses a policy that cannot place a job changes nothing', () => {
    const machine = batch([job('a', long, { queue: 'night' }), job('b', long)])
    machine.run(10)
    const mlq = { name: 'mlq' }
    assert.throws(() => machine.engine.setPolicy(policyByName('mlq'), mlq, 10), { code: 'OPTION_INVALID' })
    assert.equal(machine.engine.choice.name, 'fcfs')
    machine.run()
    assert.equal(machine.states(), 'a ok, b ok')
  })
})

describe('a job that is forgotten', () => {
  it('is kept by nothing, though its time limit comes after that of one that runs', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const machine = batch([job('server', long, { timeLimitMs: 400 })], { cpus: [0, 1] })
    machine.run(1)
    const plan = ((): WeakRef<JobPlan> => {
      const limited = planOf('b', { timeLimitMs: 1_000 })
      machine.engine.add([{ id: 2, plan: limited, submittedAt: 1 }], 1)
      return new WeakRef(limited)
    })()
    machine.run(2)
    machine.engine.ended(2, 1, { exitCode: 0, signal: undefined, use: undefined, resources: undefined }, 2)
    assert.equal(machine.engine.forget(2), true)
    machine.facts.length = 0
    await until('the plan is gone', () => (collect(), plan.deref() === undefined))
    assert.equal(machine.engine.nextAt(), 400)
  })
})

describe('the journal', () => {
  it('that takes nothing keeps programs from starting, and loses no job', () => {
    const machine = batch([job('a', short), job('b', short, { delayMs: 2 })])
    let isFull = false
    const written = machine.facts.push.bind(machine.facts)
    machine.facts.push = (...facts) => {
      if (isFull) throw new Error('no space left on device')
      return written(...facts)
    }
    machine.at(1, () => (isFull = true))
    machine.run(1_500)
    assert.equal(machine.states(), 'a ok, b ready')
    assert.match(machine.engine.status(2)?.why ?? '', /^no program can be started now/)
    assert.throws(() => machine.engine.add([{ id: 9, plan: planOf('c'), submittedAt: 0 }], 1_500), /no space/)
    assert.equal(machine.engine.status(9), undefined)
    machine.at(1_600, () => (isFull = false))
    machine.run()
    assert.equal(machine.states(), 'a ok, b ok')
    assert.deepEqual(
      machine.facts.map(({ kind, job: id }) => `${kind} ${id}`),
      [
        'submitted 1',
        'submitted 2',
        'starting 1',
        'started 1',
        'attemptEnded 1',
        'ended 1',
        'starting 2',
        'started 2',
        'attemptEnded 2',
        'ended 2',
      ],
    )
  })
})
