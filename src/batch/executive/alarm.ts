/**
 * Wakes the executive when the engine has something due. Timers of Node count whole milliseconds from the turn in which they are
 * set, so one that is early sets itself again for the rest.
 */
import type { RunClock } from './run-clock.ts'

/** The longest delay of a Node timer, 24.8 days. */
const longestMs = 2_147_483_647

export class Alarm {
  readonly #clock: RunClock
  readonly #ring: () => void
  #timer: NodeJS.Timeout | undefined
  #at = Infinity

  constructor(clock: RunClock, ring: () => void) {
    this.#clock = clock
    this.#ring = ring
  }

  /** Rings at this instant instead of the one that was set before; Infinity for never. */
  set(at: number): void {
    if (at === this.#at && this.#timer !== undefined) return
    clearTimeout(this.#timer)
    this.#at = at
    this.#timer = undefined
    if (at === Infinity) return
    const delayMs = Math.max(0, at - this.#clock.now())
    this.#timer = setTimeout(() => this.#onTimer(), Math.min(Math.ceil(delayMs), longestMs))
  }

  #onTimer(): void {
    this.#timer = undefined
    const at = this.#at
    if (this.#clock.now() < at) return this.set(at)
    this.#at = Infinity
    this.#ring()
  }
}
