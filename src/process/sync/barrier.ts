/** A point that a number of parties pass together, again and again. */
import { fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import { BarrierObject, ServedRounds } from '../served/barrier.ts'
import { ServedHandle } from '../served/handle.ts'
import { roundsWords, SharedRounds, type Rounds } from './barrier-rounds.ts'
import type { AcquireOptions, AcquireSyncOptions } from './held.ts'
import { checkBlocking, checkInteger, checkWait, noOptions } from './options.ts'
import { arrivedData, arrivedState, newState, SyncObject, type AnyState } from './sync-state.ts'

/** Most parties of a barrier. */
export const maximumParties = 1_024
const what = 'Waiting at a barrier'

/** What holds for each wait at a barrier. */
export interface BarrierOptions {
  /** Longest wait of each party in milliseconds, unless `wait` says otherwise. @default no limit */
  readonly timeoutMs?: number | undefined
}

/**
 * `wait()` resolves for all parties at once, with a number of its own (0 to parties - 1) for each; then the next round
 * begins. A party that is killed while it waits, is aborted or takes too long breaks the barrier: the others get
 * BARRIER_BROKEN within some 100 ms, and so does everybody until `reset()`.
 *
 * A handle may be an argument of processes and tasks. Throws OPTION_INVALID. Without the addon the thread that made it serves
 * it to the others, for as long as it lives: `waitSync` is UNSUPPORTED then, and `broken` and `waiting` give elsewhere what
 * was heard last.
 *
 * @example
 * const barrier = new Barrier(3)
 * if ((await barrier.wait()) === 0) console.log('all three are here')
 */
export class Barrier extends SyncObject {
  readonly parties: number
  readonly #timeoutMs: number | undefined
  readonly #rounds: Rounds
  /** Waits in progress through this handle. */
  #here = 0

  /**
   * @param parties 1 to 1,024
   * @param state internal
   */
  constructor(parties: number, options: BarrierOptions = noOptions, state?: AnyState) {
    checkBlocking(options)
    super('Barrier', state ?? newBarrier(parties))
    this.parties = parties
    this.#timeoutMs = options.timeoutMs
    const made = this.state
    this.#rounds = made instanceof ServedHandle ? new ServedRounds(made) : new SharedRounds(made, parties)
  }

  /** Waits for all parties. Rejects with BARRIER_BROKEN, and for the one who breaks it TIMED_OUT, ABORTED or CLOSED; OPTION_INVALID. */
  async wait(options: AcquireOptions = noOptions): Promise<number> {
    checkWait(options)
    const { timeoutMs = this.#timeoutMs, signal } = options
    const rounds = this.#roundsNow
    if (signal?.aborted === true) {
      rounds.abort()
      throw fail('ABORTED', { what }, { cause: signal.reason })
    }
    this.#here++
    try {
      return await rounds.pass({ timeoutMs, signal, what })
    } finally {
      this.#here--
    }
  }

  /** Blocks the thread. */
  waitSync(options: AcquireSyncOptions = noOptions): number {
    checkBlocking(options)
    const { timeoutMs = this.#timeoutMs } = options
    return this.#roundsNow.passSync({ timeoutMs, what })
  }

  /** Breaks it: who waits, or will before a reset, gets BARRIER_BROKEN. */
  abort(): void {
    this.#roundsNow.abort()
  }

  /** Begins a new round, mended. Who waits in the old one gets BARRIER_BROKEN. */
  reset(): void {
    this.#roundsNow.reset()
  }

  get broken(): boolean {
    return this.#roundsNow.broken
  }

  /** Parties that have arrived in this round. */
  get waiting(): number {
    return this.#roundsNow.waiting
  }

  /** Breaks the barrier if somebody waits through this handle. */
  override close(): void {
    if (!this.closed && this.#here > 0) this.abort()
    super.close()
  }

  toShared(): SharedForm {
    return this.state.form('barrier', { parties: this.parties, timeoutMs: this.#timeoutMs })
  }

  /** Throws CLOSED. */
  get #roundsNow(): Rounds {
    void this.state
    return this.#rounds
  }
}

function newBarrier(parties: number): AnyState {
  checkInteger('parties', parties, 1, maximumParties)
  return newState(roundsWords(parties), () => new BarrierObject(parties), 'Barrier')
}

registerShareable(
  'barrier',
  (data, descriptors) => {
    const { parties, timeoutMs } = arrivedData(data) as BarrierOptions & { parties: number }
    return new Barrier(parties, { timeoutMs }, arrivedState(data, descriptors, 'Barrier'))
  },
  (handle) => !handle.closed,
)
