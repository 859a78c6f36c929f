/**
 * Ids that sort as what they name came: 12 hex digits of milliseconds since 1970, 4 of a counter. A clock that jumps back leaves the
 * milliseconds where they were, and a counter that is full moves them on, so each id is larger than all before it.
 *
 *     0199f3a2b7c1 0003
 */
export class Ids {
  #ms = 0
  #counter = 0

  /** The time in the last one: what comes later is not said to have come before it. */
  get lastMs(): number {
    return this.#ms
  }

  next(nowMs: number): string {
    const ms = Math.floor(nowMs)
    if (ms > this.#ms) {
      this.#ms = ms
      this.#counter = 0
    } else if (++this.#counter > 0xffff) {
      this.#ms++
      this.#counter = 0
    }
    return this.#ms.toString(16).padStart(12, '0') + this.#counter.toString(16).padStart(4, '0')
  }

  /** Ids come behind this one from now on. Without effect for what is no id, or an earlier one. */
  continueAfter(id: string): void {
    if (!/^[0-9a-f]{16}$/.test(id)) return
    const ms = Number.parseInt(id.slice(0, 12), 16)
    const counter = Number.parseInt(id.slice(12), 16)
    if (ms < this.#ms || (ms === this.#ms && counter <= this.#counter)) return
    this.#ms = ms
    this.#counter = counter
  }
}
