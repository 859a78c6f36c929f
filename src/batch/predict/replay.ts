/**
 * A run done again in the simulator: the same jobs with the CPU and blocked times that were measured, under the same policy or
 * another one, on as many CPUs or others; and what would have been said of it beforehand, from history.
 */
import { fail, checkInteger, checkNumber } from '../../core/index.ts'
import {
  policyByName,
  simulate,
  type Policy,
  type Burst,
  type JobSpec,
  type PolicyChoice,
  type Simulation,
} from '../../schedule/index.ts'
import { cpuMs } from '../seen/words.ts'
import type { JobStatus, RunRecord } from '../types.ts'
import { gateFor, gateUnit } from './gate.ts'
import type { History } from './history.ts'
import { waitsOf } from './waits.ts'
import type { PastRun } from './history-file.ts'
import { lengthsOf } from './lengths.ts'
import { policyFor } from '../request/policy.ts'
import { burstsOfLength } from './queue.ts'
import type { Retraced } from './retrace.ts'
import { retraced } from './simulation-of.ts'

export interface ReplayOptions {
  /** @default the one that decided last */
  readonly policy?: PolicyChoice | undefined
  /** @default as many as there were */
  readonly cpus?: number | undefined
  /** What a switch costs, in ms; it is taken off the measured times, and put on again at each switch of the replay. @default 0 */
  readonly contextSwitchMs?: number | undefined
  /** For what it would have said beforehand. Runs that it learned from this very record do not count. */
  readonly history?: Pick<History, 'runsOf'> | undefined
  /** Events of the simulator at most. @default 2_000_000 */
  readonly events?: number | undefined
}

/** A measured figure beside its prediction, in ms. */
export interface Beside {
  readonly measured: number
  readonly predicted: number
  /** Of the prediction against what was measured: 0.05 is 5 % too much. NaN where nothing was measured. */
  readonly error: number
}

export interface ReplayedJob {
  readonly name: string
  /** Instant of its submission, in ms of the run. */
  readonly arrival: number
  /** CPU time that its processes used; undefined where it was not measured. */
  readonly cpuMs: number | undefined
  /** For which it had a CPU, used or not, of all attempts; this is what the simulator does again. */
  readonly onCpuMs: number
  readonly blockedMs: number
  readonly attempts: number
  readonly finish: Beside
  readonly turnaround: Beside
  readonly waiting: Beside
}

/** One prediction of the run. */
export interface Prediction {
  /** Instant 0 is that of the record, or the first submission where a batch that ran before had it. */
  readonly simulation: Simulation
  /** In the order of submission. */
  readonly jobs: readonly ReplayedJob[]
  /** From the first submission to the last end. */
  readonly makespan: Beside
  /** Means over the jobs. */
  readonly turnaround: Beside
  readonly waiting: Beside
}

export interface Replay {
  readonly policy: PolicyChoice
  readonly cpus: number
  readonly measured: Simulation
  /** From measured times. */
  readonly replayed: Prediction
  /**
   * From history; undefined without one, or if it does not know all of the commands. It tells of single attempts: jobs that were
   * retried have the times that were measured here too, so that the others have the load that they had.
   */
  readonly foretold: Prediction | undefined
  /** What cannot be compared, in sentences. */
  readonly notes: readonly string[]
}

interface Ran {
  readonly status: JobStatus
  readonly name: string
  readonly bursts: readonly Burst[]
  /** Instant from which it could have had a CPU, if others did not come first. */
  readonly from: number
  readonly waitsFor: readonly string[]
}

/**
 * Jobs that have ended after having run are compared; others are left out. Those that waited for others do so in the replay too;
 * memory and named resources are not known to a record, so jobs come when they were admitted. Throws OPTION_INVALID for a record
 * in which no job has ended, a policy that makes no sense, or a replay that would take too long.
 */
export function replay(record: RunRecord, options: ReplayOptions = {}): Replay {
  const { simulation: measured, ways, names } = retraced(record)
  const last = record.policies.at(-1)?.choice
  const policy = options.policy ?? last ?? { name: 'rr' }
  const cpus = checkInteger('cpus', options.cpus ?? measured.system.cpus, 1, 65_536)
  const switchMs = checkNumber('contextSwitchMs', options.contextSwitchMs ?? 0, 0, 1e6)
  const ran = ranIn(record, ways, names, switchMs)
  if (ran.length === 0)
    throw fail('OPTION_INVALID', { option: 'record', rule: 'one with jobs that ran and ended', got: 'none' })
  // Jobs of a batch that ran here before came before the record begins; the simulator begins with the first of them.
  const begin = ran.reduce((least, { from }) => Math.min(least, from), 0)
  const again = (bursts: (job: Ran) => readonly Burst[]): Prediction => {
    const simulation = simulated(ran, bursts, { ...options, policy, cpus, contextSwitchMs: switchMs, begin }, record)
    return besides(ran, measured, simulation, begin)
  }
  const foreseen = options.history === undefined ? undefined : foreseenBursts(ran, options.history)
  return {
    policy,
    cpus,
    measured,
    replayed: again(({ bursts }) => bursts),
    foretold: foreseen === undefined ? undefined : again(({ name, bursts }) => foreseen.get(name) ?? bursts),
    notes: notesOf(record, ran.length, policy, options),
  }
}

function ranIn(
  record: RunRecord,
  ways: ReadonlyMap<number, Retraced>,
  names: ReadonlyMap<number, string>,
  switchMs: number,
): Ran[] {
  const ran = record.jobs.filter(
    ({ state, startedAt, endedAt }) => state === 'ended' && startedAt !== undefined && endedAt !== undefined,
  )
  const known = new Map<string, string>()
  for (const { id, name } of ran) for (const key of [name, String(id)]) known.set(key, names.get(id) as string)
  return ran.map((status) => {
    const { id, times, request, submittedAt } = status
    const way = ways.get(id)
    const isWhole = way?.finish !== undefined && way.start !== undefined && Math.abs(way.ran - times.running) <= 1
    const waitsFor = request.after.map(({ job }) => known.get(job)).filter((name) => name !== undefined)
    const submitted = submittedAt - record.startedAt
    const admitted = submitted + times.waiting + times.queued
    return {
      status,
      name: names.get(id) as string,
      bursts: isWhole
        ? burstsOfWay(way, switchMs)
        : burstsOfLength(
            {
              cpuMs: Math.max(0, times.running - switchMs * status.dispatches),
              waitMs: times.blocked,
              waits: waitsOf(status),
            },
            false,
          ),
      from: waitsFor.length > 0 ? submitted + request.delayMs : ((isWhole ? way.admittedAt : undefined) ?? admitted),
      waitsFor,
    }
  })
}

/** Its bursts as measured, less what its switches took. */
function burstsOfWay(way: Retraced, switchMs: number): Burst[] {
  const part = way.ran === 0 ? 0 : Math.max(0, 1 - (switchMs * way.switches) / way.ran)
  return way.bursts.flatMap(({ cpu, wait }): Burst[] =>
    wait > 0 ? [{ cpu: cpu * part }, { io: wait }] : [{ cpu: cpu * part }],
  )
}

/** In the middle of what was known before; nothing of jobs that were retried. */
function foreseenBursts(
  ran: readonly Ran[],
  history: Pick<History, 'runsOf'>,
): Map<string, readonly Burst[]> | undefined {
  const foreseen = new Map<string, readonly Burst[]>()
  for (const { name, status } of ran) {
    if (isRetried(status)) continue
    const { key, burst } = status.request
    const before = runsBefore(
      history.runsOf(key),
      ran.filter((other) => other.status.request.key === key),
    )
    if (before.length === 0 && burst === undefined) return undefined
    foreseen.set(name, burstsOfLength(lengthsOf(before, burst).expected(0), false))
  }
  return foreseen.size === 0 ? undefined : foreseen
}

function isRetried({ attempt }: JobStatus): boolean {
  return attempt > 1
}

/** Without those that were learned from these jobs: of each at most one, the newest that took as long, but for rounding. */
function runsBefore(runs: readonly PastRun[], ran: readonly Ran[]): readonly PastRun[] {
  const own = ran.map(({ status: { times } }) => times)
  return runs.toReversed().filter(({ cpuMs, wallMs }) => {
    const at = own.findIndex(
      ({ running, blocked }) => Math.abs(cpuMs - running) < 0.1 && Math.abs(wallMs - running - blocked) < 0.2,
    )
    if (at >= 0) own.splice(at, 1)
    return at < 0
  })
}

function simulated(
  ran: readonly Ran[],
  bursts: (job: Ran) => readonly Burst[],
  options: ReplayOptions & { readonly policy: PolicyChoice; readonly cpus: number; readonly begin: number },
  record: RunRecord,
): Simulation {
  const { policy, cpus, contextSwitchMs = 0, events = 2_000_000, begin } = options
  const specs = ran.map((job): JobSpec => {
    const { request } = job.status
    const width = Math.min(request.width, cpus)
    const places = request.affinity
      ?.map((cpu) => record.cpus.indexOf(cpu))
      .filter((place) => place >= 0 && place < cpus)
    return {
      name: job.name,
      arrival: job.from - begin,
      bursts: bursts(job),
      memory: gateUnit,
      priority: request.priority,
      tickets: request.tickets,
      owner: request.owner,
      queue: request.queue,
      key: request.key,
      deadline: request.deadline,
      limit: request.timeLimitMs,
      ...(width > 1 ? { width } : { affinity: places === undefined || places.length === 0 ? undefined : places }),
    }
  })
  const statuses = new Map(ran.map(({ name, status }) => [name, status]))
  const waitsFor = new Map(ran.map((job) => [job.name, job.waitsFor]))
  return simulate(specs, {
    policy: simulatedPolicy(policy),
    cpus,
    contextSwitch: contextSwitchMs,
    memory: gateFor(statuses, waitsFor, [], { degree: Infinity }),
    rules: { admission: 'first-fit' },
    eventLimit: events,
  })
}

/** As a batch would have it, but slices may be shorter than any that can be made of real programs. */
function simulatedPolicy(choice: PolicyChoice): Policy {
  try {
    return policyFor(choice)
  } catch {
    return policyByName(choice.name, choice.options)
  }
}

function besides(ran: readonly Ran[], measured: Simulation, simulation: Simulation, begin: number): Prediction {
  const real = new Map(measured.jobs.map((job) => [job.name, job]))
  const results = new Map(simulation.jobs.map((job) => [job.name, job]))
  const jobs = ran
    .flatMap(({ name, status }): ReplayedJob[] => {
      const [was, is] = [real.get(name), results.get(name)]
      if (was?.finish === undefined || is?.finish === undefined) return []
      const { arrival } = was
      const finish = is.finish + begin
      return [
        {
          name,
          arrival,
          cpuMs: status.use === undefined ? undefined : cpuMs(status),
          onCpuMs: status.times.running,
          blockedMs: status.times.blocked,
          attempts: status.attempt,
          finish: beside(was.finish, finish),
          turnaround: beside(was.finish - arrival, finish - arrival),
          waiting: beside(was.waiting, is.waiting),
        },
      ]
    })
    .toSorted((a, b) => a.arrival - b.arrival)
  const first = Math.min(...jobs.map(({ arrival }) => arrival))
  const ends = (which: 'measured' | 'predicted'): number => Math.max(...jobs.map(({ finish }) => finish[which])) - first
  return {
    simulation,
    jobs,
    makespan: beside(ends('measured'), ends('predicted')),
    turnaround: meanOf(jobs.map(({ turnaround }) => turnaround)),
    waiting: meanOf(jobs.map(({ waiting }) => waiting)),
  }
}

function beside(measured: number, predicted: number): Beside {
  return {
    measured,
    predicted,
    error: measured === 0 ? (predicted === 0 ? 0 : NaN) : (predicted - measured) / measured,
  }
}

function meanOf(all: readonly Beside[]): Beside {
  const mean = (which: 'measured' | 'predicted'): number => all.reduce((sum, one) => sum + one[which], 0) / all.length
  return beside(mean('measured'), mean('predicted'))
}

/** Policies that want to know how long jobs are. */
const goByLength = new Set(['sjf', 'srtf', 'hrrn'])

function notesOf(record: RunRecord, compared: number, policy: PolicyChoice, options: ReplayOptions): string[] {
  const notes: string[] = []
  const left = record.jobs.length - compared
  if (left > 0) notes.push(`${left} of ${record.jobs.length} jobs are left out: they never ran, or have not ended.`)
  if (record.dropped > 0)
    notes.push(
      `${record.dropped} steps are not in the record any more; of the jobs that made them only sums are known.`,
    )
  if (record.policies.length > 1 && options.policy === undefined)
    notes.push(`The policy was changed while it ran; here ${policy.name} decides from the beginning.`)
  if (goByLength.has(policy.name))
    notes.push(`${policy.name} goes by what jobs took, here; the batch went by what it expected.`)
  if (record.jobs.some(({ times }) => times.paused > 0)) notes.push('Jobs that were paused are not paused here.')
  if (record.jobs.some(isRetried))
    notes.push('Jobs that were retried have all their attempts here, as measured, with the waits between them.')
  return notes
}
