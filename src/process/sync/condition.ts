/** Waiting for a change of what a lock protects, between any processes and threads. */
import { fail } from '../../core/index.ts'
import { registerShareable, reviverOf, type SharedForm } from '../codec/shareable.ts'
import { ConditionObject, ServedWaits } from '../served/condition.ts'
import { ServedHandle } from '../served/handle.ts'
import type { AcquireOptions, AcquireSyncOptions } from './held.ts'
import { Lock } from './lock.ts'
import { RowWaits, type Entry, type Waits } from './condition-waits.ts'
import { checkBlocking, checkInteger, checkWait, noOptions } from './options.ts'
import type { Taken } from './owner-cell.ts'
import type { RLock } from './rlock.ts'
import type { Suspension } from './suspend.ts'
import { arrivedData, arrivedState, newState, SyncObject, type AnyState } from './sync-state.ts'
import { maximumWaiters, waiterTableWords } from './waiter-table.ts'

const waiting = 'Waiting for a condition'

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
 * A handle may be an argument of processes and tasks, and brings its lock. Without the addon the thread that made both
 * serves them to the others, for as long as it lives, and the forms that block are UNSUPPORTED.
 *
 * @example
 * using held = await condition.lock.acquire()
 * await condition.waitFor(() => stock.get() > 0)
 */
export class Condition extends SyncObject {
  /** The lock that `wait` and `notify` want held by this thread. */
  readonly lock: Lock | RLock
  readonly #ownsLock: boolean
  readonly #waits: Waits

  /**
   * Throws OPTION_INVALID, and UNSUPPORTED for a lock that another thread serves.
   * @param lock a new Lock, closed along with the condition, if none is given
   * @param state internal
   */
  constructor(lock?: Lock | RLock, state?: AnyState) {
    checkLock(lock)
    if (state === undefined) lock?.checkServedHere('a condition')
    super('Condition', state ?? newState(waiterTableWords, () => new ConditionObject(), 'Condition'))
    const made = this.state
    this.#waits = made instanceof ServedHandle ? new ServedWaits(made) : new RowWaits(made)
    this.#ownsLock = lock === undefined || state !== undefined
    this.lock = lock ?? new Lock()
  }

  /**
   * Lets the lock go, waits for a notification, and acquires the lock again.
   * Rejects, with the lock held, with TIMED_OUT or ABORTED; else with LOCK_NOT_HELD, WAITERS_LIMIT, OPTION_INVALID or CLOSED.
   */
  async wait(options: AcquireOptions = noOptions): Promise<Regained> {
    checkWait(options)
    const { suspension, entry } = this.#begin(() => this.#waits.enter({ ...options, what: waiting }))
    const kept = suspension.suspend()
    let failure: { error: unknown } | undefined
    try {
      await entry.wait()
    } catch (error) {
      failure = { error }
    }
    return this.#finish(entry, await suspension.resume(kept), failure)
  }

  /** Blocks the thread. */
  waitSync(options: AcquireSyncOptions = noOptions): Regained {
    checkBlocking(options)
    const { suspension, entry } = this.#begin(() => this.#waits.enterSync({ ...options, what: waiting }))
    const kept = suspension.suspend()
    let failure: { error: unknown } | undefined
    try {
      entry.waitSync()
    } catch (error) {
      failure = { error }
    }
    return this.#finish(entry, suspension.resumeSync(kept), failure)
  }

  /** Waits until `predicate`, called with the lock held, gives something truthy, and resolves to that. */
  async waitFor<Value>(predicate: () => Value, options: AcquireOptions = noOptions): Promise<Value> {
    checkWait(options)
    const leftMs = countdown(options.timeoutMs)
    this.#suspension().checkHeld()
    for (;;) {
      const value = predicate()
      if (value) return value
      await this.wait({ ...options, timeoutMs: leftMs() })
    }
  }

  /** Blocks the thread. */
  waitForSync<Value>(predicate: () => Value, options: AcquireSyncOptions = noOptions): Value {
    checkBlocking(options)
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
    void this.state
    this.#suspension().checkHeld()
    return this.#waits.notify(count)
  }

  /** Wakes all who wait; gives how many. Throws LOCK_NOT_HELD. */
  notifyAll(): number {
    return this.notify(maximumWaiters)
  }

  override close(): void {
    if (this.closed) return
    this.#waits.abandon()
    super.close()
    if (this.#ownsLock) this.lock.close()
  }

  toShared(): SharedForm {
    const { kind, data, descriptors } = this.lock.toShared()
    const own = this.state.form('condition', { kind, data })
    return { ...own, descriptors: [...own.descriptors, ...descriptors] }
  }

  /** The lock knows what it keeps for us, we do not. */
  #suspension(): Suspension<unknown> {
    return this.lock.suspension() as Suspension<unknown>
  }

  #begin<Entered>(enter: () => Entered): { suspension: Suspension<unknown>; entry: Entered } {
    void this.state
    const suspension = this.#suspension()
    suspension.checkHeld()
    return { suspension, entry: enter() }
  }

  /** The lock is held again. */
  #finish(entry: Pick<Entry, 'leave'>, taken: Taken, failure: { error: unknown } | undefined): Regained {
    if (this.closed) throw failure?.error ?? fail('CLOSED', { what: this.what })
    // A notification that came together with the failure counts.
    if (entry.leave(failure !== undefined)) throw failure?.error
    return { ownerDied: taken === 'died' }
  }
}

function checkLock(lock: Partial<Lock | RLock> | undefined): void {
  if (lock === undefined || typeof lock?.suspension === 'function') return
  throw fail('OPTION_INVALID', { option: 'lock', rule: 'a Lock or an RLock', got: typeof lock })
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
    const { kind, data: lockData } = arrivedData(data) as SharedForm
    const [memory = -1, event = -1, ...ofLock] = descriptors
    const lock = reviverOf(kind)?.(lockData, ofLock) as Lock | RLock
    return new Condition(lock, arrivedState(data, [memory, event], 'Condition'))
  },
  (handle) => !handle.closed,
)
