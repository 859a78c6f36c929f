/**
 * The permits of a semaphore in shared memory: one word each.
 *
 *    0 free | owner | -1 absent        acquire: free -> owner        release: owner -> free, or absent -> free
 *
 * One compare-exchange commits each step, so a kill -9 at any moment neither loses a permit nor makes one.
 */
import { fail } from '../../core/index.ts'
import { ownerAlive, ownWord } from './owner.ts'
import type { Taken } from './owner-cell.ts'
import { firstWord, type SyncState } from './sync-state.ts'
import type { WaitOptions } from './wait-point.ts'

const free = 0
const absent = -1

/** What a semaphore is made of, wherever its permits are. */
export interface Permits {
  /** Free ones, for the moment. */
  readonly value: number
  acquire(options: WaitOptions): Promise<Taken>
  acquireSync(options: WaitOptions): Taken
  take(): Taken | undefined
  /** Throws RELEASED_TOO_OFTEN. */
  give(): void
}

export class PermitTable implements Permits {
  readonly #state: SyncState
  readonly #reclaim: boolean
  readonly #what: string

  constructor(state: SyncState, reclaim: boolean, what: string) {
    this.#state = state
    this.#reclaim = reclaim
    this.#what = what
  }

  /** Of a new state, which has a word for each. */
  static fill(state: SyncState, value: number): void {
    state.cells.fill(absent, firstWord + value)
  }

  get value(): number {
    let count = 0
    for (const word of this.#state.cells.subarray(firstWord)) if (word === free) count++
    return count
  }

  acquire(options: WaitOptions): Promise<Taken> {
    return this.#state.waiters.until((late) => this.#take(late), options)
  }

  acquireSync(options: WaitOptions): Taken {
    return this.#state.waiters.untilSync((late) => this.#take(late), options)
  }

  take(): Taken | undefined {
    return this.#take(true)
  }

  give(): void {
    const isOwn = this.#reclaim && this.#change(ownWord(), free)
    if (!isOwn && !this.#change(absent, free)) {
      throw fail('RELEASED_TOO_OFTEN', { what: this.#what, limit: this.#state.cells.length - firstWord })
    }
    this.#state.waiters.wake()
  }

  #take(late: boolean): Taken | undefined {
    if (this.#change(free, this.#reclaim ? ownWord() : absent)) return 'free'
    return late && this.#reclaim && this.#takeFromDead() ? 'died' : undefined
  }

  #takeFromDead(): boolean {
    const { cells } = this.#state
    const own = ownWord()
    for (let at = firstWord; at < cells.length; at++) {
      const word = Atomics.load(cells, at)
      if (word > 0 && !ownerAlive(word) && Atomics.compareExchange(cells, at, word, own) === word) return true
    }
    return false
  }

  /** Turns the first permit that is `from` into `to`. */
  #change(from: number, to: number): boolean {
    const { cells } = this.#state
    for (let at = firstWord; at < cells.length; at++) {
      if (Atomics.load(cells, at) === from && Atomics.compareExchange(cells, at, from, to) === from) return true
    }
    return false
  }
}
