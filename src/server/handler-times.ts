/**
 * How long handlers take, from a message to its answer, without a look at the clock for every message: calls that answer at once
 * are timed one in 16. Those that answer with a promise are all timed; once a service has done that, each call begins with a look.
 */
import type { Clock, Histogram } from '../core/index.ts'

const sampled = 16
/** Not timed. */
export const untimed = -1

export class HandlerTimes {
  readonly #histogram: Histogram
  readonly #clock: Clock
  #calls = 0
  #hasPromised = false

  constructor(histogram: Histogram, clock: Clock) {
    this.#histogram = histogram
    this.#clock = clock
  }

  /** Before a call: when it began, or `untimed`. */
  begin(): number {
    return this.#hasPromised || this.#calls % sampled === 0 ? this.#clock.monotonicMs() : untimed
  }

  /** It answered at once. */
  answered(sinceMs: number): void {
    if (this.#calls++ % sampled === 0) this.#record(sinceMs)
  }

  /** It gave a promise; gives since when it counts, which is now for the first one. */
  promised(sinceMs: number): number {
    this.#hasPromised = true
    return sinceMs === untimed ? this.#clock.monotonicMs() : sinceMs
  }

  /** The promise has settled. */
  settled(sinceMs: number): void {
    this.#record(sinceMs)
  }

  #record(sinceMs: number): void {
    if (sinceMs !== untimed) this.#histogram.record((this.#clock.monotonicMs() - sinceMs) * 1_000)
  }
}
