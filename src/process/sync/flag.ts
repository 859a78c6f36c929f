/** The flag of an event, in shared memory. */
import type { WaitOptions, WaitPoint } from './wait-point.ts'
import { firstWord, type SyncState } from './sync-state.ts'

/** Bit 0: it is set. The bits above count how often it was, so that a `clear` right after wakes nobody less. */
const wordAt = firstWord
const setBit = 1

/** What an event is made of, wherever its word is. */
export interface Flag {
  readonly isSet: boolean
  set(): void
  clear(): void
  wait(options: WaitOptions): Promise<void>
  waitSync(options: WaitOptions): void
}

export class SharedFlag implements Flag {
  readonly #cells: Int32Array
  readonly #waiters: WaitPoint

  constructor({ cells, waiters }: SyncState) {
    this.#cells = cells
    this.#waiters = waiters
  }

  get isSet(): boolean {
    return (Atomics.load(this.#cells, wordAt) & setBit) !== 0
  }

  set(): void {
    for (;;) {
      const word = Atomics.load(this.#cells, wordAt)
      if ((word & setBit) !== 0) return
      if (Atomics.compareExchange(this.#cells, wordAt, word, (word + 2) | setBit) === word) break
    }
    this.#waiters.wake()
  }

  clear(): void {
    Atomics.and(this.#cells, wordAt, ~setBit)
  }

  async wait(options: WaitOptions): Promise<void> {
    await this.#waiters.until(this.#setSinceNow(), options)
  }

  waitSync(options: WaitOptions): void {
    this.#waiters.untilSync(this.#setSinceNow(), options)
  }

  #setSinceNow(): () => true | undefined {
    const sets = Atomics.load(this.#cells, wordAt) >> 1
    return () => {
      const word = Atomics.load(this.#cells, wordAt)
      return (word & setBit) !== 0 || word >> 1 !== sets ? true : undefined
    }
  }
}
