/** Turns a workload into what the machine of an era was given. */
import type { Burst, IoBurst, JobSpec } from '../machine/spec.ts'
import { inputDevice, operatorDevice, outputDevice, tapeDevice, type EraRules } from './era.ts'

export interface Prepared {
  readonly jobs: readonly JobSpec[]
  /** For each job by name, how long its result is printed apart from the machine; empty where the machine itself prints. */
  readonly printing: ReadonlyMap<string, number>
}

/** The jobs with the era's devices, operators and tapes. */
export function prepare(jobs: readonly JobSpec[], { setup, slowness, offline, degree }: EraRules): Prepared {
  const slowed = byArrival(jobs).map((job) => mapBursts(job, (burst) => slow(burst, slowness)))
  const copied = offline === undefined ? slowed : readApart(slowed)
  const printing = new Map(offline === undefined ? [] : copied.map((job) => [job.name, ioOn(job, outputDevice)]))
  const taped =
    offline === undefined ? copied : copied.map((job) => mapBursts(job, (burst) => fromTape(burst, offline)))
  const ready = taped.map((job, index) => {
    // Queues, too, are an invention of time sharing.
    const plain: JobSpec = degree === Infinity ? job : Object.assign({}, job, { queue: undefined })
    const isSetUp = setup !== undefined && (setup.per === 'job' || index === 0)
    return isSetUp ? withSetup(plain, setup.time) : plain
  })
  return { jobs: ready, printing }
}

function byArrival(jobs: readonly JobSpec[]): JobSpec[] {
  return jobs.toSorted((a, b) => (a.arrival ?? 0) - (b.arrival ?? 0))
}

function mapBursts(job: JobSpec, change: (burst: Burst) => Burst): JobSpec {
  return mapThreads(job, (bursts) => bursts.map(change))
}

/** The job with what each of its threads does changed. */
function mapThreads(job: JobSpec, change: (bursts: readonly Burst[]) => Burst[]): JobSpec {
  if (job.bursts !== undefined) return { ...job, bursts: change(job.bursts) }
  const threads = job.threads?.map((thread) => Object.assign({}, thread, { bursts: change(thread.bursts) }))
  return { ...job, threads }
}

function isIo(burst: Burst): burst is IoBurst {
  return 'io' in burst
}

function slow(burst: Burst, slowness: EraRules['slowness']): Burst {
  return isIo(burst) ? { ...burst, io: burst.io * (slowness[burst.device ?? 'io'] ?? 1) } : burst
}

/** One small machine reads the cards of one job after the other; a job is there once it is on tape. */
function readApart(jobs: readonly JobSpec[]): JobSpec[] {
  let free = 0
  return jobs.map((job) => {
    free = Math.max(free, job.arrival ?? 0) + ioOn(job, inputDevice)
    return { ...job, arrival: free }
  })
}

function fromTape(burst: Burst, { tape }: { readonly tape: number }): Burst {
  if (!isIo(burst) || (burst.device !== inputDevice && burst.device !== outputDevice)) return burst
  return { ...burst, io: burst.io * tape, device: tapeDevice }
}

/** How long a job keeps a device busy. */
function ioOn(job: JobSpec, device: string): number {
  const bursts = job.bursts ?? (job.threads ?? []).flatMap((thread) => thread.bursts)
  return bursts.filter(isIo).reduce((sum, burst) => sum + (burst.device === device ? burst.io : 0), 0)
}

function withSetup(job: JobSpec, time: number): JobSpec {
  return mapThreads(job, (bursts) => [{ io: time, device: operatorDevice }, ...bursts])
}
