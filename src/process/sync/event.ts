/** A flag between any processes and threads that many can wait for. */
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { FlagObject, ServedFlag } from '../served/flag.ts'
import { ServedHandle } from '../served/handle.ts'
import { SharedFlag, type Flag } from './flag.ts'
import type { AcquireOptions, AcquireSyncOptions } from './held.ts'
import { checkBlocking, checkWait, noOptions } from './options.ts'
import { arrivedState, newState, SyncObject, type AnyState } from './sync-state.ts'

/**
 * A flag. `set()` lets all go on who wait, in every process, also when `clear()` follows at once.
 * A handle may be an argument of processes and tasks. Without the addon the thread that made it serves it to the others,
 * for as long as it lives: `waitSync` is UNSUPPORTED then, and `isSet` gives elsewhere what was heard last.
 *
 * @example
 * const ready = new Event()
 * await ready.wait({ timeoutMs: 5_000 })
 */
export class Event extends SyncObject {
  readonly #flag: Flag

  /** @param state internal */
  constructor(state: AnyState = newState(1, () => new FlagObject(), 'Event')) {
    super('Event', state)
    this.#flag = state instanceof ServedHandle ? new ServedFlag(state) : new SharedFlag(state)
  }

  /** Sets it; who waits goes on. */
  set(): void {
    this.#flagNow.set()
  }

  /** Clears it; who comes from now on waits. */
  clear(): void {
    this.#flagNow.clear()
  }

  get isSet(): boolean {
    return this.#flagNow.isSet
  }

  /** Resolves once it is or was set. Rejects with TIMED_OUT, ABORTED, OPTION_INVALID or CLOSED. */
  async wait(options: AcquireOptions = noOptions): Promise<void> {
    checkWait(options)
    await this.#flagNow.wait({ ...options, what: 'Waiting for an event' })
  }

  /** Blocks the thread. Throws TIMED_OUT or CLOSED. */
  waitSync(options: AcquireSyncOptions = noOptions): void {
    checkBlocking(options)
    this.#flagNow.waitSync({ ...options, what: 'Waiting for an event' })
  }

  toShared(): SharedForm {
    return this.state.form('event')
  }

  /** Throws CLOSED. */
  get #flagNow(): Flag {
    void this.state
    return this.#flag
  }
}

registerShareable(
  'event',
  (data, descriptors) => new Event(arrivedState(data, descriptors, 'Event')),
  (handle) => !handle.closed,
)
