/**
 * A point that a number of parties pass together.
 *
 *    state   round (32 bits) | broken | how the last 31 rounds ended, a bit each (1: broken)
 *    party   round (32 bits) | owner        one word pair for each; it has arrived if the round is the current one
 *
 * All steps are one compare-exchange of 64 bits: an arrival takes a place of the round, and the round ends by
 * its state alone, whoever notices that the places are full or that an arrived party died.
 */
import { fail } from '../../core/index.ts'
import { registerShareable, type SharedForm } from '../codec/shareable.ts'
import type { AcquireOptions, AcquireSyncOptions } from './held.ts'
import { checkInteger } from './options.ts'
import { ownerAlive, ownWord } from './owner.ts'
import { firstWord, SyncObject, SyncState } from './sync-state.ts'

/** Most parties of a barrier. */
export const maximumParties = 1_024

const brokenBit = 1n << 31n
const historyMask = brokenBit - 1n
/** In words of 64 bits. */
const stateAt = firstWord / 2
const placesAt = stateAt + 1

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
 * A handle may be an argument of processes and tasks. Throws OPTION_INVALID, and UNSUPPORTED without the addon.
 *
 * @example
 * const barrier = new Barrier(3)
 * if ((await barrier.wait()) === 0) console.log('all three are here')
 */
export class Barrier extends SyncObject {
  readonly parties: number
  readonly #timeoutMs: number | undefined
  readonly #words: BigInt64Array
  /** Waits in progress through this handle. */
  #here = 0

  /**
   * @param parties 1 to 1,024
   * @param state internal
   */
  constructor(parties: number, { timeoutMs }: BarrierOptions = {}, state?: SyncState) {
    super('Barrier', state ?? newBarrier(parties))
    this.parties = parties
    this.#timeoutMs = timeoutMs
    this.#words = new BigInt64Array(this.state.segment.buffer, 0, placesAt + parties)
  }

  /** Waits for all parties. Rejects with BARRIER_BROKEN, and for the one who breaks it TIMED_OUT, ABORTED or CLOSED. */
  async wait(options: AcquireOptions = {}): Promise<number> {
    const { waiters } = this.state
    const { timeoutMs = this.#timeoutMs, signal } = options
    const what = 'Waiting at a barrier'
    if (signal?.aborted === true) {
      this.abort()
      throw fail('ABORTED', { what }, { cause: signal.reason })
    }
    const place = this.#arrive()
    this.#here++
    try {
      await waiters.until((late) => this.#ended(place, late), { timeoutMs, signal, what })
    } catch (error) {
      this.#giveUp(place, error)
    } finally {
      this.#here--
    }
    return place.index
  }

  /** Blocks the thread. */
  waitSync(options: AcquireSyncOptions = {}): number {
    const { waiters } = this.state
    const { timeoutMs = this.#timeoutMs } = options
    const place = this.#arrive()
    try {
      waiters.untilSync((late) => this.#ended(place, late), { timeoutMs, what: 'Waiting at a barrier' })
    } catch (error) {
      this.#giveUp(place, error)
    }
    return place.index
  }

  /** Breaks it: who waits, or will before a reset, gets BARRIER_BROKEN. */
  abort(): void {
    while (!this.broken) if (this.#end(this.#load(stateAt), true)) return
  }

  /** Begins a new round, mended. Who waits in the old one gets BARRIER_BROKEN. */
  reset(): void {
    for (;;) {
      const state = this.#load(stateAt)
      const isFresh = (state & brokenBit) === 0n && this.waiting === 0
      if (isFresh || this.#end(state & ~brokenBit, true, 0n, state)) return
    }
  }

  get broken(): boolean {
    return (this.#load(stateAt) & brokenBit) !== 0n
  }

  /** Parties that have arrived in this round. */
  get waiting(): number {
    return this.#arrived(roundOf(this.#load(stateAt)))
  }

  /** Breaks the barrier if somebody waits through this handle. */
  override close(): void {
    if (!this.closed && this.#here > 0) this.abort()
    super.close()
  }

  toShared(): SharedForm {
    const data = { parties: this.parties, timeoutMs: this.#timeoutMs }
    return { kind: 'barrier', data, descriptors: this.state.descriptors }
  }

  #load(at: number): bigint {
    void this.state
    return BigInt.asUintN(64, Atomics.load(this.#words, at))
  }

  #exchange(at: number, from: bigint, to: bigint): boolean {
    return (
      Atomics.compareExchange(this.#words, at, BigInt.asIntN(64, from), BigInt.asIntN(64, to)) ===
      BigInt.asIntN(64, from)
    )
  }

  #arrive(): Place {
    const own = BigInt(ownWord())
    for (;;) {
      const state = this.#load(stateAt)
      if ((state & brokenBit) !== 0n) throw this.#brokenError()
      const round = roundOf(state)
      for (let index = 0; index < this.parties; index++) {
        const seen = this.#load(placesAt + index)
        const isFree = seen === 0n || roundOf(seen) !== round
        if (isFree && this.#exchange(placesAt + index, seen, (round << 32n) | own)) return { index, round }
      }
      this.#end(state, false) // full: it ends now, and the next round has places
    }
  }

  #arrived(round: bigint): number {
    let count = 0
    for (let index = 0; index < this.parties; index++) if (this.#isHere(index, round)) count++
    return count
  }

  #isHere(index: number, round: bigint): boolean {
    const word = this.#load(placesAt + index)
    return word !== 0n && roundOf(word) === round
  }

  /** True once the round of a place was passed; throws when it broke. */
  #ended(place: Place, late: boolean): true | undefined {
    const state = this.#load(stateAt)
    const since = BigInt.asUintN(32, roundOf(state) - place.round)
    if (since !== 0n) {
      if (since <= 31n && ((state >> (since - 1n)) & 1n) === 1n) throw this.#brokenError()
      return true
    }
    if (this.#arrived(place.round) === this.parties) {
      this.#end(state, false)
      return this.#ended(place, false)
    }
    if (late && this.#anyDead(place.round)) this.#end(state, true)
    return undefined
  }

  #anyDead(round: bigint): boolean {
    for (let index = 0; index < this.parties; index++) {
      if (!this.#isHere(index, round)) continue
      if (!ownerAlive(Number(this.#load(placesAt + index) & 0xffff_ffffn))) return true
    }
    return false
  }

  /** Ends the round that `state` is of; false when somebody else did. */
  #end(state: bigint, isBroken: boolean, stays: bigint = isBroken ? brokenBit : 0n, seen: bigint = state): boolean {
    const round = BigInt.asUintN(32, roundOf(state) + 1n)
    const history = ((state << 1n) | (isBroken ? 1n : 0n)) & historyMask
    const isDone = this.#exchange(stateAt, seen, (round << 32n) | stays | history)
    if (isDone) this.state.waiters.wake()
    return isDone
  }

  /** A party that stops waiting breaks the round, unless that is over. */
  #giveUp(place: Place, error: unknown): void {
    if (this.closed) throw error
    for (;;) {
      const state = this.#load(stateAt)
      if (roundOf(state) !== place.round) break
      if (this.#end(state, true)) throw error
    }
    this.#ended(place, false)
  }

  #brokenError(): Error {
    return fail('BARRIER_BROKEN', { parties: this.parties })
  }
}

interface Place {
  readonly index: number
  readonly round: bigint
}

function roundOf(word: bigint): bigint {
  return word >> 32n
}

function newBarrier(parties: number): SyncState {
  checkInteger('parties', parties, 1, maximumParties)
  return SyncState.create(2 + parties * 2)
}

registerShareable(
  'barrier',
  (data, descriptors) => {
    const { parties, timeoutMs } = data as BarrierOptions & { parties: number }
    return new Barrier(parties, { timeoutMs }, SyncState.attach(descriptors))
  },
  (handle) => !handle.closed,
)
