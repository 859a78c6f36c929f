/** A lock that its owner may take again: an owner is an async flow, or a token. */
import { AsyncLocalStorage } from 'node:async_hooks'
import { fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { OwnerObject } from '../served/owner.ts'
import { Held, type AcquireOptions, type AcquireSyncOptions } from './held.ts'
import { lockCell } from './lock-cell.ts'
import { checkWait, noOptions } from './options.ts'
import { ownerCellWords, type Entry, type LockCell, type Taken } from './owner-cell.ts'
import type { Suspension } from './suspend.ts'
import { arrivedState, newState, SyncObject, type AnyState } from './sync-state.ts'

/** In the notes of the cell; written by its owner only, so a kill in between does no harm. */
const tokenAt = 0
const countAt = 1

/** Who owns it within a thread: any object, compared by identity. */
export interface OwnedBy {
  /** @default the flow of the enclosing `with`; outside of any, one owner for all the thread's code */
  readonly token?: object | undefined
}

const ownedNames = ['token']
const blockingNames = ['timeoutMs', 'token']
const acquireNames = ['timeoutMs', 'signal', 'token']

interface Flow {
  readonly token: number
  isOver: boolean
}

const flows = new AsyncLocalStorage<Flow>()
const numbers = new WeakMap<object, number>()
/** The owner of what runs outside of any flow. */
const noFlow = 0
let lastToken = noFlow

/**
 * A lock that its owner may take again, and must release as often. `with(fn)` makes all that `fn` does, awaits and
 * starts one owner. Code outside of a `with` is one owner for each thread: flows there that run at the same time do not
 * exclude each other, unless each has a token.
 *
 * As with Lock, the next owner is told by `ownerDied` when one is killed; the same holds without the addon.
 *
 * @example
 * const lock = new RLock()
 * await lock.with(async () => {
 *   await lock.with(() => save())   // the same flow: goes in
 * })
 */
export class RLock extends SyncObject {
  readonly #cell: LockCell

  /** @param state internal */
  constructor(state: AnyState = newState(ownerCellWords + 2, () => new OwnerObject('RLock'), 'RLock')) {
    super('RLock', state)
    this.#cell = lockCell(state, this.what)
  }

  /** Waits for it, or enters once more. Rejects with TIMED_OUT, ABORTED, OPTION_INVALID or CLOSED. */
  async acquire(options: AcquireOptions & OwnedBy = noOptions): Promise<Held> {
    checkWait(options, acquireNames)
    const token = tokenOf(options)
    if (this.#enterAgain(token)) return this.#hold('free', token)
    const { timeoutMs, signal } = options
    const waiting = { timeoutMs, signal, what: 'Acquiring an RLock' }
    return this.#hold(await this.#cell.acquire(waiting, this.#entry(token, 1)), token)
  }

  /** Blocks the thread. Throws TIMED_OUT, CLOSED, or WOULD_DEADLOCK when another owner in this thread has it. */
  acquireSync(options: AcquireSyncOptions & OwnedBy = noOptions): Held {
    checkWait(options, blockingNames)
    const token = tokenOf(options)
    if (this.#enterAgain(token)) return this.#hold('free', token)
    const { timeoutMs } = options
    return this.#own(this.#cell.acquireSync({ timeoutMs, what: 'Acquiring an RLock' }), token)
  }

  /** Takes it if that is possible now, also from an owner that died. Throws CLOSED. */
  tryAcquire(options: OwnedBy = noOptions): Held | undefined {
    checkWait(options, ownedNames)
    const token = tokenOf(options)
    if (this.#enterAgain(token)) return this.#hold('free', token)
    const taken = this.#cell.take(true)
    return taken === undefined ? undefined : this.#own(taken, token)
  }

  /** Leaves once. Throws LOCK_NOT_HELD unless this owner has it, CLOSED. */
  release(options: OwnedBy = noOptions): void {
    checkWait(options, ownedNames)
    this.#leave(tokenOf(options))
  }

  /** Whether anybody holds it, be it one that died. */
  locked(): boolean {
    return this.#cellNow.taken
  }

  /** Runs `fn` as one owner that holds the lock; inside of another `with` it stays that owner. */
  async with<Value>(
    fn: (held: Held) => Value | PromiseLike<Value>,
    options: AcquireOptions = noOptions,
  ): Promise<Value> {
    const outer = flows.getStore()
    if (outer !== undefined && !outer.isOver) return this.#within(fn, options)
    const flow = { token: ++lastToken, isOver: false }
    try {
      return await flows.run(flow, () => this.#within(fn, options))
    } finally {
      flow.isOver = true
    }
  }

  /** @internal */
  suspension(): Suspension<Depth> {
    const what = 'Acquiring an RLock'
    return {
      suspend: () => this.#suspend(),
      resume: ({ token, count }) => this.#cellNow.acquire({ what }, this.#entry(token, count)),
      resumeSync: ({ token, count }) => {
        const taken = this.#cellNow.acquireSync({ what })
        this.#note(token, count)
        return taken
      },
      checkHeld: () => this.#cellNow.checkMine(),
    }
  }

  toShared(): SharedForm {
    return this.state.form('rlock')
  }

  async #within<Value>(fn: (held: Held) => Value | PromiseLike<Value>, options: AcquireOptions): Promise<Value> {
    const held = await this.acquire(options)
    try {
      return await fn(held)
    } finally {
      held.release()
    }
  }

  /** Counted in the step in which it enters: another wait of the same owner may look before this one goes on. */
  #entry(token: number, times: number): Entry {
    return { again: () => this.#enterAgain(token, times), got: () => this.#note(token, times) }
  }

  #enterAgain(token: number, times = 1): boolean {
    const { notes } = this.#cellNow
    if (!this.#cell.mine || notes[tokenAt] !== token) return false
    notes[countAt] = (notes[countAt] ?? 0) + times
    return true
  }

  #leave(token: number): void {
    const { notes } = this.#cellNow
    if (!this.#cell.mine || notes[tokenAt] !== token) throw fail('LOCK_NOT_HELD', { what: this.what })
    const count = (notes[countAt] ?? 1) - 1
    notes[countAt] = count
    if (count === 0) this.#cell.free()
  }

  #suspend(): Depth {
    this.#cell.checkMine()
    const { notes } = this.#cellNow
    const depth = { token: notes[tokenAt] ?? noFlow, count: notes[countAt] ?? 1 }
    this.#cell.free()
    return depth
  }

  /** Throws CLOSED. */
  get #cellNow(): LockCell {
    void this.state
    return this.#cell
  }

  #own(taken: Taken, token: number): Held {
    this.#note(token, 1)
    return this.#hold(taken, token)
  }

  #note(token: number, count: number): void {
    const { notes } = this.#cell
    notes[tokenAt] = token
    notes[countAt] = count
    this.#cell.noted()
  }

  #hold(taken: Taken, token: number): Held {
    return new Held(taken === 'died', () => this.#leave(token))
  }
}

interface Depth {
  readonly token: number
  readonly count: number
}

function tokenOf({ token }: OwnedBy): number {
  if (token === undefined) {
    const flow = flows.getStore()
    return flow === undefined || flow.isOver ? noFlow : flow.token
  }
  if (typeof token !== 'object' || token === null)
    throw fail('OPTION_INVALID', { option: 'token', rule: 'an object', got: typeof token })
  let number = numbers.get(token)
  if (number === undefined) numbers.set(token, (number = ++lastToken))
  return number
}

registerShareable(
  'rlock',
  (data, descriptors) => new RLock(arrivedState(data, descriptors, 'RLock')),
  (handle) => !handle.closed,
)
