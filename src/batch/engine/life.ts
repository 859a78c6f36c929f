/**
 * The life of a job, but for its time on CPUs:
 *
 *   take ──▶ waiting ──▶ released ──▶ queued ──▶ admitted ──▶ ready ... attemptOver ──▶ ended
 *               ▲                                                         │
 *               └────────────────────── retries, after a back-off ────────┘
 */
import { admitNew, admitNext, dequeue, enqueue, giveBack } from './admission.ts'
import { leaveCpu, makeReady, setAside } from './dispatcher.ts'
import { accountOf, hasProgram, noteUse, type EngineJob } from './job.ts'
import { tell } from './journal.ts'
import { become, bookTime, today, type Alarm, type EngineState } from './state.ts'
import type { Condition, MachineEnd, Outcome, StepCause } from '../types.ts'
import { endText, spanText } from './words.ts'

/** A further attempt may end otherwise; limits, cancels and what nobody saw are for people to decide about. */
const retried: ReadonlySet<Outcome> = new Set<Outcome>(['failed', 'killed', 'not-started'])

/** In place of its last one: it never waits for two. */
export function setAlarm(state: EngineState, job: EngineJob, kind: Alarm['kind'], at: number): void {
  dropAlarm(state, job)
  if (at === Infinity) return
  job.alarm = { place: -1, at, kind, job }
  state.alarms.push(job.alarm, at)
}

/** Nobody is woken for what is over, and nothing of a job that is forgotten stays. */
function dropAlarm({ alarms }: EngineState, job: EngineJob): void {
  if (job.alarm !== undefined) alarms.remove(job.alarm)
  job.alarm = undefined
}

/** Nothing holds it back any more but memory, resources and CPUs. */
export function releaseIfDue(state: EngineState, job: EngineJob): void {
  if (job.stage !== 'waiting' || job.missing > 0 || job.notBefore > state.now) return
  job.stage = 'queued'
  job.claim.order = state.nextOrder++
  state.policy.arrive?.(job, state.now)
  state.known++
  if (job.paused) return
  become(state, job, 'queued', 'released')
  getInLine(state, job)
}

export function getInLine(state: EngineState, job: EngineJob): void {
  enqueue(state.admission, job.claim)
  if (job.claim.inAll.place !== -1 && admitNew(state.admission, job.claim)) admitted(state, job)
}

/** Something was given back: who gets in? */
export function admitWaiting(state: EngineState): void {
  for (let claim = admitNext(state.admission); claim !== undefined; claim = admitNext(state.admission)) {
    const job = state.jobs.get(claim.job)
    if (job !== undefined) admitted(state, job)
  }
}

function admitted(state: EngineState, job: EngineJob): void {
  job.stage = 'admitted'
  makeReady(state, job, 'admitted')
}

export interface AttemptEnd {
  /** Undefined for a program that did not start. */
  readonly end?: MachineEnd | undefined
  /** @default what its end says */
  readonly why?: string | undefined
  /** The instant of the end, where it is told later. @default now */
  readonly at?: number | undefined
}

/** The attempt is over, however its program ended, or did not start. */
export function attemptOver(
  state: EngineState,
  job: EngineJob,
  outcome: Outcome,
  { end, why, at = state.now }: AttemptEnd,
): void {
  leavePolicy(state, job, outcome)
  dropAlarm(state, job)
  job.exitCode = end?.exitCode
  job.signal = end?.signal
  if (end?.use !== undefined) noteUse(job, end.use)
  job.usedBefore = job.use
  job.program = 'none'
  job.told = undefined
  job.pid = undefined
  job.begun = undefined
  job.ending = undefined
  bookTime(state, job)
  const text = why ?? endText(job, outcome)
  const { id, attempt, startedAt } = job
  const [date, account] = [today(state, at), accountOf(job)]
  tell(state, { kind: 'attemptEnded', job: id, at: date, attempt, outcome, end, why: text, account, startedAt })
  decide(state, job, outcome, text, at)
  admitWaiting(state)
}

/** Whether there is a further attempt after one that ended at this instant, from which its back-off counts. */
export function decide(state: EngineState, job: EngineJob, outcome: Outcome, why: string, endedAt: number): void {
  const { retries, backoff } = job.plan
  if (!retried.has(outcome) || job.attempt > retries) return endForGood(state, job, outcome, why, endedAt)
  giveBack(state.admission, job.claim)
  forgetAtPolicy(state, job)
  const waits = Math.min(backoff.firstMs * 2 ** (job.attempt - 1), backoff.maxMs)
  job.stage = 'waiting'
  job.notBefore = endedAt + waits
  job.claim.passed = 0
  job.burst = job.expected
  if (!job.paused)
    become(state, job, 'waiting', 'retries', `attempt ${job.attempt}: ${why}; tries again after ${spanText(waits)}`)
  setAlarm(state, job, 'release', job.notBefore)
  releaseIfDue(state, job)
}

export function endForGood(
  state: EngineState,
  job: EngineJob,
  outcome: Outcome,
  why: string,
  endedAt: number = state.now,
): void {
  if (job.stage === 'ended') return
  setAside(state, job)
  dropAlarm(state, job)
  dequeue(state.admission, job.claim)
  giveBack(state.admission, job.claim)
  if (job.stage === 'queued' || job.stage === 'admitted') forgetAtPolicy(state, job)
  job.stage = 'ended'
  job.paused = false
  job.program = 'none'
  job.told = undefined
  job.outcome = outcome
  job.endedAt = today(state, endedAt)
  become(state, job, 'ended', 'ended', why)
  const { id, exitCode, signal } = job
  tell(state, { kind: 'ended', job: id, at: job.endedAt, outcome, exitCode, signal, why, account: accountOf(job) })
  state.ended.push(job)
}

/** Tells those who wait for jobs that ended, and those who wait for these, and so on. */
export function tellDependents(state: EngineState): void {
  // The list grows while it is gone through.
  for (const job of state.ended) {
    for (const need of job.needs) need.job.neededBy--
    job.needs = []
    const { waiters } = job
    job.waiters = []
    for (const waiter of waiters) {
      if (waiter.job.stage === 'ended') continue
      waiter.job.missing--
      if (isMet(waiter.on, job)) releaseIfDue(state, waiter.job)
      else skip(state, waiter.job, job)
    }
    admitWaiting(state)
  }
  state.ended.length = 0
}

export function isMet(on: Condition, { outcome }: EngineJob): boolean {
  return on === 'any' || (on === 'ok') === (outcome === 'ok')
}

export function skip(state: EngineState, job: EngineJob, because: EngineJob): void {
  endForGood(state, job, 'skipped', `${because.name} ended otherwise: ${because.outcome ?? ''}`)
}

/** Its program is being ended; a running one keeps its CPU until it has ended, others leave the policy at once. */
export function beginEnd(state: EngineState, job: EngineJob, outcome: Outcome, why: string): void {
  if (job.ending !== undefined) return
  job.ending = { outcome, why }
  dropAlarm(state, job)
  job.why = `is being ended: ${why}`
  if (job.cpu !== undefined) job.cpu.sliceEnd = Infinity
  else setAside(state, job)
  tell(state, { kind: 'ending', job: job.id, attempt: job.attempt, outcome })
}

/** Ends it, by its program if it has one. */
export function endNow(state: EngineState, job: EngineJob, outcome: Outcome, why: string): void {
  if (!hasProgram(job)) {
    endForGood(state, job, outcome, why)
    return admitWaiting(state)
  }
  // Who cancels what is being ended already does not want to wait for its grace.
  const isUrgent = job.ending !== undefined && outcome === 'cancelled'
  if (job.ending !== undefined && !isUrgent) return
  beginEnd(state, job, outcome, why)
  state.machine.end(job.id, isUrgent ? 0 : job.plan.graceMs)
  state.isDirty = true
}

export function pauseJob(state: EngineState, job: EngineJob): void {
  if (job.paused || job.stage === 'ended' || job.ending !== undefined) return
  job.paused = true
  setAside(state, job)
  if (job.stage === 'queued') dequeue(state.admission, job.claim)
  state.touched.add(job)
  become(state, job, 'paused', 'paused', hasProgram(job) ? 'stopped until it is resumed' : 'held until it is resumed')
  tell(state, { kind: 'paused', job: job.id })
  admitWaiting(state)
}

export function resumeJob(state: EngineState, job: EngineJob): void {
  if (!job.paused || job.ending !== undefined) return
  job.paused = false
  tell(state, { kind: 'resumed', job: job.id })
  comeBack(state, job, 'resumed')
}

/** Into the state of its stage. */
export function comeBack(state: EngineState, job: EngineJob, cause: StepCause): void {
  if (job.stage === 'admitted') return makeReady(state, job, cause)
  become(state, job, job.stage === 'queued' ? 'queued' : 'waiting', cause)
  if (job.stage === 'queued') getInLine(state, job)
  else releaseIfDue(state, job)
}

/** Nothing is learned from one that did not end well. */
function leavePolicy(state: EngineState, job: EngineJob, outcome: Outcome): void {
  const { policy, now } = state
  if (job.cpu === undefined) return setAside(state, job)
  const ran = leaveCpu(state, job)
  if (outcome === 'ok') policy.finish?.(job, ran, now)
  else policy.abort?.(job, ran, now)
}

function forgetAtPolicy(state: EngineState, job: EngineJob): void {
  job.memo = undefined
  state.known--
}
