/** The waits of a condition in shared memory: a row of its table for each. */
import { firstWord, type SyncState } from './sync-state.ts'
import type { WaitOptions } from './wait-point.ts'
import { WaiterTable } from './waiter-table.ts'

/** What a condition is made of, wherever its waiters are kept. */
export interface Waits {
  /** Begins to wait; the lock is held, and let go right after. Throws WAITERS_LIMIT. */
  enter(options: WaitOptions): Pick<Entry, 'wait' | 'leave'>
  enterSync(options: WaitOptions): Pick<Entry, 'waitSync' | 'leave'>
  /** The lock is held; gives how many were notified. */
  notify(count: number): number
  /** Waits through this handle are given up. */
  abandon(): void
}

/** One wait. */
export interface Entry {
  wait(): Promise<void>
  waitSync(): void
  /** The lock is held again; false when a wait that failed was notified all the same. */
  leave(hasFailed: boolean): boolean
}

export class RowWaits implements Waits {
  readonly #state: SyncState
  readonly #table: WaiterTable
  readonly #rows = new Set<number>()

  constructor(state: SyncState) {
    this.#state = state
    this.#table = new WaiterTable(state.cells, firstWord)
  }

  enter(options: WaitOptions): Entry {
    const { waiters } = this.#state
    const row = this.#table.enter()
    this.#rows.add(row)
    const attempt = (late: boolean): true | undefined => this.#notified(row, late)
    return {
      wait: async () => void (await waiters.until(attempt, options)),
      waitSync: () => void waiters.untilSync(attempt, options),
      leave: (hasFailed) => this.#leave(row, hasFailed),
    }
  }

  enterSync(options: WaitOptions): Entry {
    return this.enter(options)
  }

  notify(count: number): number {
    const done = this.#table.notify(count)
    if (done > 0) this.#state.waiters.wake()
    return done
  }

  abandon(): void {
    for (const row of this.#rows) this.#table.abandon(row)
    if (this.#rows.size > 0) this.#state.waiters.wake()
  }

  #notified(row: number, late: boolean): true | undefined {
    if (late && this.#table.passOn()) this.#state.waiters.wake()
    return this.#table.isNotified(row) ? true : undefined
  }

  #leave(row: number, hasFailed: boolean): boolean {
    const isFailed = hasFailed && this.#table.giveUp(row)
    this.#table.leave(row)
    this.#rows.delete(row)
    return isFailed
  }
}
