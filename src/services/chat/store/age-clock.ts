/**
 * The time by which messages grow old: the wall clock, but for jumps ahead. Who sets the clock a year ahead must not lose the history of a
 * week; behind a jump time passes as the monotonic clock says, until the wall clock comes back or the store is opened anew.
 */
import type { Clock } from '../../../core/index.ts'

/** A longer step makes no message older. */
const longestStepMs = 3_600_000

export class AgeClock {
  readonly #clock: Clock
  readonly #jumped: (aheadMs: number) => void
  #ageMs: number
  #lookedMs: number
  #toldMs = 0

  /** `jumped` is told of each new jump, and how far the wall clock is ahead. */
  constructor(clock: Clock, jumped: (aheadMs: number) => void) {
    this.#clock = clock
    this.#jumped = jumped
    this.#ageMs = clock.wallMs()
    this.#lookedMs = clock.monotonicMs()
  }

  /** Milliseconds since 1970. */
  nowMs(): number {
    const [wallMs, monotonicMs] = [this.#clock.wallMs(), this.#clock.monotonicMs()]
    const expectedMs = this.#ageMs + (monotonicMs - this.#lookedMs)
    const aheadMs = wallMs - expectedMs
    this.#lookedMs = monotonicMs
    this.#ageMs = aheadMs > longestStepMs ? expectedMs : wallMs
    if (aheadMs <= longestStepMs) this.#toldMs = 0
    else if (aheadMs - this.#toldMs > longestStepMs) {
      this.#toldMs = aheadMs
      this.#jumped(aheadMs)
    }
    return this.#ageMs
  }
}
