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
  const wakeAt = wakeTime(state)
  if (at > state.now) state.now = at
  if (state.retryAt <= state.now && tryAgain(state)) {
    state.retryAt = Infinity
    state.decides = true
    letGo(state)
  }
  if (wakeAt <= state.now) wake(state)
  ring(state)
}

export function settle(state: EngineState): void {
  if (--state.depth > 0) return
  if (state.ended.length > 0) tellDependents(state)
  if (state.decides) {
    state.decides = false
    endSlices(state)
    schedule(state)
  }
  if (state.touched.size > 0) command(state)
  if (!state.isDirty) return
  state.isDirty = false
  state.machine.flush()
}

/** When something is due next. */
export function dueAt(state: EngineState): number {
  let next = Math.min(state.retryAt, state.alarms.peek()?.at ?? Infinity)
  for (const { sliceEnd } of state.cpus.all) if (sliceEnd < next) next = sliceEnd
  return Math.min(next, wakeTime(state))
}

/** When the policy next changes something by itself, as seen from the last instant. */
function wakeTime({ policy, known, now, wakeFrom }: EngineState): number {
  if (policy.wakeAt === undefined || known === 0) return Infinity
  return Math.max(policy.wakeAt(now), wakeFrom)
}

function wake(state: EngineState): void {
  const { policy, now } = state
  if (policy.wake?.(now) === true) renewSlices(state)
  state.recheck = true
  state.decides = true
  // One that would be woken at this instant again has to wait: time goes on.
  state.wakeFrom = (policy.wakeAt?.(now) ?? Infinity) > now ? 0 : now + 1
}

function ring(state: EngineState): void {
  for (let alarm = nextAlarm(state); alarm !== undefined; alarm = nextAlarm(state)) {
    const { job } = alarm
    state.decides = true
    if (alarm.kind === 'release') releaseIfDue(state, job)
    else endNow(state, job, 'time-limit', endText(job, 'time-limit'))
  }
}

function nextAlarm({ alarms, now }: EngineState): Alarm | undefined {
  const alarm = alarms.peek()
  return alarm !== undefined && alarm.at <= now ? alarms.pop() : undefined
}
