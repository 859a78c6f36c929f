/** What holds whatever people do, whatever machines tell, and wherever a batch is cut off. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { restoredFrom, type EngineSettings, type JobPlan, type JobStatus } from '#lanework/batch/index.js'
import { policyByName, type PolicyChoice } from '#lanework/schedule/index.js'
import { planOf, settingsOf } from './plans.js'
import { UnrulyMachine } from './unruly-machine.js'

const choices: readonly PolicyChoice[] = [
  { name: 'fcfs' },
  { name: 'rr', options: { quantum: 10 } },
  { name: 'srtf', options: { bursts: 'predicted' } },
  { name: 'priority', options: { preemptive: true, ageing: 0.01 } },
  { name: 'mlfq', options: { quanta: [10, 20, 40], boost: 200 } },
  { name: 'lottery', options: { quantum: 10 } },
  { name: 'stride', options: { quantum: 10 } },
  { name: 'fair', options: { latency: 40, minGranularity: 10 } },
  { name: 'eevdf', options: { slice: 10 } },
  { name: 'fair-share' },
  { name: 'edf' },
  { name: 'easy' },
]

const cpus = [2, 3, 5]
const resources = { licence: 2 }

const plan: fc.Arbitrary<Partial<JobPlan>> = fc.record(
  {
    priority: fc.integer({ min: 0, max: 5 }),
    burst: fc.integer({ min: 0, max: 100 }),
    delayMs: fc.constantFrom(0, 0, 30),
    width: fc.constantFrom(1, 1, 1, 2),
    affinity: fc.constantFrom([2], [3, 5], [2, 3, 5]),
    memoryBytes: fc.constantFrom(0, 400, 700),
    resources: fc.constantFrom({}, { licence: 1 }, { licence: 2 }),
    group: fc.constantFrom('net', 'disk'),
    timeLimitMs: fc.constantFrom(40, 400),
    retries: fc.integer({ min: 0, max: 2 }),
    backoff: fc.constant({ firstMs: 20, maxMs: 30 }),
    sliced: fc.boolean(),
  },
  { requiredKeys: ['backoff'] },
)

const which = fc.nat(9)

type Operation =
  | { readonly do: 'add'; readonly plan: Partial<JobPlan>; readonly after: number; readonly on: 'ok' | 'any' | 'fail' }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'policy'; readonly choice: PolicyChoice }
  | { readonly do: 'exit'; readonly which: number; readonly exitCode: number | undefined }
  | { readonly do: 'full'; readonly is: boolean }
  | { readonly do: 'priority'; readonly which: number; readonly priority: number }
  | { readonly do: 'tick' }
  | {
      readonly do:
        | 'pause'
        | 'resume'
        | 'cancel'
        | 'forget'
        | 'started'
        | 'not-started'
        | 'not-tried'
        | 'blocked'
        | 'unblocked'
        | 'over-memory'
        | 'stale'
      readonly which: number
    }

const one = <Name extends string>(name: Name) => fc.record({ do: fc.constant(name), which })

const operation: fc.Arbitrary<Operation> = fc.oneof(
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('add' as const),
      plan,
      after: fc.integer({ min: -8, max: 9 }),
      on: fc.constantFrom('ok' as const, 'any' as const, 'fail' as const),
    }),
  },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.constantFrom(0, 1, 7, 10, 25, 100) }) },
  { weight: 4, arbitrary: fc.constant({ do: 'tick' as const }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('policy' as const), choice: fc.constantFrom(...choices) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('exit' as const),
      which,
      exitCode: fc.constantFrom(0, 0, 3, -9, undefined),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('full' as const), is: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('priority' as const), which, priority: fc.nat(9) }) },
  { weight: 6, arbitrary: one('started' as const) },
  { weight: 3, arbitrary: fc.oneof(one('blocked' as const), one('unblocked' as const)) },
  { weight: 3, arbitrary: fc.oneof(one('pause' as const), one('resume' as const)) },
  {
    weight: 3,
    arbitrary: fc.oneof(
      one('cancel' as const),
      one('not-started' as const),
      one('not-tried' as const),
      one('over-memory' as const),
    ),
  },
  { weight: 2, arbitrary: fc.oneof(one('stale' as const), one('forget' as const)) },
)

const operations = fc.array(operation, { maxLength: 120, size: 'max' })

function settings(choice: PolicyChoice): EngineSettings {
  return settingsOf(choice, { cpus, resources, memoryBytes: 1_000, slots: { net: 1 }, degree: 6 })
}

function perform(machine: UnrulyMachine, each: Operation): void {
  const { engine, now } = machine
  if (each.do === 'add') return add(machine, each)
  if (each.do === 'pass') return engine.advance((machine.now += each.ms))
  if (each.do === 'tick') return tick(machine)
  if (each.do === 'policy')
    return engine.setPolicy(policyByName(each.choice.name, each.choice.options), each.choice, now)
  if (each.do === 'full') {
    machine.isFull = each.is
    return
  }
  if (each.do === 'exit' || each.do === 'started' || each.do === 'not-started' || each.do === 'not-tried') {
    const alive = machine.processes.filter(({ state }) => state !== 'over')
    const process = alive[each.which % Math.max(1, alive.length)]
    if (process === undefined) return
    if (each.do === 'exit') return machine.exit(process, process.isEnding ? -15 : each.exitCode)
    if (each.do === 'not-tried') return machine.notTried(process)
    return each.do === 'started' ? machine.started(process) : machine.notStarted(process)
  }
  const all = engine.statuses()
  const job = all[each.which % Math.max(1, all.length)]
  if (job === undefined) return
  actOn(machine, each, job)
}

function add(machine: UnrulyMachine, { plan: about, after, on }: Operation & { do: 'add' }): void {
  const { engine, now } = machine
  const id = machine.facts.filter(({ kind }) => kind === 'submitted').length + 1
  const known = engine.statuses()
  const other = after < 0 ? undefined : known[after % Math.max(1, known.length)]
  const dependencies = other === undefined ? [] : [{ job: String(other.id), on }]
  const job = { id, plan: planOf(`j${id}`, { ...about, after: dependencies }), submittedAt: now }
  try {
    engine.add([job], now)
  } catch (error) {
    // A width of two on one CPU is refused, and so is all while the disk is full.
    if (!machine.isFull) assert.equal((error as { code?: string }).code, 'JOB_IMPOSSIBLE')
    assert.equal(engine.status(id), undefined)
  }
}

function tick(machine: UnrulyMachine): void {
  const next = machine.engine.nextAt()
  if (next < Infinity) machine.engine.advance((machine.now = Math.max(machine.now, next)))
}

function actOn(machine: UnrulyMachine, each: Operation, { id, attempt }: JobStatus): void {
  const { engine, now } = machine
  if (each.do === 'priority') engine.setPriority(id, each.priority, now)
  else if (each.do === 'forget') engine.forget(id)
  else if (each.do === 'blocked') engine.blocked(id, now - 3, now)
  else if (each.do === 'unblocked') engine.unblocked(id, now)
  else if (each.do === 'over-memory') engine.overMemory(id, 2_000, now)
  else if (each.do === 'pause' || each.do === 'resume' || each.do === 'cancel') engine[each.do](id, now)
  else if (each.do === 'stale') {
    const end = { exitCode: 0, signal: undefined, use: undefined, resources: undefined }
    engine.ended(id, attempt + 1, end, now - 5)
    engine.started(id, attempt - 1, 7, now)
    engine.notStarted(id, attempt + 2, new Error('late'), now)
    engine.ended(id + 1_000, 1, end, now)
    const isOver = machine.alive(id) === undefined
    if (isOver) engine.ended(id, attempt, end, now)
  }
}

const legal: Readonly<Record<string, readonly string[]>> = {
  nothing: ['waiting'],
  waiting: ['queued', 'paused', 'ended'],
  queued: ['ready', 'paused', 'ended'],
  ready: ['running', 'blocked', 'paused', 'waiting', 'ended'],
  running: ['ready', 'blocked', 'paused', 'waiting', 'ended'],
  blocked: ['ready', 'paused', 'waiting', 'ended'],
  paused: ['waiting', 'queued', 'ready', 'ended'],
  ended: [],
}

/** All that must hold between two calls. */
function check(machine: UnrulyMachine): void {
  assert.deepEqual(machine.faults, [])
  const statuses = machine.engine.statuses()
  checkCpus(machine, statuses)
  checkClaims(machine)
  for (const status of statuses) {
    const { times, submittedAt, endedAt = machine.now } = status
    const sum = Object.values(times).reduce((total, time) => total + time, 0)
    assert.ok(Math.abs(sum - (endedAt - submittedAt)) < 1e-6, `${status.name}: ${sum} of ${endedAt - submittedAt}`)
    const { sliced } = status.request
    const process = machine.alive(status.id)
    if (process === undefined || process.isEnding || status.why.startsWith('is being ended')) continue
    if (status.state === 'running') assert.ok(process.goes, `${status.name} has a CPU and does not go`)
    if (status.state === 'paused') assert.ok(!process.goes, `${status.name} is paused and goes`)
    if (status.state === 'ready' && sliced) assert.ok(!process.goes, `${status.name} has no CPU and goes`)
    if (status.state === 'blocked') assert.ok(process.goes, `${status.name} is stopped while it waits for I/O`)
  }
}

function checkCpus(machine: UnrulyMachine, statuses: readonly JobStatus[]): void {
  const running = statuses.filter(({ state }) => state === 'running')
  const taken = running.flatMap((status) => status.cpus)
  assert.equal(new Set(taken).size, taken.length, 'two jobs on one CPU')
  for (const { cpus: own, request } of running) {
    assert.equal(own.length, request.width)
    for (const cpu of own) assert.ok((request.affinity ?? cpus).includes(cpu))
  }
  const ready = statuses.filter(({ state, why }) => state === 'ready' && why === 'waits for a CPU')
  // A wide job that is next keeps CPUs free until there are enough.
  if (ready.some(({ request }) => request.width > 1)) return
  const free = cpus.filter((cpu) => !taken.includes(cpu))
  for (const { name, request } of ready)
    for (const cpu of free)
      assert.ok(!(request.affinity ?? cpus).includes(cpu), `${name} is ready, and CPU ${cpu} idle at ${machine.now}`)
}

/** Those that may have a CPU, or have a program. */
function checkClaims(machine: UnrulyMachine): void {
  const isAdmitted = ({ id, state }: JobStatus): boolean =>
    state === 'ready' || state === 'running' || state === 'blocked' || machine.alive(id) !== undefined
  const plans = machine.engine.statuses().filter(isAdmitted)
  const sum = (claim: (plan: JobPlan) => number): number =>
    plans.reduce((total, { request }) => total + claim(request), 0)
  assert.ok(sum(({ memoryBytes }) => memoryBytes) <= 1_000)
  assert.ok(sum(({ resources: own }) => own['licence'] ?? 0) <= resources.licence)
  assert.ok(sum(({ group }) => (group === 'net' ? 1 : 0)) <= 1)
  assert.ok(plans.length <= 6)
}

function checkSteps(machine: UnrulyMachine): void {
  const states = new Map<number, string>()
  let last = 0
  for (const { job, to, at } of machine.steps) {
    const from = states.get(job) ?? 'nothing'
    assert.ok(legal[from]?.includes(to), `${job} from ${from} to ${to} at ${at}`)
    assert.ok(at >= last)
    states.set(job, to)
    last = at
  }
}

/** Whatever is left of programs, all jobs come to their ends, each once. */
function finish(machine: UnrulyMachine): void {
  const { engine } = machine
  machine.isFull = false
  for (const { id, state } of engine.statuses()) if (state === 'paused') engine.resume(id, machine.now)
  for (let turn = 0; engine.counts().ended < engine.statuses().length; turn++) {
    assert.ok(turn < 1_000, JSON.stringify(engine.statuses().filter(({ state }) => state !== 'ended')))
    for (const process of machine.processes.filter(({ state }) => state !== 'over')) {
      machine.started(process)
      machine.exit(process, 0)
    }
    tick(machine)
  }
  check(machine)
  const ends = machine.facts.flatMap(({ kind, job }) => (kind === 'ended' ? [job] : []))
  assert.equal(new Set(ends).size, ends.length, 'a job ended twice')
}

/** What of a job must be the same after a batch was cut off. */
function outline({ id, request, state, outcome, exitCode, attempt, submittedAt }: JobStatus) {
  return {
    id,
    request,
    isOver: state === 'ended',
    isPaused: state === 'paused',
    outcome,
    exitCode,
    attempt,
    submittedAt,
  }
}

describe('always', () => {
  it('each CPU has one job, none is idle while a job is ready, claims are kept, and all jobs end once', () => {
    fc.assert(
      fc.property(operations, fc.constantFrom(...choices), (all, choice) => {
        const machine = new UnrulyMachine(settings(choice))
        for (const each of all) {
          perform(machine, each)
          check(machine)
        }
        finish(machine)
        checkSteps(machine)
      }),
      { numRuns: 500 },
    )
  })

  it('a batch that is cut off goes on where it was, and its jobs all end once', () => {
    fc.assert(
      fc.property(operations, fc.constantFrom(...choices), fc.nat(2_000), (all, choice, gap) => {
        const machine = new UnrulyMachine(settings(choice))
        for (const each of all) perform(machine, each)
        const wasFull = machine.isFull
        machine.isFull = false
        machine.engine.advance((machine.now += 1_001))
        const before = machine.engine.statuses()
        const { jobs, choice: last } = restoredFrom(JSON.parse(JSON.stringify(machine.facts)))
        assert.ok(wasFull || last === undefined || last.name === machine.engine.choice.name)
        const after = new UnrulyMachine(settings(last ?? choice), machine.now + gap)
        after.facts.push(...machine.facts)
        after.engine.restore(machine.find(jobs, after), after.now)
        // What happened at the moment of the new start comes on top: back-offs and delays are over, and attempts begin.
        const kept = before.filter(({ state }) => state === 'ended' || state === 'paused')
        const now = new Map(after.engine.statuses().map((status) => [status.id, status]))
        assert.deepEqual(JSON.parse(JSON.stringify(before.map(({ id }) => id))), [...now.keys()])
        for (const status of kept) {
          const found = now.get(status.id)
          assert.ok(found)
          assert.deepEqual(JSON.parse(JSON.stringify(outline(found))), JSON.parse(JSON.stringify(outline(status))))
        }
        finish(after)
      }),
      { numRuns: 300 },
    )
  })

  it('a batch that was killed between any two lines of its journal loses no job and doubles none', () => {
    fc.assert(
      fc.property(operations, fc.constantFrom(...choices), fc.nat(), (all, choice, cut) => {
        const machine = new UnrulyMachine(settings(choice))
        for (const each of all) perform(machine, each)
        const facts = machine.facts.slice(0, cut % (machine.facts.length + 1))
        const { jobs, lastId } = restoredFrom(facts)
        const submitted = facts.flatMap(({ kind, job }) => (kind === 'submitted' ? [job] : []))
        const forgotten = new Set(facts.flatMap(({ kind, job }) => (kind === 'forgotten' ? [job] : [])))
        assert.deepEqual(
          jobs.map(({ id }) => id),
          submitted.filter((id) => !forgotten.has(id)),
        )
        assert.equal(lastId, Math.max(0, ...submitted))
        const after = new UnrulyMachine(settings(choice), machine.now)
        after.facts.push(...facts)
        after.engine.restore(machine.find(jobs, after), after.now)
        finish(after)
        for (const { id } of jobs) assert.equal(after.engine.status(id)?.state, 'ended')
      }),
      { numRuns: 300 },
    )
  })
})
