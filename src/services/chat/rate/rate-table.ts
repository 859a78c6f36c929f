/** Rates by key, as many as are in use: who has been idle long enough to be as good as new is forgotten, and beyond a bound the longest idle. */
import type { Rate } from './rules.ts'

export class RateTable {
  readonly #make: () => Rate
  readonly #mostKeys: number
  /** Used longest ago first. */
  readonly #rates = new Map<string, Rate>()

  constructor(make: () => Rate, mostKeys: number) {
    this.#make = make
    this.#mostKeys = mostKeys
  }

  get size(): number {
    return this.#rates.size
  }

  /** Milliseconds until one more of this key is allowed; 0 when it is. */
  waitMs(key: string, nowMs: number): number {
    return this.#rates.get(key)?.waitMs(nowMs) ?? 0
  }

  /** One more of this key has happened. */
  take(key: string, nowMs: number): void {
    const rate = this.#rates.get(key) ?? this.#make()
    rate.take(nowMs)
    this.#rates.delete(key)
    this.#rates.set(key, rate)
    this.#tidy(nowMs)
  }

  forget(key: string): void {
    this.#rates.delete(key)
  }

  /** At most one comes in a turn, so two out are enough to keep up. */
  #tidy(nowMs: number): void {
    for (let turn = 0; turn < 2; turn++) {
      const first = this.#rates.entries().next().value
      if (first === undefined || (first[1].idleAtMs() > nowMs && this.#rates.size <= this.#mostKeys)) return
      this.#rates.delete(first[0])
    }
  }
}
