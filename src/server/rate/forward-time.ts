/** Time that never goes back: what a clock takes back did not happen, and what it adds afterwards counts. */
export class ForwardTime {
  #lastMs: number | undefined
  #skewMs = 0

  /** The given time, later by as much as the clock has gone back so far. */
  at(nowMs: number): number {
    if (this.#lastMs !== undefined && nowMs < this.#lastMs) this.#skewMs += this.#lastMs - nowMs
    this.#lastMs = nowMs
    return nowMs + this.#skewMs
  }
}
