/**
 * A word that at most one thread owns, and that outlives its owners.
 *
 *    word      0 free | owner                one compare-exchange takes it, also from an owner that died
 *    next      0 nobody | waiter             who waited long goes first; nobody else takes the word meanwhile
 *
 * Without `next`, whoever releases and takes again in a loop would starve those who have to wake up first. It binds
 * attempts that are not late, so a waiter whose event loop is busy (or that died) holds up nobody for long.
 */
import { fail } from '../../core/index.ts'
import { ownerAlive, ownWord } from './owner.ts'
import { spins, type WaitOptions, type WaitPoint } from './wait-point.ts'

/** Words of the cell. */
export const ownerCellWords = 2
/** Attempts in vain after which a waiter asks to be next. */
const patience = spins + 5

/** How the word was got. */
export type Taken = 'free' | 'died'

/** How one that may hold the cell several times enters; both are called in the very step in which it does. */
export interface Entry {
  /** Goes in once more, if the owner that waits is the one that holds it by now. */
  again(): boolean
  /** It was taken: notes who owns it. */
  got(): void
}

const plainEntry: Entry = { again: () => false, got: () => {} }

/** What a lock is made of, wherever its word is. */
export interface LockCell {
  readonly taken: boolean
  /** Held by this thread. */
  readonly mine: boolean
  /** Two words that only the holder writes. */
  readonly notes: Int32Array
  checkMine(): void
  take(late: boolean): Taken | undefined
  free(): void
  /** The notes say who owns it: those of that owner who wait in this thread may go in. */
  noted(): void
  acquire(options: WaitOptions, entry?: Entry): Promise<Taken>
  acquireSync(options: WaitOptions): Taken
}

export class OwnerCell implements LockCell {
  readonly notes: Int32Array
  readonly #cells: Int32Array
  readonly #word: number
  readonly #next: number
  readonly #waiters: WaitPoint
  readonly #what: string
  /** Waits in progress through this object, which do not block. */
  #wishes = 0

  constructor(cells: Int32Array, index: number, waiters: WaitPoint, what: string) {
    this.notes = cells.subarray(index + ownerCellWords, index + ownerCellWords + 2)
    this.#cells = cells
    this.#word = index
    this.#next = index + 1
    this.#waiters = waiters
    this.#what = what
  }

  get taken(): boolean {
    return Atomics.load(this.#cells, this.#word) !== 0
  }

  /** Held by this thread. */
  get mine(): boolean {
    return Atomics.load(this.#cells, this.#word) === ownWord()
  }

  /** Throws LOCK_NOT_HELD unless this thread holds it. */
  checkMine(): void {
    if (!this.mine) throw fail('LOCK_NOT_HELD', { what: this.#what })
  }

  /** One attempt. A late one asks whether the owner lives, which costs some 20 microseconds. */
  take(late: boolean): Taken | undefined {
    const own = ownWord()
    const next = Atomics.load(this.#cells, this.#next)
    if (next !== 0 && next !== own) {
      if (!late) return undefined
      if (!ownerAlive(next)) Atomics.compareExchange(this.#cells, this.#next, next, 0)
    }
    const seen = Atomics.compareExchange(this.#cells, this.#word, 0, own)
    if (seen === 0) return 'free'
    if (!late || ownerAlive(seen)) return undefined
    return Atomics.compareExchange(this.#cells, this.#word, seen, own) === seen ? 'died' : undefined
  }

  /** Gives it back and tells who waits. Throws LOCK_NOT_HELD. */
  free(): void {
    const own = ownWord()
    if (Atomics.compareExchange(this.#cells, this.#word, own, 0) !== own)
      throw fail('LOCK_NOT_HELD', { what: this.#what })
    this.#waiters.wake()
  }

  noted(): void {
    if (this.#wishes > 0) this.#waiters.wake()
  }

  async acquire(options: WaitOptions, entry: Entry = plainEntry): Promise<Taken> {
    const wish = new Wish(this, entry)
    const quick = options.signal?.aborted ? undefined : wish.take(false)
    if (quick !== undefined) return quick
    this.#wishes++
    try {
      return await this.#waiters.until(wish.attempt, options)
    } finally {
      this.#wishes--
      this.#end(wish)
    }
  }

  /** Blocks. Throws WOULD_DEADLOCK when this very thread holds it, as nobody could release it then. */
  acquireSync(options: WaitOptions): Taken {
    if (this.mine) throw fail('WOULD_DEADLOCK', { what: this.#what })
    const wish = new Wish(this, plainEntry)
    try {
      return this.#waiters.untilSync(wish.attempt, options)
    } finally {
      this.#end(wish)
    }
  }

  /** Asks to be next. */
  ask(): void {
    Atomics.compareExchange(this.#cells, this.#next, 0, ownWord())
  }

  /** Who asked to be next has it now, or gave up; then the others must know. */
  #end(wish: Wish): void {
    if (!wish.asked || this.#cells.length === 0) return
    const own = ownWord()
    if (Atomics.compareExchange(this.#cells, this.#next, own, 0) === own) this.#waiters.wake()
  }
}

/** One wait for the cell. */
class Wish {
  asked = false
  readonly #cell: OwnerCell
  readonly #entry: Entry
  #vain = 0

  constructor(cell: OwnerCell, entry: Entry) {
    this.#cell = cell
    this.#entry = entry
  }

  take(late: boolean): Taken | undefined {
    const taken = this.#cell.take(late)
    if (taken !== undefined) this.#entry.got()
    return taken
  }

  readonly attempt = (late: boolean): Taken | undefined => {
    if (this.#entry.again()) return 'free'
    const taken = this.take(late)
    if (taken === undefined && ++this.#vain > patience) {
      this.asked = true
      this.#cell.ask()
    }
    return taken
  }
}
