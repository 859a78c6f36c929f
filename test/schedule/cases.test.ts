/** Every known answer about CPUs, by name. Those of memory, paging and queueing laws have tests of their own. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  answer,
  edf,
  eevdf,
  fairSlice,
  fcfs,
  hrrn,
  lottery,
  mlfq,
  priority,
  processorSharing,
  queuePerCpu,
  rm,
  rr,
  simulate,
  sjf,
  srtf,
  stride,
  type MachineSpec,
  type SimulatedJob,
  type Simulation,
} from '#lanework/schedule/index.js'
import { backfillIsPlausible } from './machine/backfill.js'
import { eevdfHolds } from './machine/eevdf-properties.js'
import { ioFirst } from './machine/io-first.js'
import { checkAnswer, close, jobsOf, knownCases, type KnownCase } from './known-cases.js'

const own = ['cpu', 'cpu+io+cs', 'states', 'multicore', 'overhead', 'realtime', 'formula', 'backfill', 'property']
const elsewhere = ['memory', 'paging', 'queueing']

it('no kind of case is left out', () => {
  const kinds = new Set(knownCases.map(({ kind }) => kind))
  assert.deepEqual([...kinds].toSorted(), [...own, ...elsewhere].toSorted())
})

function each(kind: string, check: (known: KnownCase) => void): void {
  describe(`known answers: ${kind}`, () => {
    for (const known of knownCases) if (known.kind === kind) it(known.name, () => check(known))
  })
}

each('cpu', (known) => {
  const { policy } = known
  if (policy === 'PS') return checkAnswer(known, processorSharing(jobsOf(known)), [])
  if (policy === 'STRIDE') return checkStride(known)
  const machine = machineOf(known)
  const simulation = simulate(jobsOf(known), machine)
  checkAnswer(known, simulation, answer(simulation).gantt)
  checkSlots(known, simulation)
  checkSwitches(known, simulation)
  checkWinners(known, simulation)
})

function machineOf({ policy, quantum, tie, params, randoms, expected }: KnownCase): MachineSpec {
  const slice = quantum as number
  switch (policy) {
    case 'FCFS':
      return { policy: fcfs() }
    case 'SJF':
      return { policy: sjf() }
    case 'SRTF':
      return { policy: srtf({ ties: tie === undefined ? 'arrival' : 'burst' }) }
    case 'RR':
      return { policy: rr({ quantum: slice }), contextSwitch: (params?.['contextSwitch'] as number | undefined) ?? 0 }
    case 'HRRN':
      return { policy: hrrn() }
    case 'PRIO':
      return { policy: priority({ order: 'high-first' }) }
    case 'AGING': {
      const ageing = priority<SimulatedJob>({ order: 'high-first', preemptive: true, ageing: 1, quantum: slice })
      return { policy: ageing, horizon: expected['horizon'] as number }
    }
    case 'LOTTERY': {
      // Half a step higher, so that the program's integer comes out again. It draws for a job that is alone, too.
      let drawn = 0
      const random = (): number => ((randoms?.[drawn++] ?? NaN) + 0.5) / 1_000_001
      return { policy: lottery({ quantum: slice, draw: 'modulo', random }), rules: { aloneAtExpiry: 'switch' } }
    }
    case 'MLFQ':
      return {
        policy: mlfq({
          quanta: quantum as number[],
          allotments: params?.['allotments'] as number[],
          boost: params?.['boost'] as number,
          io: params?.['stay'] === true ? 'reset' : 'keep',
          returns: params?.['iobump'] === true ? 'head' : 'tail',
        }),
        rules: { tie: 'expired-first' },
      }
    default:
      return assert.fail(`no machine for ${policy}`)
  }
}

/** Units of time in which each job ran. */
function checkSlots({ expected }: KnownCase, { record }: Simulation): void {
  for (const [name, slots] of Object.entries((expected['slots'] ?? {}) as Record<string, number[]>)) {
    const spans = (record?.cpu ?? []).filter(({ job }) => job === name)
    const ran = spans.flatMap(({ from, to }) => Array.from({ length: to - from }, (_, step) => from + step))
    assert.deepEqual(ran, slots, name)
  }
}

/** Stretches of one job at one level; the program counts levels from below. */
function checkSwitches({ expected, quantum }: KnownCase, { record }: Simulation): void {
  if (expected['firstSwitches'] === undefined) return
  const switches = (expected['firstSwitches'] ?? []) as [string, number, number, number][]
  const levels = Array.isArray(quantum) ? quantum.length : 0
  const told: [string, number, number, number][] = []
  for (const { job, from, to, level = 0 } of record?.cpu ?? []) {
    const last = told.at(-1)
    const below = levels - 1 - level
    if (last !== undefined && last[0] === job && last[2] === from && last[3] === below) last[2] = to
    else told.push([job, from, to, below])
  }
  // The list may end within a stretch.
  assert.deepEqual(told.slice(0, switches.length - 1), switches.slice(0, -1))
  assert.deepEqual(told[switches.length - 1]?.slice(0, 2), switches.at(-1)?.slice(0, 2))
}

function checkWinners({ expected }: KnownCase, { record }: Simulation): void {
  if (expected['winners'] === undefined) return
  const winners = (record?.decisions ?? []).map(({ thread }) => Number(thread.replace('job', '')))
  assert.deepEqual(winners, expected['winners'])
}

function checkStride(known: KnownCase): void {
  const { order, strides, finalPass } = known.expected as {
    order: string[]
    strides: Record<string, number>
    finalPass: Record<string, number>
  }
  const policy = stride<SimulatedJob>({ quantum: known.quantum as number })
  const jobs = jobsOf(known)
  const { record } = simulate(jobs, { policy, horizon: order.length })
  assert.deepEqual(
    record?.decisions.map(({ thread }) => thread),
    order,
  )
  for (const { name, tickets = 1 } of jobs) {
    assert.equal(policy.strideOf({ place: -1, tickets } as SimulatedJob), strides[name])
    assert.equal(order.filter((winner) => winner === name).length * (strides[name] ?? NaN), finalPass[name])
  }
}

each('cpu+io+cs', (known) => {
  const { expected, params, tolerance = 0 } = known
  const { contextSwitch = 0, tauAlpha: alpha = 0, tau0: initial = 0 } = params as Record<string, number>
  const learning = { bursts: 'predicted', alpha, initial, round: 'up', ties: 'name' } as const
  const policies = {
    FCFS: () => fcfs<SimulatedJob>(),
    SJF: () => sjf<SimulatedJob>(learning),
    'SRT-predicted': () => srtf<SimulatedJob>(learning),
    RR: () => rr<SimulatedJob>({ quantum: known.quantum as number }),
  }
  const jobs = jobsOf(known)
  const {
    jobs: results,
    system,
    record,
  } = simulate(jobs, {
    policy: policies[known.policy as keyof typeof policies](),
    contextSwitch: { in: contextSwitch / 2, out: contextSwitch / 2 },
    rules: { switchCountsAsWaiting: false, simultaneous: 'name', tie: 'expired-first' },
  })
  const bursts = jobs.flatMap((job) => job.bursts ?? []).filter((burst) => 'cpu' in burst).length
  const sum = (field: (job: (typeof results)[number]) => number): number =>
    results.reduce((total, job) => total + field(job), 0)
  const expiries = record?.transitions.filter(({ cause }) => cause === 'expired').length ?? NaN
  assert.equal(system.makespan, expected['endTime'])
  close(sum(({ waiting }) => waiting) / bursts, expected['avgWaitPerBurst'], tolerance)
  close(
    sum(({ turnaround = NaN, blocked }) => turnaround - blocked) / bursts,
    expected['avgTurnaroundPerBurst'],
    tolerance,
  )
  assert.equal(system.switches, expected['contextSwitches'])
  assert.equal(system.preemptions + expiries, expected['preemptions'])
  close(100 * system.utilization, expected['cpuUtilizationPct'], tolerance)
})

each('states', (known) => {
  const policy = known.params?.['ioDone'] === 'IO_RUN_IMMEDIATE' ? ioFirst() : fcfs<SimulatedJob>()
  const { system, record } = simulate(jobsOf(known), { policy })
  const { totalTime, cpuBusy, ioBusy } = known.expected
  assert.deepEqual([system.makespan, system.useful], [totalTime, cpuBusy])
  const busy = new Set<number>()
  for (const { from, to } of record?.devices ?? []) for (let tick = from; tick < to; tick++) busy.add(tick)
  assert.equal(busy.size, ioBusy)
})

each('multicore', (known) => {
  const given = (letter: string, otherwise: number): number =>
    Number(new RegExp(` -${letter} ([\\d.]+)`).exec(known.command ?? '')?.[1] ?? otherwise)
  const cpus = given('n', 2)
  const quantum = known.quantum as number
  const isPerCpu = known.policy === 'MULTI-PERCPU'
  const { system, record } = simulate(jobsOf(known), {
    policy: isPerCpu ? queuePerCpu(() => rr({ quantum }), { cpus, stealEvery: given('P', 30) }) : rr({ quantum }),
    cpus,
    cache: { size: given('M', 100), warmUp: given('w', 10), rate: given('r', 2) },
    rules: { slices: 'global' },
  })
  const { finishTime, cpus: perCpu } = known.expected as {
    finishTime: number
    cpus: { utilization: number; warm: number }[]
  }
  assert.equal(system.makespan, finishTime)
  for (const [index, { utilization, warm }] of perCpu.entries()) {
    const spans = (record?.cpu ?? []).filter(({ cpu }) => cpu === index)
    const percent = (chosen: typeof spans): number =>
      (100 * chosen.reduce((sum, { from, to }) => sum + to - from, 0)) / system.makespan
    close(percent(spans), utilization, 0.005)
    close(percent(spans.filter((span) => span.warm === true)), warm, 0.005)
  }
})

each('overhead', (known) => {
  const { expected, params } = known
  const machine = machineOf(known)
  const { system } = simulate(jobsOf(known), machine)
  close(system.utilization, expected['efficiency'], 0.0000005)
  close(system.switching / system.makespan, 1 - (expected['efficiency'] as number), 0.0000005)
  if (expected['batchMakespan'] === undefined) return
  assert.deepEqual([system.switches, system.makespan], [expected['switches'], expected['makespan']])
  assert.equal(system.average.turnaround, expected['rrMeanTurnaround'])
  const contextSwitch = params?.['contextSwitch'] as number
  const batch = simulate(jobsOf(known), { policy: fcfs(), contextSwitch }).system
  assert.deepEqual(
    [batch.makespan, batch.average.turnaround],
    [expected['batchMakespan'], expected['batchMeanTurnaround']],
  )
})

each('realtime', (known) => {
  const { expected, horizon = 0 } = known
  const jobs = jobsOf(known)
  const simulation = simulate(jobs, { policy: known.policy === 'EDF' ? edf() : rm(), horizon })
  assert.deepEqual(ganttUntil(answer(simulation).gantt, expected['gantt'] as readonly unknown[]), expected['gantt'])
  const misses = simulation.jobs
    .filter(({ missedDeadline }) => missedDeadline)
    .map(({ name, arrival }) => {
      const job = jobs.find((each) => name.startsWith(each.name))
      return [job?.name, arrival + (job?.deadline ?? NaN)]
    })
  assert.deepEqual(misses.slice(0, 1), expected['firstMiss'])
  const demand = jobs.reduce((sum, { bursts, period = NaN }) => {
    const [burst] = bursts ?? []
    return sum + (burst !== undefined && 'cpu' in burst ? burst.cpu : NaN) / period
  }, 0)
  assert.equal(demand, expected['utilization'])
})

/** The published chart may end before the simulation does. */
function ganttUntil(bars: readonly unknown[], published: readonly unknown[]): readonly unknown[] {
  return bars.slice(0, published.length)
}

each('formula', ({ expected }) => {
  type Row = {
    n?: number
    latency: number
    minGranularity?: number
    slice?: number
    weights?: number[]
    slices?: number[]
  }
  for (const row of expected['slices'] as Row[]) {
    const { latency, minGranularity = 0 } = row
    const weights = row.weights ?? Array.from({ length: row.n ?? NaN }, () => 1)
    const total = weights.reduce((sum, weight) => sum + weight, 0)
    for (const [index, weight] of weights.entries())
      close(fairSlice(weight, total, { latency, minGranularity }), row.slices?.[index] ?? row.slice, 0.005)
  }
})

each('backfill', backfillIsPlausible)

each('property', (known) => {
  assert.equal(known.policy, 'EEVDF')
  eevdfHolds(eevdf, (known.expected as { invariants: string[] }).invariants)
})
