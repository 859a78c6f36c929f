/**
 * Jobs of a batch that was started again go on: from what the journal says of them, and what the machine found of their programs.
 *
 *   program none ──▶ where it waits, or what its last attempt left undecided
 *   runs         ──▶ it holds what it claims; ready, and stopped unless it gets a CPU; or paused; or it is ended on
 *   ended        ──▶ as if that had just been told
 *   never        ──▶ the attempt is made again
 *   unknown      ──▶ ended, `unknown`
 */
import { claimOf, holdAnyway } from './admission.ts'
import { makeReady } from './dispatcher.ts'
import type { Account, Found, RestoredJob } from './facts.ts'
import { enlist, finder, link, setOut } from './intake.ts'
import { jobOf, type EngineJob } from './job.ts'
import { attemptOver, decide, setAlarm } from './life.ts'
import type { EngineState } from './state.ts'
import { become } from './state.ts'
import { endText } from './words.ts'
import type { MachineEnd, Outcome } from '../types.ts'

export function restoreJobs(state: EngineState, restored: readonly RestoredJob[]): void {
  const pairs = restored.map((old) => ({ old, job: revive(state, old) }))
  for (const { job } of pairs) enlist(state, job)
  const find = finder(state, [], new Map())
  for (const { old, job } of pairs) if (old.ended === undefined) link(job, find)
  // Those that hold something come first, so that nobody else takes it.
  for (const { old, job } of pairs) if (hasRun(old) && old.ended === undefined) goOnWith(state, job, old)
  for (const { old, job } of pairs) if (!hasRun(old) && old.ended === undefined) setOutAgain(state, job, old)
}

function hasRun({ program, found }: RestoredJob): boolean {
  return program !== 'none' && found?.kind !== 'never'
}

/** The date may have been set meanwhile, but nothing that was written down is yet to come. */
function instantOf({ epoch, now }: EngineState, date: number): number {
  return Math.min(date - (epoch ?? 0), now)
}

function revive(state: EngineState, old: RestoredJob): EngineJob {
  const { id, plan, submittedAt, account, ended } = old
  const at = instantOf(state, submittedAt)
  const job = jobOf({ id, plan, submittedAt, at }, claimOf(state.admission, id, plan), state.settings)
  job.since = state.now
  job.attempt = old.found?.kind === 'never' ? old.attempt - 1 : old.attempt
  job.paused = old.paused && ended === undefined
  job.startedAt = old.startedAt
  job.exitCode = old.last?.end?.exitCode
  job.signal = old.last?.end?.signal
  take(job, account)
  if (ended === undefined) {
    if (!isUndecided(job, old)) bookMissed(state, job, old)
    return job
  }
  job.stage = 'ended'
  job.state = 'ended'
  job.outcome = ended.outcome
  job.exitCode = ended.exitCode
  job.signal = ended.signal
  job.why = ended.why
  job.endedAt = ended.at
  return job
}

/** Nobody counted what was between; programs went on meanwhile, from their start to their end. */
function bookMissed(state: EngineState, job: EngineJob, old: RestoredJob): void {
  const from = instantOf(state, old.accountedAt)
  const { begun, end } = hasRun(old) ? spanOf(state, old) : { begun: state.now, end: state.now }
  const missed = Math.max(0, end - from)
  const ran = Math.min(missed, end - begun)
  job.times.running += ran
  job.times[idle(job)] += missed - ran
}

/** Its last attempt is over, and it was not written down what comes of that. */
function isUndecided({ attempt }: EngineJob, old: RestoredJob): boolean {
  return !hasRun(old) && old.last?.attempt === attempt
}

function isOver({ stage }: EngineJob): boolean {
  return stage === 'ended'
}

function idle({ paused }: EngineJob): 'paused' | 'waiting' {
  return paused ? 'paused' : 'waiting'
}

function take(job: EngineJob, { times, dispatches, preemptions, use, usedBefore }: Account): void {
  Object.assign(job.times, times)
  job.dispatches = dispatches
  job.preemptions = preemptions
  job.use = use
  job.usedBefore = usedBefore
}

const nobodySaw: MachineEnd = { exitCode: undefined, signal: undefined, use: undefined, resources: undefined }

function goOnWith(state: EngineState, job: EngineJob, old: RestoredJob): void {
  const found: Found = old.found ?? { kind: 'unknown' }
  holdAnyway(state.admission, job.claim)
  job.stage = 'admitted'
  job.claim.order = state.nextOrder++
  state.policy.arrive?.(job, state.now)
  state.known++
  job.program = 'runs'
  job.pid = found.kind === 'runs' ? found.pid : old.pid
  job.told = 'go'
  const { begun, end } = spanOf(state, old)
  job.begun = begun
  job.startedAt ??= old.attemptStartedAt ?? (found.kind === 'ended' ? found.startedAt : undefined) ?? job.submittedAt
  if (old.ending !== undefined) job.ending = { outcome: old.ending, why: endText(job, old.ending) }
  if (job.paused) become(state, job, 'paused', 'found', 'stopped until it is resumed')
  if (found.kind !== 'runs') return meanwhileOver(state, job, found, end)
  if (job.paused) state.touched.add(job)
  else if (old.ending === undefined) makeReady(state, job, 'found')
  else become(state, job, 'blocked', 'found', `is being ended: ${endText(job, old.ending)}`)
  const { timeLimitMs } = job.plan
  if (old.ending === undefined) {
    if (timeLimitMs !== undefined) setAlarm(state, job, 'limit', job.begun + timeLimitMs)
    return
  }
  state.machine.end(job.id, job.plan.graceMs)
  state.isDirty = true
}

/** From when to when its program ran: up to now where it runs, or nobody saw its end. */
function spanOf(state: EngineState, { attemptStartedAt, found }: RestoredJob): { begun: number; end: number } {
  const { now } = state
  // Its age is what counts for its time limit: dates of then and now are of different clocks.
  if (found?.kind === 'runs' && found.ageMs !== undefined) return { begun: now - found.ageMs, end: now }
  const { startedAt, endedAt } = found?.kind === 'ended' ? found : {}
  const date = attemptStartedAt ?? startedAt
  const begun = date === undefined ? now : instantOf(state, date)
  return { begun, end: endedAt === undefined ? now : Math.max(begun, instantOf(state, endedAt)) }
}

/** It ended at `at`, and waits since then if it is tried again. */
function meanwhileOver(state: EngineState, job: EngineJob, found: Found, at: number): void {
  const end = found.kind === 'ended' ? found.end : nobodySaw
  const isOverTime = found.kind === 'ended' && found.isOverTime === true
  const outcome = job.ending?.outcome ?? (isOverTime ? 'time-limit' : outcomeOf(end))
  attemptOver(state, job, outcome, { end, why: job.ending?.why, at })
  if (!isOver(job)) job.times[idle(job)] += state.now - at
}

/** Its program is not there: it waits, or it is still to be decided whether it is tried again. */
function setOutAgain(state: EngineState, job: EngineJob, old: RestoredJob): void {
  const { last } = old
  const why = job.paused ? 'held until it is resumed' : ''
  become(state, job, job.paused ? 'paused' : 'waiting', 'found', why)
  if (last === undefined || !isUndecided(job, old)) return setOut(state, job)
  job.stage = 'admitted'
  state.known++
  decide(state, job, last.outcome, last.why, instantOf(state, last.at))
  if (!isOver(job)) bookMissed(state, job, old)
}

/** How a program ended that nobody had ended. */
export function outcomeOf({ exitCode, signal }: MachineEnd): Outcome {
  if (signal !== undefined) return 'killed'
  if (exitCode === undefined) return 'unknown'
  return exitCode === 0 ? 'ok' : exitCode < 0 ? 'killed' : 'failed'
}
