/**
 * What a simulated machine is, and what it is given to do. All times are in one unit of the user's choice (a tick, a
 * millisecond), all memory in another; a machine never asks which.
 */
import type { Policy, Job } from '../types.ts'

/** A stretch of computing. Infinity computes until the horizon. */
export interface CpuBurst {
  readonly cpu: number
}

/** A stretch of input or output, which needs no CPU. */
export interface IoBurst {
  /** How long the device works on it. */
  readonly io: number
  /** Which device; one that the machine does not list serves any number at once. @default 'io' */
  readonly device?: string | undefined
  /**
   * 'sync': the thread is blocked until it is done. 'async': it is handed in and the thread goes on; the next
   * `{ await: true }`, or the end of the thread, waits for all that it handed in.
   * @default 'sync'
   */
  readonly submission?: 'sync' | 'async' | undefined
}

/** Waits for all I/O that the thread handed in asynchronously. */
export interface AwaitBurst {
  readonly await: true
}

/** Reads or writes memory, at an address inside the job's own space (0 to its size) or outside: see protection. */
export interface AccessBurst {
  readonly access: number
  readonly write?: boolean | undefined
}

export type Burst = CpuBurst | IoBurst | AwaitBurst | AccessBurst

/** What the CPU runs. A job with one thread needs no name for it. */
export interface ThreadSpec {
  readonly name?: string | undefined
  /** After the job's arrival. @default 0 */
  readonly delay?: number | undefined
  readonly bursts: readonly Burst[]
  readonly priority?: number | undefined
}

/** A program to run: it owns memory and resources, its threads run. */
export interface JobSpec {
  /** Unique in its workload. */
  readonly name: string
  /** When it is submitted. @default 0 */
  readonly arrival?: number | undefined
  /** What its one thread does. Either this or `threads`. */
  readonly bursts?: readonly Burst[] | undefined
  readonly threads?: readonly ThreadSpec[] | undefined
  readonly priority?: number | undefined
  /** @default 1 */
  readonly tickets?: number | undefined
  /** Who pays: accounting and fair share. @default 'user' */
  readonly owner?: string | undefined
  /** The queue of a multilevel queue. */
  readonly queue?: string | undefined
  /** Jobs of one key are expected to take equally long. */
  readonly key?: string | undefined
  /** After its arrival (of each release, for a periodic job). */
  readonly deadline?: number | undefined
  /** Submits the same bursts again every so often, until the horizon. */
  readonly period?: number | undefined
  /** CPUs that it takes at once (rigid parallel jobs, for backfilling). @default 1 */
  readonly width?: number | undefined
  /** Longest time for which it may run, as its user said. */
  readonly limit?: number | undefined
  /** Memory that it needs from its first to its last moment; it waits for it before it is ready. @default 0 */
  readonly memory?: number | undefined
  /** CPUs where it may run. @default all */
  readonly affinity?: readonly number[] | undefined
  /** What it would like to keep in a CPU's cache. @default 0 */
  readonly workingSet?: number | undefined
}

/** What a switch costs in CPU time, and when it is paid. A number means: all of it before the job runs. */
export interface SwitchCost {
  /** Restoring the state of the one that comes. */
  readonly in: number
  /** Saving the state of the one that leaves. */
  readonly out: number
  /** Each time a job is put on a CPU, or only if another one ran there last. @default 'dispatch' */
  readonly when?: 'dispatch' | 'change' | undefined
}

export interface DeviceSpec {
  /** Requests that it works on at the same time; the others wait in order. @default 1 */
  readonly servers?: number | undefined
}

/** Caches that have to be warmed: a job whose working set is in the CPU's cache runs faster. */
export interface CacheSpec {
  /** How much one CPU's cache holds; working sets leave it in the order of least recent use. */
  readonly size: number
  /** Time on one CPU until the working set is in its cache. */
  readonly warmUp: number
  /** Speed with a warm cache, against 1 with a cold one. */
  readonly rate: number
}

/** Where textbooks differ. Defaults are those of most textbooks. */
export interface Rules {
  /** At the instant when a slice ends: is a new arrival queued before the job that lost its CPU? @default 'arrival-first' */
  readonly tie?: 'arrival-first' | 'expired-first' | undefined
  /** A slice ends and nobody else is ready: does the job keep the CPU with a new slice, or is it switched out and in? @default 'keep' */
  readonly aloneAtExpiry?: 'keep' | 'switch' | undefined
  /** Does the time of a switch count as waiting? @default true */
  readonly switchCountsAsWaiting?: boolean | undefined
  /** Response ends when the job is picked, or when its first instruction runs (after the switch). @default 'instruction' */
  readonly response?: 'dispatch' | 'instruction' | undefined
  /** Utilisation is taken from time 0, or from the first arrival. @default 'zero' */
  readonly from?: 'zero' | 'first-arrival' | undefined
  /** Slices end one by one, or for all CPUs at the multiples of the quantum. @default 'own' */
  readonly slices?: 'own' | 'global' | undefined
  /** Of several that come back from I/O at the same instant: in the order in which they asked for it, or by name. @default 'order' */
  readonly simultaneous?: 'order' | 'name' | undefined
  /** Who gets memory that is free: only the one that waits longest, or the first of them that fits. @default 'in-order' */
  readonly admission?: 'in-order' | 'first-fit' | undefined
}

export interface MachineSpec {
  /** A fresh one; it gives back the very jobs that it got, so one for any jobs does. */
  readonly policy: Policy<SimulatedJob> | Policy
  /** @default 1 */
  readonly cpus?: number | undefined
  /** @default 0 */
  readonly contextSwitch?: number | SwitchCost | undefined
  readonly devices?: Readonly<Record<string, DeviceSpec>> | undefined
  /** How memory is shared; without it there is enough. See `lanework/schedule`'s memory allocators. */
  readonly memory?: AdmissionMemory | undefined
  readonly cache?: CacheSpec | undefined
  readonly rules?: Rules | undefined
  /** Jobs in memory at the same time, at most (1 = a batch monitor). @default Infinity */
  readonly degree?: number | undefined
  /** The simulation ends then, whatever is left. @default when all jobs are done */
  readonly horizon?: number | undefined
  /** More events than this are an error, not an hour of waiting. @default 1,000,000 with `record: 'full'`, else 1,000,000,000 */
  readonly eventLimit?: number | undefined
  /** 'full' keeps every transition, 'summary' only results, for millions of jobs. @default 'full' */
  readonly record?: 'full' | 'summary' | undefined
}

/** What the machine asks of memory: all allocators of `memory/` have it. */
export interface AdmissionMemory {
  readonly size: number
  /** A place for the job, or undefined if it has to wait. Throws MEMORY_IMPOSSIBLE for one that can never have it. */
  admit(job: string, size: number, now: number): { readonly base: number; readonly size: number } | undefined
  release(job: string, now: number): void
  /** False: outside its space a job reads, and breaks, what is there. @default true */
  readonly protection?: boolean | undefined
}

/** A thread as policies see it. */
export interface SimulatedJob extends Job {
  readonly name: string
  /** The job that owns it. */
  readonly spec: JobSpec
}
