/** The engine's record of a job: what policies see of it, and where it stands. */
import type { Job } from '../../schedule/index.ts'
import type { Condition, JobPlan, JobState, JobUse, Outcome, StateTimes } from '../types.ts'
import type { Claim } from './admission.ts'
import type { Cpu } from './cpus.ts'
import { nothingCounted, type Account } from './facts.ts'
import type { EngineSettings } from './settings.ts'
import type { Alarm } from './state.ts'

/** What it waits for before it may have a CPU: time or other jobs; memory or resources; nothing; and it is over. */
export type Stage = 'waiting' | 'queued' | 'admitted' | 'ended'

export type Times = { -readonly [State in keyof StateTimes]: number }

export interface Incoming {
  readonly id: number
  readonly plan: JobPlan
  /** Milliseconds since 1970, and as an instant. */
  readonly submittedAt: number
  readonly at: number
}

/** A job that has just come in. */
export function jobOf({ id, plan, submittedAt, at }: Incoming, claim: Claim, settings: EngineSettings): EngineJob {
  const expected = plan.burst ?? settings.expected?.(plan.key)
  const known = expected !== undefined && expected >= 0 ? expected : undefined
  const open = settings.cpus.filter((cpu) => plan.affinity?.includes(cpu) ?? true)
  // A batch that was started again may have fewer CPUs: who cannot run where it should runs where it can.
  const most = open.length === 0 ? settings.cpus.length : open.length
  const affinity = plan.affinity === undefined || open.length === 0 ? undefined : open
  return {
    place: -1,
    memo: undefined,
    id,
    plan,
    name: plan.name,
    key: plan.key,
    priority: plan.priority,
    tickets: plan.tickets,
    owner: plan.owner,
    queue: plan.queue,
    deadline: plan.deadline === undefined ? undefined : at + plan.deadline,
    limit: plan.timeLimitMs,
    width: Math.min(plan.width, most),
    affinity,
    expected: known,
    burst: known,
    remaining: known,
    spec: { affinity: affinity && settings.cpus.flatMap((cpu, index) => (affinity.includes(cpu) ? [index] : [])) },
    submittedAt,
    stage: 'waiting',
    state: 'waiting',
    since: at,
    paused: false,
    queued: false,
    held: false,
    order: 0,
    attempt: 0,
    program: 'none',
    pid: undefined,
    begun: undefined,
    ran: 0,
    ending: undefined,
    cpu: undefined,
    cpus: [],
    told: undefined,
    toldCpus: [],
    missing: 0,
    waiters: [],
    needs: [],
    neededBy: 0,
    notBefore: at + plan.delayMs,
    alarm: undefined,
    claim,
    times: { ...nothingCounted.times },
    dispatches: 0,
    preemptions: 0,
    use: undefined,
    usedBefore: undefined,
    outcome: undefined,
    exitCode: undefined,
    signal: undefined,
    why: '',
    startedAt: undefined,
    endedAt: undefined,
  }
}

/** What was counted of it, up to when it came into its state. */
export function accountOf({ times, dispatches, preemptions, use, usedBefore }: EngineJob): Account {
  return { times: { ...times }, dispatches, preemptions, use, usedBefore }
}

/** Its program has used so much by now; earlier attempts come on top. Who counts anew after a restart may have seen less. */
export function noteUse(job: EngineJob, use: JobUse): void {
  const { use: seen, usedBefore: before } = job
  const sum = before === undefined ? use : sumOf(before, use)
  job.use = seen === undefined ? sum : atLeast(seen, sum)
}

/** What there is of one at a time is that of the later one. */
function atLeast(seen: JobUse, use: JobUse): JobUse {
  const bytes = (some: number | undefined, more: number | undefined): number | undefined =>
    some === undefined ? more : Math.max(some, more ?? 0)
  return {
    userMs: Math.max(seen.userMs, use.userMs),
    systemMs: Math.max(seen.systemMs, use.systemMs),
    rssBytes: use.rssBytes,
    peakRssBytes: Math.max(seen.peakRssBytes, use.peakRssBytes),
    readBytes: bytes(seen.readBytes, use.readBytes),
    writtenBytes: bytes(seen.writtenBytes, use.writtenBytes),
    voluntarySwitches: Math.max(seen.voluntarySwitches, use.voluntarySwitches),
    involuntarySwitches: Math.max(seen.involuntarySwitches, use.involuntarySwitches),
    processes: use.processes,
  }
}

/** What there is of one at a time is that of the later one; peaks are not added up. */
function sumOf(before: JobUse, use: JobUse): JobUse {
  const bytes = (some: number | undefined, more: number | undefined): number | undefined =>
    some === undefined && more === undefined ? undefined : (some ?? 0) + (more ?? 0)
  return {
    userMs: before.userMs + use.userMs,
    systemMs: before.systemMs + use.systemMs,
    rssBytes: use.rssBytes,
    peakRssBytes: Math.max(before.peakRssBytes, use.peakRssBytes),
    readBytes: bytes(before.readBytes, use.readBytes),
    writtenBytes: bytes(before.writtenBytes, use.writtenBytes),
    voluntarySwitches: before.voluntarySwitches + use.voluntarySwitches,
    involuntarySwitches: before.involuntarySwitches + use.involuntarySwitches,
    processes: use.processes,
  }
}

/** The machine knows of a program of this job. */
export function hasProgram({ program, told }: EngineJob): boolean {
  return program === 'runs' || (program === 'starting' && told !== undefined)
}

/** Policies read the fields of `Job`; the rest is the engine's. */
export interface EngineJob extends Job {
  readonly id: number
  plan: JobPlan
  readonly name: string
  priority: number
  /** CPU time that it is expected to take in all; `burst` is what was left of it when it last began to wait for a CPU. */
  expected: number | undefined
  burst: number | undefined
  remaining: number | undefined
  readonly width: number
  /** CPUs of the batch where it may run, by the machine's numbers; undefined for all. */
  readonly affinity: readonly number[] | undefined
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
  waiters: { readonly job: EngineJob; readonly on: Condition }[]
  needs: readonly { readonly job: EngineJob; readonly on: Condition }[]
  neededBy: number
  /** It does not start before. */
  notBefore: number
  /** What it is woken for; for nothing once this is over. */
  alarm: Alarm | undefined
  /** What it claims. */
  readonly claim: Claim

  readonly times: Times
  dispatches: number
  preemptions: number
  /** Of all attempts so far, and of those that are over. */
  use: JobUse | undefined
  usedBefore: JobUse | undefined
  outcome: Outcome | undefined
  exitCode: number | undefined
  signal: string | undefined
  /** Why it is in this state, where that was found out when it came into it. */
  why: string
  /** Milliseconds since 1970. */
  startedAt: number | undefined
  endedAt: number | undefined
}
