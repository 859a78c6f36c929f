/** The jobs of a batch that have not ended, as jobs for the simulator that begin now. */
import type { Burst, JobSpec } from '../../schedule/index.ts'
import type { Dependency, JobStatus } from '../types.ts'
import { gateUnit } from './gate.ts'
import type { History } from './history.ts'
import { lengthsOf, type Length, type Lengths } from './lengths.ts'

/** A job that is still to end. */
export interface Expected {
  readonly status: JobStatus
  /** Its name in the simulation. */
  readonly name: string
  /** Undefined for one that nobody knows. */
  readonly lengths: Lengths | undefined
  /** CPU time that this attempt had. */
  readonly usedMs: number
  /** From now until it may begin. */
  readonly delayMs: number
  /** From when it may begin until it should be done. */
  readonly deadlineMs: number | undefined
  /** Longest time from now until its time limit, if it runs already. */
  readonly leftMs: number
  /** CPUs where it may run, by their place in the batch's list. */
  readonly affinity: readonly number[] | undefined
  readonly cpus: number
}

export interface Queue {
  /** Those that run in front, then those that wait for a CPU, then the others, each in order of submission. */
  readonly jobs: readonly Expected[]
  /** By names in the simulation. */
  readonly waitsFor: ReadonlyMap<string, readonly string[]>
}

const order = ['running', 'ready', 'blocked', 'queued', 'waiting', 'paused', 'ended']
/** Computing and waiting take turns so often, at most. */
const mostTurns = 10
/** Waits that are shorter than this part of the computing are no matter. */
const leastWait = 0.01

/** Paused ones, and those that will be skipped, are left out. */
export function queueOf(
  statuses: readonly JobStatus[],
  history: Pick<History, 'runsOf'>,
  now: number,
  cpus: readonly number[],
): Queue {
  const known = new Map<string, JobStatus>()
  for (const status of statuses) known.set(String(status.id), status)
  for (const status of statuses) known.set(status.name, status)
  const waitsFor = new Map<string, readonly string[]>()
  const lengthsOfJob = lengthsBy(history)
  const jobs = statuses
    .filter(
      ({ state, request }) =>
        state !== 'ended' && state !== 'paused' && request.after.every((one) => mayCome(one, known)),
    )
    .toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state) || a.id - b.id)
    .map((status) => {
      const { request, submittedAt } = status
      const name = String(status.id)
      const delayMs = status.state === 'waiting' ? Math.max(0, submittedAt + request.delayMs - now) : 0
      const open = request.after
        .map(({ job }) => known.get(job))
        .filter((other) => other !== undefined && other.state !== 'ended')
      waitsFor.set(
        name,
        open.map((other) => String((other as JobStatus).id)),
      )
      return {
        status,
        name,
        lengths: lengthsOfJob(status),
        usedMs: status.attempt === 1 ? status.times.running : 0,
        delayMs,
        deadlineMs:
          request.deadline === undefined ? undefined : Math.max(0, submittedAt + request.deadline - now - delayMs),
        leftMs: leftOf(status, now),
        affinity: affinityOf(request.affinity, cpus),
        cpus: cpus.length,
      }
    })
  return { jobs, waitsFor }
}

/** False if what it waits for has ended otherwise, or is expected to. */
function mayCome({ job, on }: Dependency, known: ReadonlyMap<string, JobStatus>): boolean {
  const other = known.get(job)
  if (other === undefined || on === 'any') return true
  if (other.state !== 'ended') return on === 'ok'
  return (other.outcome === 'ok') === (on === 'ok')
}

/** Undefined for commands that nobody knows. Jobs of one key share what is known. */
function lengthsBy(history: Pick<History, 'runsOf'>): (status: JobStatus) => Lengths | undefined {
  const known = new Map<string, Lengths | undefined>()
  return ({ request: { key, burst } }) => {
    const name = `${burst} ${key}`
    if (known.has(name)) return known.get(name)
    const past = history.runsOf(key)
    const lengths = past.length === 0 && burst === undefined ? undefined : lengthsOf(past, burst)
    known.set(name, lengths)
    return lengths
  }
}

/** The limit counts from the start of the attempt, stopped or not; what is known is the start of the first. */
function leftOf({ request, attempt, startedAt }: JobStatus, now: number): number {
  const { timeLimitMs = Infinity } = request
  return attempt === 1 && startedAt !== undefined ? Math.max(0, startedAt + timeLimitMs - now) : timeLimitMs
}

function affinityOf(wanted: readonly number[] | undefined, cpus: readonly number[]): readonly number[] | undefined {
  if (wanted === undefined) return undefined
  const places = wanted.map((cpu) => cpus.indexOf(cpu)).filter((place) => place >= 0)
  return places.length === 0 || places.length === cpus.length ? undefined : places
}

/** The job as the simulator takes it, if it takes so long from now on. */
export function specOf(job: Expected, length: Length): JobSpec {
  const { request } = job.status
  const width = Math.min(request.width, job.cpus)
  return {
    name: job.name,
    arrival: job.delayMs,
    bursts: burstsOf(job, length),
    memory: gateUnit,
    priority: request.priority,
    tickets: request.tickets,
    owner: request.owner,
    queue: request.queue,
    key: request.key,
    ...(job.deadlineMs !== undefined && { deadline: job.deadlineMs }),
    ...(request.timeLimitMs !== undefined && { limit: request.timeLimitMs }),
    ...(width > 1 ? { width } : { affinity: job.affinity }),
  }
}

/** What would take longer is ended at its limit. */
function burstsOf({ status, leftMs }: Expected, { cpuMs, waitMs, waits }: Length): Burst[] {
  if (cpuMs === Infinity) return [{ cpu: leftMs }]
  const part = cpuMs + waitMs > leftMs ? leftMs / (cpuMs + waitMs) : 1
  return burstsOfLength({ cpuMs: cpuMs * part, waitMs: waitMs * part, waits }, status.state === 'blocked')
}

/** Computing and waiting by turns; one that is blocked waits first. */
export function burstsOfLength({ cpuMs, waitMs, waits }: Length, isBlocked: boolean): Burst[] {
  if (waitMs < cpuMs * leastWait) return [{ cpu: cpuMs }]
  const turns = Math.min(mostTurns, waits)
  if (turns === 0) return isBlocked ? [{ io: waitMs }] : [{ cpu: cpuMs }, { io: waitMs }]
  const cpu = { cpu: cpuMs / (isBlocked ? turns : turns + 1) }
  const wait = { io: waitMs / turns }
  const pairs = Array.from({ length: turns }, () => [wait, cpu]).flat()
  return isBlocked ? pairs : [cpu, ...pairs]
}
