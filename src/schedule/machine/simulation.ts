/** What a simulation found out: results of each job, of the machine, and, if recorded, every step. */

/** As in every operating system, with the moments before and after: waiting for memory is `new`. */
export type JobState = 'new' | 'ready' | 'running' | 'blocked' | 'done'

export type TransitionCause =
  | 'submitted'
  | 'admitted'
  | 'dispatched'
  | 'expired'
  | 'preempted'
  | 'waits-for-io'
  | 'io-done'
  | 'finished'
  | 'faulted'
  | 'system-crashed'

/** A thread changed its state. Ready is the only way into running. */
export interface Transition {
  readonly at: number
  readonly thread: string
  readonly from: JobState | undefined
  readonly to: JobState
  readonly cause: TransitionCause
  readonly cpu?: number | undefined
}

/** One stretch of a CPU. What is in no span was idle. */
export interface CpuSpan {
  readonly cpu: number
  readonly from: number
  readonly to: number
  readonly kind: 'run' | 'switch-in' | 'switch-out'
  /** The thread that runs, comes or leaves. */
  readonly thread: string
  readonly job: string
  /** Level of a feedback queue, if the policy has such. */
  readonly level?: number | undefined
  /** Whether the cache was warm, where there are caches. */
  readonly warm?: boolean | undefined
}

export interface DeviceSpan {
  readonly device: string
  readonly from: number
  readonly to: number
  readonly thread: string
  readonly job: string
}

export interface MemorySpan {
  readonly job: string
  readonly base: number
  readonly size: number
  readonly from: number
  readonly to: number
}

/** What was saved when a thread left its CPU: its process control block. */
export interface ControlBlock {
  readonly at: number
  readonly thread: string
  readonly state: JobState
  /** Burst where it stands, counted from 0, and what is left of it. */
  readonly programCounter: number
  readonly remaining: number
  readonly cpuUsed: number
  readonly base?: number | undefined
  readonly limit?: number | undefined
  readonly waitsFor?: string | undefined
}

/** An access outside the own space, and what came of it. */
export interface StrayAccess {
  readonly at: number
  readonly job: string
  readonly address: number
  readonly write: boolean
  /**
   * 'fault': protection ended the job. Without it: 'read' got what is not its own, 'broke-job' wrote into another job, which
   * ends by that, 'crashed-system' wrote into the system.
   */
  readonly outcome: 'fault' | 'read' | 'broke-job' | 'crashed-system'
  /** The job whose memory it was; undefined for the system's. */
  readonly victim: string | undefined
}

export interface Decision {
  readonly at: number
  readonly cpu: number
  readonly thread: string
  /** A sentence; empty where the policy has none. */
  readonly why: string
  /** Who else was ready, at most the first 100 of them. */
  readonly ready: readonly string[]
}

export interface JobResult {
  readonly name: string
  readonly owner: string
  readonly arrival: number
  /** First instruction; undefined if it never ran. */
  readonly start: number | undefined
  readonly finish: number | undefined
  readonly turnaround: number | undefined
  /** Time spent ready. */
  readonly waiting: number
  readonly response: number | undefined
  /** Turnaround divided by what it would have taken alone on the machine. */
  readonly slowdown: number | undefined
  readonly cpu: number
  readonly blocked: number
  readonly waitedForMemory: number
  readonly switches: number
  readonly preemptions: number
  readonly missedDeadline: boolean
  readonly end: 'done' | 'faulted' | 'system-crashed' | 'unfinished'
}

export interface Averages {
  readonly turnaround: number
  readonly waiting: number
  readonly response: number
  readonly slowdown: number
}

export interface SystemResult {
  readonly policy: string
  readonly cpus: number
  /** From 0 to the last finish, or the horizon. */
  readonly makespan: number
  /** CPU time, over all CPUs: useful + switching + idle = makespan x cpus. */
  readonly useful: number
  readonly switching: number
  readonly idle: number
  /** useful / (makespan x cpus), 0 to 1. */
  readonly utilization: number
  /** Jobs finished per unit of time. */
  readonly throughput: number
  readonly switches: number
  readonly preemptions: number
  /** Jain's index of the paces at which jobs got on (1/slowdown; CPU time by time, of those not done): 1 is all alike. */
  readonly fairness: number
  /** The longest time that a thread was ready without running, and who it was. */
  readonly longestWait: { readonly job: string | undefined; readonly time: number }
  readonly average: Averages
  /** Events that the simulator handled. */
  readonly events: number
}

/** Who used which resource for how long. */
export interface AccountLine {
  readonly owner: string
  readonly job: string
  /** `cpu`, `memory` (size x time), or the name of a device. */
  readonly resource: string
  readonly used: number
}

export interface SimulationRecord {
  readonly transitions: readonly Transition[]
  readonly cpu: readonly CpuSpan[]
  readonly devices: readonly DeviceSpan[]
  readonly memory: readonly MemorySpan[]
  readonly decisions: readonly Decision[]
  readonly controlBlocks: readonly ControlBlock[]
  readonly strayAccesses: readonly StrayAccess[]
}

export interface Simulation {
  readonly jobs: readonly JobResult[]
  readonly system: SystemResult
  readonly accounts: readonly AccountLine[]
  /** Only with `record: 'full'`. */
  readonly record: SimulationRecord | undefined
}
