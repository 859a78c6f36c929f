/**
 * Time in which this thread ran. A thread that was stopped, or had no CPU, finds its timers due before it has read what came meanwhile: who is
 * judged by his silence must have been listened to.
 *
 *   after        ├──────── stopped ────────┤ fires, then reads
 *   afterAwake   ├──────── stopped ────────┤ a step is over, reads, goes on with the others
 */
import type { Clock, Timer } from './clock.ts'

const steps = 20

/** Calls `action` once, `delayMs` from now by a clock that stands still, but for a twentieth of it, while this thread does. */
export function afterAwake(clock: Clock, delayMs: number, action: () => void): Timer {
  let left = steps
  const step = (): void => {
    left -= 1
    if (left === 0) action()
    else timer = clock.after(delayMs / steps, step)
  }
  let timer = clock.after(delayMs / steps, step)
  return { cancel: () => timer.cancel() }
}
