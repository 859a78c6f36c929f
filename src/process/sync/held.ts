/** What an acquisition gives: whoever has it holds the lock or permit. */

/** Released once, by `release()` or at the end of a `using` block. */
export class Held {
  /** The holder before was killed or ended without a release: what the lock protects may be half changed. */
  readonly ownerDied: boolean
  #letGo: ((held: Held) => void) | undefined

  /** @internal */
  constructor(ownerDied: boolean, letGo: (held: Held) => void) {
    this.ownerDied = ownerDied
    this.#letGo = letGo
  }

  /** Lets the next one in. A second call does nothing, so that `using` may follow; `lock.release()` is not as lenient. */
  release(): void {
    const letGo = this.#letGo
    this.#letGo = undefined
    letGo?.(this)
  }

  [Symbol.dispose](): void {
    this.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.release()
  }
}

/** How long to wait. */
export interface AcquireOptions {
  /** Longest wait in milliseconds; 0 tries once. @default no limit */
  readonly timeoutMs?: number | undefined
  /** Ends the wait with ABORTED. */
  readonly signal?: AbortSignal | undefined
}

/** How long to block the thread. */
export type AcquireSyncOptions = Pick<AcquireOptions, 'timeoutMs'>
