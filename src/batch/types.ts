/**
 * What a batch is made of: jobs that people hand in, the states they go through, the steps that are recorded, and the
 * machine that runs them.
 *
 *   waiting ──▶ queued ──▶ ready ──▶ running ──▶ ended ──▶ (waiting again, if it may be retried)
 *   (time, the   (memory,    ▲          │  ▲
 *   end of other  named      │   stop   │  │ go
 *   jobs)         resources) └──────────┤  │
 *                            ▲          ▼  │
 *                            └─────── blocked         paused: out of all this until somebody resumes it
 *
 * Times are in milliseconds. Instants (`at`) count from the start of the run on a clock that never jumps; `...At` fields are
 * milliseconds since 1970, for people.
 */
import type { ResourceUse } from '../process/index.ts'
import type { PolicyChoice } from '../schedule/index.ts'

/** What somebody wants run. Plain data: from a file, a command line, a program. */
export interface JobRequest {
  /** The program and its arguments; no shell reads them. */
  readonly argv: readonly string[]
  /** Unique among the jobs that are known. @default the program's file name, with a number where that is taken */
  readonly name?: string | undefined
  /** @default the working directory of whoever hands it in */
  readonly cwd?: string | undefined
  /** The whole environment. @default that of whoever hands it in */
  readonly env?: Readonly<Record<string, string>> | undefined
  /** Bits that its files are made without, 0 to 0o777. @default those of whoever hands it in */
  readonly umask?: number | undefined
  /** Descriptors that it may have open, up to the hard limit; with the addon. @default as whoever hands it in was started with */
  readonly openFiles?: number | undefined
  /** Jobs of one key are expected to take equally long. @default the program's file name and its first word that is no option */
  readonly key?: string | undefined
  /** CPU time that it is expected to take, in ms. @default learned from its key */
  readonly burst?: number | undefined
  /** Which number is the more urgent one is an option of the policy. @default 0 */
  readonly priority?: number | undefined
  /** Share of the CPU against others', for lottery, stride, fair share. @default 1 */
  readonly tickets?: number | undefined
  /** On whose account it runs, for fair share. @default its group, else `user` */
  readonly owner?: string | undefined
  /** Its queue of a multilevel queue. */
  readonly queue?: string | undefined
  /** Milliseconds from its submission until when it should be done, for EDF. */
  readonly deadline?: number | undefined
  /** Jobs of a group share its slots, and are named together in commands. */
  readonly group?: string | undefined
  /** Waits for these jobs, by name or number. */
  readonly after?: readonly Dependency[] | undefined
  /** Milliseconds after its submission before which it does not start. @default 0 */
  readonly delayMs?: number | undefined
  /** CPUs that it takes at once. @default 1 */
  readonly width?: number | undefined
  /** CPUs where it may run, by their numbers on this machine. @default all of the batch */
  readonly affinity?: readonly number[] | undefined
  /** Memory that it claims: it waits until so much is free. @default its `memoryLimitBytes`, else 0 */
  readonly memoryBytes?: number | undefined
  /** Its processes together never hold more: the job is killed for it. @default no limit */
  readonly memoryLimitBytes?: number | undefined
  /** Named things that it takes until its end: `{ licence: 1 }`. */
  readonly resources?: Readonly<Record<string, number>> | undefined
  /** -20 to 19. @default that of the batch */
  readonly nice?: number | undefined
  /** Longest time from its start to its end, stopped or not; for backfilling also what is promised. @default no limit */
  readonly timeLimitMs?: number | undefined
  /** Between SIGTERM and SIGKILL. @default 5_000 */
  readonly graceMs?: number | undefined
  /**
   * Further attempts after one that failed: another exit code than 0, a signal from elsewhere, a program that could not be started.
   * None after a cancel, a time or memory limit, or an end that nobody saw. @default 0
   */
  readonly retries?: number | undefined
  /** Wait before the first retry; doubled with each, up to `maxMs`. @default 1_000, at most 60_000 */
  readonly backoff?: Backoff | undefined
  /** False: once started it is only stopped by who pauses it (it holds a lock, a peer would time out). @default true */
  readonly sliced?: boolean | undefined
  /** Where its output goes. @default 10 MiB a stream, and one older file */
  readonly logs?: LogLimits | undefined
  /** Handed in paused: it does not start before somebody resumes it. @default false */
  readonly held?: boolean | undefined
}

export interface Backoff {
  readonly firstMs: number
  readonly maxMs: number
}

export interface LogLimits {
  /** What a log has beyond is moved to `.1` (that to `.2`, ...), in pieces of about as much; what is beyond all of them is gone. */
  readonly bytes: number
  /** Older files that are kept, 0 for none. */
  readonly keep: number
}

/** On which end of another job: `ok` exit code 0, `fail` any other end, `any` both. */
export type Condition = 'ok' | 'any' | 'fail'

export interface Dependency {
  /** Name or number of the other job. */
  readonly job: string
  readonly on: Condition
}

export type JobState = 'waiting' | 'queued' | 'ready' | 'running' | 'blocked' | 'paused' | 'ended'

/**
 * How a job ended for good, after the last attempt:
 * `ok` exit code 0; `failed` another one; `killed` by a signal from elsewhere; `cancelled` by somebody; `time-limit`; `memory-limit`;
 * `not-started` no such program, folder, ...; `skipped` what it waited for ended otherwise; `unknown` nobody was there to see it.
 */
export type Outcome =
  | 'ok'
  | 'failed'
  | 'killed'
  | 'cancelled'
  | 'time-limit'
  | 'memory-limit'
  | 'not-started'
  | 'skipped'
  | 'unknown'

export type StepCause =
  | 'submitted'
  | 'released' // what it waited for has come
  | 'admitted'
  | 'dispatched'
  | 'expired'
  | 'preempted'
  | 'yielded' // the policy was changed, or the CPUs were
  | 'blocks'
  | 'unblocked'
  | 'paused'
  | 'resumed'
  | 'ended'
  | 'retries'
  | 'found' // a batch that was started again goes on with it

/** A job changed its state. */
export interface Step {
  readonly at: number
  readonly job: number
  readonly to: JobState
  readonly cause: StepCause
  /** Where it runs, by the machine's numbers; with `running`. */
  readonly cpus?: readonly number[] | undefined
  /** Level of a feedback queue, if the policy has such. */
  readonly level?: number | undefined
  /** Why the policy took this one, in a sentence; with `running`. */
  readonly why?: string | undefined
}

/** What a job used, measured; of all its processes, also those that ended. Undefined where the system does not tell. */
export interface JobUse {
  readonly userMs: number
  readonly systemMs: number
  /** Of its processes together: now, and at most. */
  readonly rssBytes: number
  readonly peakRssBytes: number
  readonly readBytes: number | undefined
  readonly writtenBytes: number | undefined
  readonly voluntarySwitches: number
  readonly involuntarySwitches: number
  readonly processes: number
}

/** For how long it was in which state, over all attempts. */
export type StateTimes = Readonly<Record<Exclude<JobState, 'ended'>, number>>

/** A range of instants, ms since 1970: nine of ten runs like those before would end between `low` and `high`. */
export interface Forecast {
  readonly low: number
  readonly likely: number
  readonly high: number
}

/** A job as it stands. */
export interface JobStatus {
  /** 1, 2, ... in the order of submission; never used again. */
  readonly id: number
  readonly name: string
  /** Events and the control socket leave the environment out: `env` is empty there. */
  readonly request: JobPlan
  readonly state: JobState
  /** Why it is in this state, for people: `waits for build`, `needs 2 GiB, 1 GiB is free`, `exit code 3`. */
  readonly why: string
  readonly outcome: Outcome | undefined
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** 1 for the first; 0 before it has started. */
  readonly attempt: number
  readonly pid: number | undefined
  /** Where it runs, or ran last. */
  readonly cpus: readonly number[]
  readonly submittedAt: number
  /** Of the first attempt. */
  readonly startedAt: number | undefined
  readonly endedAt: number | undefined
  readonly times: StateTimes
  /** Times that it was put on a CPU, and those among them at which it lost it again to a slice's end or another job. */
  readonly dispatches: number
  readonly preemptions: number
  /** Over all attempts; `rssBytes` and `processes` are those of the last one. */
  readonly use: JobUse | undefined
  readonly forecast: Forecast | undefined
  readonly logs: { readonly stdout: string; readonly stderr: string } | undefined
}

/** A request that was checked, with everything filled in but what is learned. */
export interface JobPlan extends JobRequest {
  readonly name: string
  readonly key: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
  readonly priority: number
  readonly tickets: number
  readonly owner: string
  readonly after: readonly Dependency[]
  readonly delayMs: number
  readonly width: number
  readonly memoryBytes: number
  readonly resources: Readonly<Record<string, number>>
  readonly graceMs: number
  readonly retries: number
  readonly backoff: Backoff
  readonly sliced: boolean
  readonly logs: LogLimits
}

/** What jobs are run on, and how. */
export interface BatchSettings {
  /** @default `{ name: 'rr', options: { quantum: 100 } }` */
  readonly policy?: PolicyChoice | undefined
  /** CPUs by their numbers on this machine. @default all that this process may use */
  readonly cpus?: readonly number[] | undefined
  /** Keeps each job on the CPU that it was given. @default true where the addon is */
  readonly pin?: boolean | undefined
  /** Memory that jobs may claim together. @default what the machine has available when the batch starts */
  readonly memoryBytes?: number | undefined
  /** How much there is of each named resource. */
  readonly resources?: Readonly<Record<string, number>> | undefined
  /** Jobs of a group that are admitted at the same time. */
  readonly slots?: Readonly<Record<string, number>> | undefined
  /** Jobs that are admitted at the same time: the degree of multiprogramming. @default 1_000 */
  readonly degree?: number | undefined
  /** Jobs that are known at most, those that ended included; the oldest of these are forgotten. @default 10_000 */
  readonly jobs?: number | undefined
  /** Steps that the record keeps; the oldest are dropped. @default 200_000 */
  readonly steps?: number | undefined
}

/** What a batch has done, enough to draw it and to do it again in the simulator. */
export interface RunRecord {
  /** When instant 0 was. */
  readonly startedAt: number
  /** The instant up to which this tells. */
  readonly until: number
  readonly cpus: readonly number[]
  /** From when on which policy decided. */
  readonly policies: readonly { readonly at: number; readonly choice: PolicyChoice }[]
  readonly jobs: readonly JobStatus[]
  readonly steps: readonly Step[]
  /** Steps that the record had no room for: the oldest. */
  readonly dropped: number
}

/** How the batch stands. */
export interface BatchStatus {
  readonly pid: number
  readonly keeperPid: number | undefined
  readonly startedAt: number
  readonly folder: string
  readonly policy: PolicyChoice
  readonly cpus: readonly number[]
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number }
  readonly resources: Readonly<Record<string, { readonly total: number; readonly free: number }>>
  readonly counts: Readonly<Record<JobState, number>>
  /** CPU time of the executive and its keeper since they started: what scheduling costs. */
  readonly overheadMs: number
  /** What could not be done, for people: a journal that could not be written, a limit that cannot be enforced. */
  readonly troubles: readonly string[]
}

/** Which jobs: by number, by name, by group, or all that have not ended. */
export type JobSelection =
  | { readonly jobs: readonly (string | number)[] }
  | { readonly group: string }
  | { readonly all: true }

export type JobAction =
  | { readonly kind: 'pause' }
  | { readonly kind: 'resume' }
  /** A second one cuts the grace short. */
  | { readonly kind: 'cancel' }
  | { readonly kind: 'priority'; readonly priority: number }
  /** Forgets jobs that have ended. */
  | { readonly kind: 'forget' }

/** What happens, as it happens. */
export type BatchEvent =
  | { readonly kind: 'step'; readonly step: Step }
  | { readonly kind: 'job'; readonly job: JobStatus }
  | { readonly kind: 'policy'; readonly at: number; readonly choice: PolicyChoice }

/** A batch, here or in another process. */
export interface Batch {
  /**
   * Checks all requests and takes all of them or none. Throws JOB_INVALID (with its place), DEPENDENCY_UNKNOWN, DEPENDENCY_CYCLE.
   * Resolves when they are written down: from then on they survive kill -9.
   */
  add(requests: readonly JobRequest[]): Promise<readonly JobStatus[]>
  /** @default all that are known */
  jobs(selection?: JobSelection): Promise<readonly JobStatus[]>
  /** Jobs that it does not make sense for (ended ones) are left as they are. Throws JOB_UNKNOWN. */
  act(action: JobAction, selection: JobSelection): Promise<readonly JobStatus[]>
  /** Takes effect at once. Throws OPTION_INVALID, and for a quantum below 10 ms. */
  setPolicy(choice: PolicyChoice): Promise<void>
  /** Resolves when all of them have ended. */
  wait(selection: JobSelection, options?: { readonly signal?: AbortSignal }): Promise<readonly JobStatus[]>
  status(): Promise<BatchStatus>
  record(): Promise<RunRecord>
  /** Everything from now on, until the signal. */
  watch(options?: { readonly signal?: AbortSignal }): AsyncIterable<BatchEvent>
  /** Lets go of it; a batch here leaves its jobs to the keeper, which continues all of them, unless they are ended first. */
  close(options?: { readonly endJobs?: boolean }): Promise<void>
}

/** How a program ended, as the machine tells the engine. */
export interface MachineEnd {
  /** Exit code, or the negative number of the signal; undefined when nobody saw it. */
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  readonly use: JobUse | undefined
  readonly resources: ResourceUse | undefined
}

/**
 * What the engine commands. Every call returns at once; what comes of it is told by `MachineEvents`. Between two `flush` calls
 * only the last word about a job counts, and those that stop go out before those that go on.
 */
export interface Machine {
  /** Starts attempt `attempt` of the job; `started` or `notStarted` follows, and `ended` in the end. */
  start(job: number, attempt: number, plan: JobPlan, cpus: readonly number[]): void
  /** Lets its processes run, on these CPUs. */
  go(job: number, cpus: readonly number[]): void
  /** Stops all its processes. One that is still being started stops right after. */
  stop(job: number): void
  /** SIGTERM to all, so that they hear it even if stopped, and SIGKILL to who is left after the grace; `ended` follows. */
  end(job: number, graceMs: number): void
  flush(): void
}

/** What the machine tells the engine; `at` is now, on the engine's clock. */
export interface MachineEvents {
  started(job: number, attempt: number, pid: number, at: number): void
  /** Something was wrong: no such program, no permission, a full disk. */
  notStarted(job: number, attempt: number, error: Error, at: number): void
  ended(job: number, attempt: number, end: MachineEnd, at: number): void
  /** None of its processes has wanted a CPU since `since` (at most `at`). */
  blocked(job: number, since: number, at: number): void
  /** One of its processes wants a CPU again. */
  unblocked(job: number, at: number): void
  used(job: number, use: JobUse, at: number): void
  /** It was over its memory limit and has been killed, or is being killed; `ended` follows. */
  overMemory(job: number, rssBytes: number, at: number): void
}
