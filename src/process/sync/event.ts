/** A flag between any processes and threads that many can wait for. */
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import type { AcquireOptions, AcquireSyncOptions } from './held.ts'
import { firstWord, SyncObject, SyncState } from './sync-state.ts'

/** Bit 0: it is set. The bits above count how often it was, so that a `clear` right after wakes nobody less. */
const wordAt = firstWord
const setBit = 1

/**
 * A flag. `set()` lets all go on who wait, in every process, also when `clear()` follows at once.
 * A handle may be an argument of processes and tasks. Throws UNSUPPORTED without the addon.
 *
 * @example
 * const ready = new Event()
 * await ready.wait({ timeoutMs: 5_000 })
 */
export class Event extends SyncObject {
  /** @param state internal */
  constructor(state: SyncState = SyncState.create(1)) {
    super('Event', state)
  }

  /** Sets it; who waits goes on. */
  set(): void {
    const { cells, waiters } = this.state
    for (;;) {
      const word = Atomics.load(cells, wordAt)
      if ((word & setBit) !== 0) return
      if (Atomics.compareExchange(cells, wordAt, word, (word + 2) | setBit) === word) break
    }
    waiters.wake()
  }

  /** Clears it; who comes from now on waits. */
  clear(): void {
    Atomics.and(this.state.cells, wordAt, ~setBit)
  }

  get isSet(): boolean {
    return (Atomics.load(this.state.cells, wordAt) & setBit) !== 0
  }

  /** Resolves once it is or was set. Rejects with TIMED_OUT, ABORTED or CLOSED. */
  async wait(options: AcquireOptions = {}): Promise<void> {
    const { waiters } = this.state
    await waiters.until(this.#setSinceNow(), { ...options, what: 'Waiting for an event' })
  }

  /** Blocks the thread. Throws TIMED_OUT or CLOSED. */
  waitSync(options: AcquireSyncOptions = {}): void {
    const { waiters } = this.state
    waiters.untilSync(this.#setSinceNow(), { ...options, what: 'Waiting for an event' })
  }

  toShared(): SharedForm {
    return { kind: 'event', data: undefined, descriptors: this.state.descriptors }
  }

  #setSinceNow(): () => true | undefined {
    const { cells } = this.state
    const sets = Atomics.load(cells, wordAt) >> 1
    return () => {
      const word = Atomics.load(cells, wordAt)
      return (word & setBit) !== 0 || word >> 1 !== sets ? true : undefined
    }
  }
}

registerShareable(
  'event',
  (_, descriptors) => new Event(SyncState.attach(descriptors)),
  (handle) => !handle.closed,
)
