/**
 * One call into the engine: what is due is heard first, then what the call says; in the end slices that are over, free CPUs, and
 * what the machine has to be told.
 */
import { command, endSlices, letGo, renewSlices, schedule } from './dispatcher.ts'
import { tryAgain } from './journal.ts'
import { endNow, releaseIfDue, tellDependents } from './life.ts'
import type { Alarm, EngineState } from './state.ts'
import { endText } from './words.ts'

export function open(state: EngineState, at: number): void {
  state.depth++
  if (at > state.now) state.now = at
  if (state.retryAt <= state.now && tryAgain(state)) {
    state.retryAt = Infinity
    letGo(state)
  }
  wake(state)
  ring(state)
}

export function settle(state: EngineState): void {
  if (--state.depth > 0) return
  if (state.ended.length > 0) tellDependents(state)
  endSlices(state)
  schedule(state)
  if (state.touched.size > 0) command(state)
  if (!state.isDirty) return
  state.isDirty = false
  state.machine.flush()
}

/** When something is due next. */
export function dueAt(state: EngineState): number {
  dropStale(state)
  let next = Math.min(state.retryAt, state.alarms.peek()?.at ?? Infinity)
  for (const { sliceEnd } of state.cpus.all) if (sliceEnd < next) next = sliceEnd
  if (state.known === 0) return next
  return Math.min(next, Math.max(state.wakeFrom, state.policy.wakeAt?.(state.now) ?? Infinity))
}

/** The policy changes something by itself. */
function wake(state: EngineState): void {
  const { policy, now } = state
  if (policy.wakeAt === undefined || state.known === 0 || now < state.wakeFrom || policy.wakeAt(now) > now) return
  if (policy.wake?.(now) === true) renewSlices(state)
  state.recheck = true
  // One that would be woken at this instant again has to wait: time goes on.
  state.wakeFrom = policy.wakeAt(now) > now ? 0 : now + 1
}

function ring(state: EngineState): void {
  for (let alarm = nextAlarm(state); alarm !== undefined; alarm = nextAlarm(state)) {
    const { job } = alarm
    if (alarm.kind === 'release') releaseIfDue(state, job)
    else if (isDue(alarm)) endNow(state, job, 'time-limit', endText(job, 'time-limit'))
  }
}

function nextAlarm({ alarms, now }: EngineState): Alarm | undefined {
  const alarm = alarms.peek()
  return alarm !== undefined && alarm.at <= now ? alarms.pop() : undefined
}

/** Nobody is woken for jobs that are past what the alarm was for. */
function dropStale({ alarms }: EngineState): void {
  for (let alarm = alarms.peek(); alarm !== undefined && !isDue(alarm); alarm = alarms.peek()) alarms.pop()
}

function isDue({ kind, job, attempt }: Alarm): boolean {
  if (kind === 'release') return job.stage === 'waiting'
  return job.program === 'runs' && job.attempt === attempt && job.ending === undefined
}
