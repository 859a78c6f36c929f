/**
 * One end of a ring belongs to one thread at a time, for as long as it takes to copy items. Nothing is committed before
 * the holder's one atomic store, so the lock of a holder that was killed is simply taken over.
 */
import { ownerAlive, ownWord } from '../sync/owner.ts'

/** Looks at a lock that is held before its holder is asked about; most holders are done within these. */
const spins = 200

/** A word of shared memory: 0, or the owner (sync/owner.ts). */
export class RingLock {
  readonly #cells: Int32Array
  readonly #index: number
  readonly #own: number

  constructor(cells: Int32Array, index: number) {
    this.#cells = cells
    this.#index = index
    this.#own = ownWord()
  }

  /** False when another living thread holds it. */
  take(): boolean {
    return Atomics.compareExchange(this.#cells, this.#index, 0, this.#own) === 0 || this.#takeLater()
  }

  release(): void {
    Atomics.store(this.#cells, this.#index, 0)
  }

  #takeLater(): boolean {
    for (let spin = 0; spin < spins; spin++) {
      if (Atomics.load(this.#cells, this.#index) !== 0) continue
      if (Atomics.compareExchange(this.#cells, this.#index, 0, this.#own) === 0) return true
    }
    const holder = Atomics.load(this.#cells, this.#index)
    if (holder !== 0 && ownerAlive(holder)) return false
    return Atomics.compareExchange(this.#cells, this.#index, holder, this.#own) === holder
  }
}
