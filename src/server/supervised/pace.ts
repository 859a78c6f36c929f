/** When a lane that died may be started again, and when there is no sense in it. Pure: the time is an argument. */
export interface PaceOptions {
  /** So many deaths within `withinMs` are too many. */
  readonly restarts: number
  readonly withinMs: number
  readonly backoffMs: number
}

/** A lane that was ready for so long has not died of its start. */
const soonMs = 1_000
const backoffMostMs = 5_000

export class Pace {
  readonly #options: PaceOptions
  #deaths: number[] = []
  /** Deaths in a row that came soon after the start. */
  #inRow = 0
  #dueMs = 0

  constructor(options: PaceOptions) {
    this.#options = options
  }

  /** Deaths within the time. */
  get deaths(): number {
    return this.#deaths.length
  }

  /** From when on a lane may be started. */
  get dueMs(): number {
    return this.#dueMs
  }

  /** Counts a death of a lane that was ready for `livedMs` (0: never); false when there were too many. `isMissed`: it had work. */
  died(nowMs: number, livedMs: number, isMissed = true): boolean {
    const { restarts, withinMs, backoffMs } = this.#options
    this.#deaths = this.#deaths.filter((atMs) => nowMs - atMs < withinMs)
    if (isMissed) this.#deaths.push(nowMs)
    this.#inRow = livedMs >= soonMs ? 0 : this.#inRow + 1
    // The first one may be chance.
    const delayMs = this.#inRow < 2 ? 0 : Math.min(backoffMostMs, backoffMs * 2 ** (this.#inRow - 2))
    this.#dueMs = Math.max(this.#dueMs, nowMs + delayMs)
    return !isMissed || this.#deaths.length <= restarts
  }
}
