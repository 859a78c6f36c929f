/**
 * Semaphores between any processes and threads: a table of permits, one word each.
 *
 *    0 free | owner | -1 absent        acquire: free -> owner        release: owner -> free, or absent -> free
 *
 * One compare-exchange commits each step, so a kill -9 at any moment neither loses a permit nor makes one.
 */
import { fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { Held, type AcquireOptions, type AcquireSyncOptions } from './held.ts'
import { checkInteger } from './options.ts'
import { ownerAlive, ownWord } from './owner.ts'
import type { Taken } from './owner-cell.ts'
import { firstWord, SyncObject, SyncState } from './sync-state.ts'

/** Most permits of a semaphore. */
export const maximumPermits = 1_024

const free = 0
const absent = -1

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
 * A handle may be an argument of processes and tasks. Throws OPTION_INVALID, and UNSUPPORTED without the addon.
 *
 * @example
 * const slots = new Semaphore(3)
 * using permit = await slots.acquire()
 */
export class Semaphore extends SyncObject {
  readonly #reclaim: boolean
  readonly #limit: number

  /**
   * @param value free permits at first, 0 to 1,024
   * @param state internal
   */
  constructor(value: number = 1, { reclaim = true }: SemaphoreOptions = {}, state?: SyncState) {
    super('Semaphore', state ?? newPermits(value, maximumPermits))
    this.#reclaim = reclaim
    this.#limit = this.state.cells.length - firstWord
  }

  /** Waits for a permit. Rejects with TIMED_OUT, ABORTED or CLOSED, and has changed nothing then. */
  async acquire(options: AcquireOptions = {}): Promise<Held> {
    const { waiters } = this.state
    return this.#hold(await waiters.until((late) => this.#take(late), { ...options, what: 'Acquiring a permit' }))
  }

  /** Blocks the thread. Throws TIMED_OUT or CLOSED. */
  acquireSync(options: AcquireSyncOptions = {}): Held {
    const { waiters } = this.state
    return this.#hold(waiters.untilSync((late) => this.#take(late), { ...options, what: 'Acquiring a permit' }))
  }

  /** Takes a permit if there is one now, also from a holder that died. Throws CLOSED. */
  tryAcquire(): Held | undefined {
    const taken = this.#take(true)
    return taken === undefined ? undefined : this.#hold(taken)
  }

  /** Gives a permit of this thread back; if it has none, adds one. Throws RELEASED_TOO_OFTEN, CLOSED. */
  release(): void {
    const isOwn = this.#reclaim && this.#change(ownWord(), free)
    if (!isOwn && !this.#change(absent, free)) {
      throw fail('RELEASED_TOO_OFTEN', { what: this.what, limit: this.#limit })
    }
    this.state.waiters.wake()
  }

  /** Free permits, for the moment. */
  get value(): number {
    let count = 0
    for (const word of this.state.cells.subarray(firstWord)) if (word === free) count++
    return count
  }

  /** Runs `fn` with a permit, and gives it back however that ends. */
  async with<Value>(fn: (held: Held) => Value | PromiseLike<Value>, options: AcquireOptions = {}): Promise<Value> {
    const held = await this.acquire(options)
    try {
      return await fn(held)
    } finally {
      held.release()
    }
  }

  toShared(): SharedForm {
    return { kind: 'semaphore', data: { reclaim: this.#reclaim }, descriptors: this.state.descriptors }
  }

  #take(late: boolean): Taken | undefined {
    if (this.#change(free, this.#reclaim ? ownWord() : absent)) return 'free'
    return late && this.#reclaim && this.#takeFromDead() ? 'died' : undefined
  }

  #takeFromDead(): boolean {
    const { cells } = this.state
    const own = ownWord()
    for (let at = firstWord; at < cells.length; at++) {
      const word = Atomics.load(cells, at)
      if (word > 0 && !ownerAlive(word) && Atomics.compareExchange(cells, at, word, own) === word) return true
    }
    return false
  }

  /** Turns the first permit that is `from` into `to`. */
  #change(from: number, to: number): boolean {
    const { cells } = this.state
    for (let at = firstWord; at < cells.length; at++) {
      if (Atomics.load(cells, at) === from && Atomics.compareExchange(cells, at, from, to) === from) return true
    }
    return false
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
  constructor(value: number = 1, options: SemaphoreOptions = {}, state?: SyncState) {
    super(value, options, state ?? newPermits(value, value))
  }

  override toShared(): SharedForm {
    return { ...super.toShared(), kind: 'bounded-semaphore' }
  }
}

function newPermits(value: number, limit: number): SyncState {
  checkInteger('value', value, limit === maximumPermits ? 0 : 1, maximumPermits)
  const state = SyncState.create(limit)
  state.cells.fill(absent, firstWord + value)
  return state
}

registerShareable(
  'semaphore',
  (data, descriptors) => {
    return new Semaphore(0, data as SemaphoreOptions, SyncState.attach(descriptors))
  },
  (handle) => !handle.closed,
)
registerShareable(
  'bounded-semaphore',
  (data, descriptors) => {
    return new BoundedSemaphore(1, data as SemaphoreOptions, SyncState.attach(descriptors))
  },
  (handle) => !handle.closed,
)
