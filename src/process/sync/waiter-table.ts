/**
 * Waiting for a change of what a lock protects: a table of waiters.
 *
 *    owner     0 free | owner
 *    state     idle | waiting | notified        one compare-exchange notifies, or gives up
 *    ticket    who came first is notified first
 *    until     tickets that the notification may go to, if its waiter dies with it
 *
 * Tickets are given and notifications made with the lock held. A waiter keeps its row until it has the lock again, so
 * a notification whose waiter is killed is found in its row, by another waiter within some 100 ms, and passed on.
 */
import { fail } from '../../core/index.ts'
import { ownerAlive, ownWord } from './owner.ts'

/** Most waiters of a condition at a time. */
export const maximumWaiters = 256

const rowWords = 4
const ownerAt = 0
const stateAt = 1
const ticketAt = 2
const untilAt = 3

const idle = 0
const waiting = 1
const notified = 2

/** Words of a table, the counter of tickets first. */
export const waiterTableWords: number = 1 + maximumWaiters * rowWords

export class WaiterTable {
  readonly #cells: Int32Array
  readonly #tickets: number
  readonly #rows: number

  constructor(cells: Int32Array, index: number) {
    this.#cells = cells
    this.#tickets = index
    this.#rows = index + 1
  }

  /** A row for who begins to wait; the lock is held. Throws WAITERS_LIMIT. */
  enter(): number {
    let row = this.#freeRow()
    if (row === undefined) {
      this.passOn()
      row = this.#freeRow()
    }
    if (row === undefined) throw fail('WAITERS_LIMIT', { what: 'Condition', limit: maximumWaiters })
    Atomics.store(this.#cells, row + ticketAt, Atomics.add(this.#cells, this.#tickets, 1) + 1)
    Atomics.store(this.#cells, row + stateAt, waiting)
    return row
  }

  isNotified(row: number): boolean {
    return Atomics.load(this.#cells, row + stateAt) === notified
  }

  /** Stops waiting; false when a notification came before. */
  giveUp(row: number): boolean {
    return Atomics.compareExchange(this.#cells, row + stateAt, waiting, idle) === waiting
  }

  /** Frees the row of a waiter that has the lock again. */
  leave(row: number): void {
    Atomics.store(this.#cells, row + stateAt, idle)
    Atomics.store(this.#cells, row + ownerAt, 0)
  }

  /** Notifies the longest waiting, at most `count`; the lock is held. */
  notify(count: number): number {
    const until = Atomics.load(this.#cells, this.#tickets)
    let done = 0
    while (done < count && this.#notifyOne(until)) done++
    return done
  }

  /** Frees the rows of the dead; true when one had a notification, which another waiter has now. */
  passOn(): boolean {
    let isPassed = false
    for (const row of this.#all()) {
      const owner = Atomics.load(this.#cells, row + ownerAt)
      if (owner === 0 || ownerAlive(owner)) continue
      // Only one may clear up; if that one dies too, its word stands there for the next.
      if (Atomics.compareExchange(this.#cells, row + ownerAt, owner, ownWord()) !== owner) continue
      isPassed = this.abandon(row) || isPassed
    }
    return isPassed
  }

  /** Frees a row that nobody waits in any more; true when another waiter got its notification. */
  abandon(row: number): boolean {
    const isPassed = !this.giveUp(row) && this.isNotified(row) && this.#notifyOne(this.#word(row + untilAt))
    this.leave(row)
    return isPassed
  }

  #word(at: number): number {
    return Atomics.load(this.#cells, at)
  }

  #freeRow(): number | undefined {
    const own = ownWord()
    for (const row of this.#all()) if (Atomics.compareExchange(this.#cells, row + ownerAt, 0, own) === 0) return row
    return undefined
  }

  /** Of those who came until then, the first. */
  #notifyOne(until: number): boolean {
    for (;;) {
      const row = this.#first(until)
      if (row === undefined) return false
      Atomics.store(this.#cells, row + untilAt, until)
      if (Atomics.compareExchange(this.#cells, row + stateAt, waiting, notified) === waiting) return true
    }
  }

  /** Tickets wrap around, so they are compared by their difference. */
  #first(until: number): number | undefined {
    let first: number | undefined
    let oldest = -1
    for (const row of this.#all()) {
      if (Atomics.load(this.#cells, row + stateAt) !== waiting) continue
      const age = (until - Atomics.load(this.#cells, row + ticketAt)) | 0
      if (age > oldest) [first, oldest] = [row, age]
    }
    return first
  }

  *#all(): Generator<number> {
    for (let index = 0; index < maximumWaiters; index++) yield this.#rows + index * rowWords
  }
}
