/** Semaphores between any processes and threads, which neither lose nor make a permit when a holder is killed. */
import { checkKnownKeys } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { ServedHandle } from '../served/handle.ts'
import { PermitsObject, ServedPermits } from '../served/permits.ts'
import { Held, type AcquireOptions, type AcquireSyncOptions } from './held.ts'
import { checkBlocking, checkInteger, checkWait, noOptions } from './options.ts'
import type { Taken } from './owner-cell.ts'
import { PermitTable, type Permits } from './permit-table.ts'
import { arrivedData, arrivedState, newState, SyncObject, SyncState, type AnyState } from './sync-state.ts'

/** Most permits of a semaphore. */
export const maximumPermits = 1_024

/** How a semaphore treats permits whose holders are gone. */
export interface SemaphoreOptions {
  /**
   * Whether a permit belongs to the thread that acquired it, and is free again when that ends. Say false when one side
   * only acquires and the other only releases (a signal between consumer and producer): acquiring uses a permit up.
   * @default true
   */
  readonly reclaim?: boolean | undefined
}

/**
 * Lets a number of holders in. Releasing without a permit makes one more, up to 1,024 (RELEASED_TOO_OFTEN).
 * A permit whose holder is killed goes to a waiter, who is told by `ownerDied`, within some 100 ms.
 *
 * A handle may be an argument of processes and tasks. Throws OPTION_INVALID. Without the addon the thread that made it serves
 * it to the others, for as long as it lives: `acquireSync` is UNSUPPORTED then, and elsewhere than in that thread
 * `tryAcquire` is too, and releasing beyond the limit is not told unless the semaphore is bounded.
 *
 * @example
 * const slots = new Semaphore(3)
 * using permit = await slots.acquire()
 */
export class Semaphore extends SyncObject {
  readonly #reclaim: boolean
  readonly #permits: Permits

  /**
   * @param value free permits at first, 0 to 1,024
   * @param state internal
   */
  constructor(value: number = 1, options: SemaphoreOptions = {}, state?: AnyState) {
    const made = state ?? newPermits(value, maximumPermits, options, 'Semaphore')
    super('Semaphore', made)
    this.#reclaim = options.reclaim ?? true
    // A subclass has a name of its own.
    const { name } = new.target
    this.#permits = made instanceof ServedHandle ? new ServedPermits(made) : new PermitTable(made, this.#reclaim, name)
  }

  /** Waits for a permit. Rejects with TIMED_OUT, ABORTED, OPTION_INVALID or CLOSED, and has changed nothing then. */
  async acquire(options: AcquireOptions = noOptions): Promise<Held> {
    checkWait(options)
    return this.#hold(await this.#permitsNow.acquire({ ...options, what: 'Acquiring a permit' }))
  }

  /** Blocks the thread. Throws TIMED_OUT or CLOSED. */
  acquireSync(options: AcquireSyncOptions = noOptions): Held {
    checkBlocking(options)
    return this.#hold(this.#permitsNow.acquireSync({ ...options, what: 'Acquiring a permit' }))
  }

  /** Takes a permit if there is one now, also from a holder that died. Throws CLOSED. */
  tryAcquire(): Held | undefined {
    const taken = this.#permitsNow.take()
    return taken === undefined ? undefined : this.#hold(taken)
  }

  /** Gives a permit of this thread back; if it has none, adds one. Throws RELEASED_TOO_OFTEN, CLOSED. */
  release(): void {
    this.#permitsNow.give()
  }

  /** Free permits, for the moment. */
  get value(): number {
    return this.#permitsNow.value
  }

  /** Runs `fn` with a permit, and gives it back however that ends. */
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

  toShared(): SharedForm {
    return this.state.form('semaphore', { reclaim: this.#reclaim })
  }

  /** Throws CLOSED. */
  get #permitsNow(): Permits {
    void this.state
    return this.#permits
  }

  /** Permits of one thread are alike, so it does not matter which of them is given back. */
  #hold(taken: Taken): Held {
    return new Held(taken === 'died', () => this.release())
  }
}

/** A Semaphore that never has more permits than at first: releasing once too often throws RELEASED_TOO_OFTEN. */
export class BoundedSemaphore extends Semaphore {
  protected override readonly what: string = 'BoundedSemaphore'

  /**
   * @param value permits, 1 to 1,024
   * @param state internal
   */
  constructor(value: number = 1, options: SemaphoreOptions = {}, state?: AnyState) {
    super(value, options, state ?? newPermits(value, value, options, 'BoundedSemaphore'))
  }

  override toShared(): SharedForm {
    return { ...super.toShared(), kind: 'bounded-semaphore' }
  }
}

function newPermits(value: number, limit: number, options: SemaphoreOptions, what: string): AnyState {
  checkKnownKeys('options', options, ['reclaim'])
  const { reclaim = true } = options
  checkInteger('value', value, limit === maximumPermits ? 0 : 1, maximumPermits)
  const state = newState(limit, () => new PermitsObject(value, limit, reclaim, what), what)
  if (state instanceof SyncState) PermitTable.fill(state, value)
  return state
}

registerShareable(
  'semaphore',
  (data, descriptors) => {
    return new Semaphore(0, arrivedData(data) as SemaphoreOptions, arrivedState(data, descriptors, 'Semaphore'))
  },
  (handle) => !handle.closed,
)
registerShareable(
  'bounded-semaphore',
  (data, descriptors) => {
    const state = arrivedState(data, descriptors, 'BoundedSemaphore')
    return new BoundedSemaphore(1, arrivedData(data) as SemaphoreOptions, state)
  },
  (handle) => !handle.closed,
)
