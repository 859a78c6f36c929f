/** The engine's record of a job: what policies see of it, and where it stands. */
import type { Job } from '../../schedule/index.ts'
import type { JobPlan, JobState, JobUse, Outcome, StateTimes } from '../types.ts'
import type { Claim } from './admission.ts'
import type { Cpu } from './cpus.ts'

/** What it waits for before it may have a CPU: time or other jobs; memory or resources; nothing; and it is over. */
export type Stage = 'waiting' | 'queued' | 'admitted' | 'ended'

export type Times = { -readonly [State in keyof StateTimes]: number }

/** Policies read the fields of `Job`; the rest is the engine's. */
export interface EngineJob extends Job {
  readonly id: number
  plan: JobPlan
  readonly name: string
  priority: number
  burst: number | undefined
  remaining: number | undefined
  readonly width: number
  /** For policies with a queue for each CPU; in their numbers. */
  readonly spec: { readonly affinity: readonly number[] | undefined }

  readonly submittedAt: number
  stage: Stage
  state: JobState
  /** When it came into this state. */
  since: number
  paused: boolean
  /** It stands in the policy's queue. */
  queued: boolean
  /** Ready, but no program is started as the journal cannot be written. */
  held: boolean
  /** Its order of becoming ready. */
  order: number

  attempt: number
  program: 'none' | 'starting' | 'runs'
  pid: number | undefined
  /** When this attempt's program started. */
  begun: number | undefined
  /** CPU time of this attempt so far, in slices. */
  ran: number
  /** How its program is being ended, and in what words. */
  ending: { readonly outcome: Outcome; readonly why: string } | undefined

  /** CPU where it runs; the first of a wide job's. */
  cpu: Cpu | undefined
  /** Where it runs, or ran last, by the machine's numbers. */
  cpus: readonly number[]
  /** What the machine was told last. */
  told: 'go' | 'stop' | undefined
  toldCpus: readonly number[]

  /** Jobs it waits for that have not ended, jobs that wait for it, and how many jobs that are not over named it. */
  missing: number
  readonly waiters: { readonly job: EngineJob; readonly on: 'ok' | 'any' | 'fail' }[]
  needs: readonly EngineJob[]
  neededBy: number
  /** It does not start before. */
  notBefore: number
  /** What it claims. */
  readonly claim: Claim

  readonly times: Times
  dispatches: number
  preemptions: number
  use: JobUse | undefined
  outcome: Outcome | undefined
  exitCode: number | undefined
  signal: string | undefined
  /** Why it is in this state, where that was found out when it came into it. */
  why: string
  /** Milliseconds since 1970. */
  startedAt: number | undefined
  endedAt: number | undefined
}
