/** The steps that a run remembers: the newest, up to a limit. */
import type { Step } from '../types.ts'

export class StepRecord {
  readonly #limit: number
  #steps: Step[] = []
  #dropped = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Those that had no room. */
  get dropped(): number {
    return this.#dropped + Math.max(0, this.#steps.length - this.#limit)
  }

  add(step: Step): void {
    this.#steps.push(step)
    // Cut now and then, as cutting moves all of them.
    if (this.#steps.length < this.#limit + Math.max(1_000, this.#limit / 4)) return
    const surplus = this.#steps.length - this.#limit
    this.#steps = this.#steps.slice(surplus)
    this.#dropped += surplus
  }

  /** Oldest first. */
  steps(): readonly Step[] {
    return this.#limit === 0 ? [] : this.#steps.slice(-this.#limit)
  }
}
