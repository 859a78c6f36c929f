/** A lock between any processes and threads, which survives its holders. */
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { OwnerObject } from '../served/owner.ts'
import { Held, type AcquireOptions, type AcquireSyncOptions } from './held.ts'
import { lockCell } from './lock-cell.ts'
import { checkBlocking, checkWait, noOptions } from './options.ts'
import { ownerCellWords, type LockCell, type Taken } from './owner-cell.ts'
import type { Suspension } from './suspend.ts'
import { arrivedState, newState, SyncObject, type AnyState } from './sync-state.ts'

/** Words that a lock takes in a state. */
export const lockWords: number = ownerCellWords

/**
 * Excludes processes, threads, and the async flows of one thread from each other. It is held by the thread that
 * acquired it; when that ends without a release (a kill -9 included), the next holder is told by `ownerDied`,
 * within some 100 ms.
 *
 * A handle may be an argument of processes and tasks. Without the addon the thread that made it serves it to the others,
 * for as long as it lives: `acquireSync` is UNSUPPORTED then, and elsewhere than in that thread also `tryAcquire`.
 *
 * @example
 * const lock = new Lock()
 * using held = await lock.acquire({ timeoutMs: 1_000 })
 * if (held.ownerDied) repair()
 */
export class Lock extends SyncObject {
  readonly #cell: LockCell
  #held: Held | undefined

  /** @param state internal */
  constructor(state: AnyState = newState(lockWords, () => new OwnerObject('Lock'), 'Lock')) {
    super('Lock', state)
    this.#cell = lockCell(state, this.what)
  }

  /** Waits for it. Rejects with TIMED_OUT, ABORTED, OPTION_INVALID or CLOSED, and has changed nothing then. */
  async acquire(options: AcquireOptions = noOptions): Promise<Held> {
    checkWait(options)
    return this.#hold(await this.#cellNow.acquire({ ...options, what: 'Acquiring a lock' }))
  }

  /** Blocks the thread. Throws TIMED_OUT, CLOSED, or WOULD_DEADLOCK when this thread holds it already. */
  acquireSync(options: AcquireSyncOptions = noOptions): Held {
    checkBlocking(options)
    return this.#hold(this.#cellNow.acquireSync({ ...options, what: 'Acquiring a lock' }))
  }

  /** Takes it if that is possible now, also from a holder that died. Throws CLOSED. */
  tryAcquire(): Held | undefined {
    const taken = this.#cellNow.take(true)
    return taken === undefined ? undefined : this.#hold(taken)
  }

  /** Lets the next one in. Throws LOCK_NOT_HELD when this thread does not hold it, CLOSED. */
  release(): void {
    this.#cellNow.free()
    this.#held = undefined
  }

  /** Whether anybody holds it, be it one that died. */
  locked(): boolean {
    return this.#cellNow.taken
  }

  /** Runs `fn` with the lock held, and releases it however that ends. */
  async with<Value>(
    fn: (held: Held) => Value | PromiseLike<Value>,
    options: AcquireOptions = noOptions,
  ): Promise<Value> {
    const held = await this.acquire(options)
    try {
      return await fn(held)
    } finally {
      held.release()
    }
  }

  /** @internal */
  suspension(): Suspension<Held | undefined> {
    const what = 'Acquiring a lock'
    return {
      suspend: () => {
        const held = this.#held
        this.release()
        return held
      },
      resume: async (held) => this.#resumed(held, await this.#cellNow.acquire({ what })),
      resumeSync: (held) => this.#resumed(held, this.#cellNow.acquireSync({ what })),
      checkHeld: () => this.#cellNow.checkMine(),
    }
  }

  toShared(): SharedForm {
    return this.state.form('lock')
  }

  /** Throws CLOSED. */
  get #cellNow(): LockCell {
    void this.state
    return this.#cell
  }

  #resumed(held: Held | undefined, taken: Taken): Taken {
    this.#held = held
    return taken
  }

  #hold(taken: Taken): Held {
    const held = new Held(taken === 'died', () => {
      // Otherwise lock.release() did it already, and another flow may hold it by now.
      if (this.#held === held) this.release()
    })
    this.#held = held
    return held
  }
}

registerShareable(
  'lock',
  (data, descriptors) => new Lock(arrivedState(data, descriptors, 'Lock')),
  (handle) => !handle.closed,
)
