/**
 * What must outlive the executive, as plain JSON: a journal is a list of facts, and `restoredFrom` makes jobs of them again.
 *
 *   submitted ──▶ starting 1 ──▶ started 1 ──▶ attemptEnded 1 ──▶ starting 2 ──▶ ... ──▶ ended ──▶ forgotten
 *                 (before the     (its pid)     (its exit code)
 *                 program starts)                      between them: paused, resumed, priority, ending
 *
 * A cut anywhere leaves a state that makes sense: after `starting` without `started` it is open whether there is a program,
 * which only the machine can tell.
 */
import type { PolicyChoice } from '../../schedule/index.ts'
import type { JobPlan, JobUse, MachineEnd, Outcome, StateTimes } from '../types.ts'

/** What `job` and `at` say is the same in all facts. */
interface About<Kind extends string> {
  readonly kind: Kind
  /** The job's number. */
  readonly job: number
  /** Milliseconds since 1970, by the engine's clock; the executive may put its own in place. */
  readonly at: number
}

/** What was counted of a job up to a fact. */
export interface Account {
  readonly times: StateTimes
  readonly dispatches: number
  readonly preemptions: number
  readonly use: JobUse | undefined
  /** What of it was of attempts that are over. @default nothing */
  readonly usedBefore?: JobUse | undefined
}

/** Taken; `at` is when it was handed in. */
export interface SubmittedFact extends About<'submitted'> {
  readonly plan: JobPlan
}

/** The program of this attempt is started as soon as this is written, and not before. */
export interface StartingFact extends About<'starting'> {
  readonly attempt: number
}

export interface StartedFact extends About<'started'> {
  readonly attempt: number
  readonly pid: number
  /** With the pid it names the process for ever; the executive fills it in. */
  readonly startTicks?: number | undefined
  /** Up to then. @default that of the last fact that has one */
  readonly account?: Account | undefined
}

/** The program is being ended, and this will be how: a batch that is started again ends it if it still runs. */
export interface EndingFact extends About<'ending'> {
  readonly attempt: number
  readonly outcome: Outcome
}

export interface AttemptEndedFact extends About<'attemptEnded'> {
  readonly attempt: number
  readonly outcome: Outcome
  /** Undefined for a program that never started. */
  readonly end: MachineEnd | undefined
  /** Why, for people. */
  readonly why: string
  readonly account: Account
  /** When the first attempt started, as its start may never have been written down. @default as that says */
  readonly startedAt?: number | undefined
}

/** For good: no further attempt follows. */
export interface EndedFact extends About<'ended'> {
  readonly outcome: Outcome
  readonly exitCode: number | undefined
  readonly signal: string | undefined
  /** Why, for people. */
  readonly why: string
  readonly account: Account
}

/** What was counted of it when the batch was closed. */
export interface AccountedFact extends About<'accounted'> {
  readonly account: Account
}

export interface PriorityFact extends About<'priority'> {
  readonly priority: number
}

/** From now on this policy decides; of no job, so `job` is 0. */
export interface PolicyFact extends About<'policy'> {
  readonly choice: PolicyChoice
}

export type Fact =
  | SubmittedFact
  | StartingFact
  | StartedFact
  | EndingFact
  | AttemptEndedFact
  | EndedFact
  | AccountedFact
  | About<'paused'>
  | About<'resumed'>
  | PriorityFact
  | About<'forgotten'>
  | PolicyFact

/** What the machine knows of a program that was starting or running when the executive went away. */
export type Found =
  /** It runs, as its keeper continued it. */
  | {
      readonly kind: 'runs'
      readonly pid: number
      /** How long ago it started, by a clock that never jumps. @default as the dates say */
      readonly ageMs?: number | undefined
    }
  /** It ended meanwhile, and the keeper saw how; when, in milliseconds since 1970. @default as the batch was told; now */
  | {
      readonly kind: 'ended'
      readonly end: MachineEnd
      readonly startedAt?: number | undefined
      readonly endedAt?: number | undefined
      /** The keeper ended it for its time limit. */
      readonly isOverTime?: boolean | undefined
    }
  /** It was never started; the attempt is made again. */
  | { readonly kind: 'never' }
  /** Nobody knows: it may have done its work or not. */
  | { readonly kind: 'unknown' }

/** A job as facts tell it, for `Engine.restore`. */
export interface RestoredJob {
  readonly id: number
  /** With the priority that it was given last. */
  readonly plan: JobPlan
  readonly submittedAt: number
  /** The last attempt that was begun; 0 for none. */
  readonly attempt: number
  /** Its program: none yet (or that of the last attempt ended), or one that was about to start, or that ran. */
  readonly program: 'none' | 'starting' | 'started'
  /** Of that program. */
  readonly pid: number | undefined
  readonly startTicks: number | undefined
  /** When that program started. */
  readonly attemptStartedAt: number | undefined
  /** How the attempt before that program ended, or that program itself. */
  readonly last: AttemptEndedFact | undefined
  /** When the first attempt started. */
  readonly startedAt: number | undefined
  readonly paused: boolean
  /** How its program is being ended. */
  readonly ending: Outcome | undefined
  /** How it ended for good. */
  readonly ended: EndedFact | undefined
  /** What was counted of it up to `accountedAt`. */
  readonly account: Account
  readonly accountedAt: number
  /** What the machine found; to be filled in where `program` is not 'none'. @default unknown */
  readonly found?: Found | undefined
}

export interface Restored {
  /** Those that were not forgotten, in the order of submission. */
  readonly jobs: readonly RestoredJob[]
  /** The policy that decided last; undefined if none was named. */
  readonly choice: PolicyChoice | undefined
  /** The highest number that was ever given to a job; 0 for none. */
  readonly lastId: number
}

/** Of a job that was just handed in. */
export const nothingCounted: Account = {
  times: { waiting: 0, queued: 0, ready: 0, running: 0, blocked: 0, paused: 0 },
  dispatches: 0,
  preemptions: 0,
  use: undefined,
}

/**
 * The jobs that these facts, in their order, leave. Pure. Facts about jobs that were never submitted, or are forgotten, are
 * passed over.
 */
export function restoredFrom(facts: Iterable<Fact>): Restored {
  const jobs = new Map<number, RestoredJob>()
  let choice: PolicyChoice | undefined
  let lastId = 0
  for (const fact of facts) {
    if (fact.kind === 'policy') choice = fact.choice
    else if (fact.kind === 'forgotten') jobs.delete(fact.job)
    else if (fact.kind === 'submitted') {
      jobs.set(fact.job, submitted(fact))
      lastId = Math.max(lastId, fact.job)
    } else {
      const job = jobs.get(fact.job)
      if (job !== undefined) jobs.set(fact.job, { ...job, ...changeOf(job, fact) })
    }
  }
  return { jobs: [...jobs.values()].toSorted((a, b) => a.id - b.id), choice, lastId }
}

function submitted({ job, at, plan }: SubmittedFact): RestoredJob {
  return {
    id: job,
    plan,
    submittedAt: at,
    attempt: 0,
    program: 'none',
    pid: undefined,
    startTicks: undefined,
    attemptStartedAt: undefined,
    last: undefined,
    startedAt: undefined,
    paused: false,
    ending: undefined,
    ended: undefined,
    account: nothingCounted,
    accountedAt: at,
  }
}

type JobFact = Exclude<Fact, SubmittedFact | PolicyFact | About<'forgotten'>>

function changeOf(job: RestoredJob, fact: JobFact): Partial<RestoredJob> {
  switch (fact.kind) {
    case 'starting':
      return { attempt: fact.attempt, program: 'starting', ending: undefined }
    case 'started': {
      const { attempt, pid, startTicks, at, account } = fact
      const counted = account === undefined ? {} : { account, accountedAt: at }
      const startedAt = job.startedAt ?? at
      return { attempt, program: 'started', pid, startTicks, attemptStartedAt: at, startedAt, ...counted }
    }
    case 'ending':
      return { ending: fact.outcome }
    case 'attemptEnded': {
      const { attempt, account, at } = fact
      const startedAt = job.startedAt ?? fact.startedAt
      const without = { program: 'none', pid: undefined, startTicks: undefined, attemptStartedAt: undefined } as const
      return { ...without, attempt, ending: undefined, last: fact, account, accountedAt: at, startedAt }
    }
    case 'ended': {
      // One that was taken back, and not made again, was no attempt.
      const attempt = job.program === 'starting' ? job.attempt - 1 : job.attempt
      return { attempt, ended: fact, program: 'none', account: fact.account, accountedAt: fact.at }
    }
    case 'accounted':
      return { account: fact.account, accountedAt: fact.at }
    case 'paused':
      return { paused: true }
    case 'resumed':
      return { paused: false }
    case 'priority':
      return { plan: { ...job.plan, priority: fact.priority } }
  }
}
