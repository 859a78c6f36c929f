/** Waiting for a change of what a lock protects, between any processes and threads. */
import { registerShareable, reviverOf, type SharedForm } from '../codec/shareable.ts'
import type { AcquireOptions, AcquireSyncOptions } from './held.ts'
import { Lock } from './lock.ts'
import { checkInteger } from './options.ts'
import type { Taken } from './owner-cell.ts'
import type { RLock } from './rlock.ts'
import type { Suspension } from './suspend.ts'
import { firstWord, SyncObject, SyncState } from './sync-state.ts'
import { maximumWaiters, WaiterTable, waiterTableWords } from './waiter-table.ts'

/** How a wait ended: the lock is held again. */
export interface Regained {
  /** A holder of the lock died while we waited. */
  readonly ownerDied: boolean
}

/**
 * Waits for a change of what a lock protects. Who waits lets the lock go meanwhile and has it again afterwards,
 * whatever happened. The first to wait is the first to be notified; a notification whose waiter is killed goes to
 * the next. As spurious wake-ups are possible after a kill, test what you wait for in a loop, or use `waitFor`.
 *
 * A handle may be an argument of processes and tasks, and brings its lock. Throws UNSUPPORTED without the addon.
 *
 * @example
 * using held = await condition.lock.acquire()
 * await condition.waitFor(() => stock.get() > 0)
 */
export class Condition extends SyncObject {
  /** The lock that `wait` and `notify` want held by this thread. */
  readonly lock: Lock | RLock
  readonly #ownsLock: boolean
  readonly #table: WaiterTable
  /** Of waits in progress through this handle. */
  readonly #rows = new Set<number>()

  /**
   * @param lock a new Lock, closed along with the condition, if none is given
   * @param state internal
   */
  constructor(lock?: Lock | RLock, state?: SyncState) {
    super('Condition', state ?? SyncState.create(waiterTableWords))
    this.#table = new WaiterTable(this.state.cells, firstWord)
    this.#ownsLock = lock === undefined || state !== undefined
    this.lock = lock ?? new Lock()
  }

  /**
   * Lets the lock go, waits for a notification, and acquires the lock again.
   * Rejects, with the lock held, with TIMED_OUT or ABORTED; else with LOCK_NOT_HELD, WAITERS_LIMIT or CLOSED.
   */
  async wait(options: AcquireOptions = {}): Promise<Regained> {
    const { suspension, kept, row } = this.#begin()
    let failure: { error: unknown } | undefined
    try {
      await this.state.waiters.until((late) => this.#notified(row, late), {
        ...options,
        what: 'Waiting for a condition',
      })
    } catch (error) {
      failure = { error }
    }
    return this.#finish(row, await suspension.resume(kept), failure)
  }

  /** Blocks the thread. */
  waitSync(options: AcquireSyncOptions = {}): Regained {
    const { suspension, kept, row } = this.#begin()
    const { waiters } = this.state
    let failure: { error: unknown } | undefined
    try {
      waiters.untilSync((late) => this.#notified(row, late), { ...options, what: 'Waiting for a condition' })
    } catch (error) {
      failure = { error }
    }
    return this.#finish(row, suspension.resumeSync(kept), failure)
  }

  /** Waits until `predicate`, called with the lock held, gives something truthy, and resolves to that. */
  async waitFor<Value>(predicate: () => Value, options: AcquireOptions = {}): Promise<Value> {
    const leftMs = countdown(options.timeoutMs)
    this.#suspension().checkHeld()
    for (;;) {
      const value = predicate()
      if (value) return value
      await this.wait({ ...options, timeoutMs: leftMs() })
    }
  }

  /** Blocks the thread. */
  waitForSync<Value>(predicate: () => Value, options: AcquireSyncOptions = {}): Value {
    const leftMs = countdown(options.timeoutMs)
    this.#suspension().checkHeld()
    for (;;) {
      const value = predicate()
      if (value) return value
      this.waitSync({ timeoutMs: leftMs() })
    }
  }

  /** Wakes the longest waiting, at most `count`; gives how many. Throws LOCK_NOT_HELD. */
  notify(count: number = 1): number {
    checkInteger('count', count, 1, maximumWaiters)
    const { waiters } = this.state
    this.#suspension().checkHeld()
    const done = this.#table.notify(count)
    if (done > 0) waiters.wake()
    return done
  }

  /** Wakes all who wait; gives how many. Throws LOCK_NOT_HELD. */
  notifyAll(): number {
    return this.notify(maximumWaiters)
  }

  override close(): void {
    if (this.closed) return
    for (const row of this.#rows) this.#table.abandon(row)
    if (this.#rows.size > 0) this.state.waiters.wake()
    super.close()
    if (this.#ownsLock) this.lock.close()
  }

  toShared(): SharedForm {
    const { kind, data, descriptors } = this.lock.toShared()
    return { kind: 'condition', data: { kind, data }, descriptors: [...this.state.descriptors, ...descriptors] }
  }

  /** The lock knows what it keeps for us, we do not. */
  #suspension(): Suspension<unknown> {
    return this.lock.suspension() as Suspension<unknown>
  }

  #begin(): Begun {
    void this.state
    const suspension = this.#suspension()
    suspension.checkHeld()
    const row = this.#table.enter()
    this.#rows.add(row)
    return { suspension, kept: suspension.suspend(), row }
  }

  #notified(row: number, late: boolean): true | undefined {
    if (late && this.#table.passOn()) this.state.waiters.wake()
    return this.#table.isNotified(row) ? true : undefined
  }

  /** The lock is held again. */
  #finish(row: number, taken: Taken, failure: { error: unknown } | undefined): Regained {
    if (this.closed) throw failure?.error
    // A notification that came together with the failure counts.
    const isFailed = failure !== undefined && this.#table.giveUp(row)
    this.#table.leave(row)
    this.#rows.delete(row)
    if (isFailed) throw failure.error
    return { ownerDied: taken === 'died' }
  }
}

interface Begun {
  readonly suspension: Suspension<unknown>
  readonly kept: unknown
  readonly row: number
}

/** What is left of a time that runs from now on. */
function countdown(timeoutMs: number | undefined): () => number | undefined {
  if (timeoutMs === undefined) return () => undefined
  const endMs = performance.now() + timeoutMs
  return () => Math.max(0, endMs - performance.now())
}

registerShareable(
  'condition',
  (data, descriptors) => {
    const { kind, data: lockData } = data as SharedForm
    const [memory = -1, event = -1, ...ofLock] = descriptors
    const lock = reviverOf(kind)?.(lockData, ofLock) as Lock | RLock
    return new Condition(lock, SyncState.attach([memory, event]))
  },
  (handle) => !handle.closed,
)
