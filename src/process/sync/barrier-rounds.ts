/**
 * The rounds of a barrier in shared memory.
 *
 *    state   round (32 bits) | broken | how the last 31 rounds ended, a bit each (1: broken)
 *    party   round (32 bits) | owner        one word pair for each; it has arrived if the round is the current one
 *
 * All steps are one compare-exchange of 64 bits: an arrival takes a place of the round, and the round ends by
 * its state alone, whoever notices that the places are full or that an arrived party died.
 */
import { fail } from '../../core/index.ts'
import { ownerAlive, ownWord } from './owner.ts'
import { firstWord, type SyncState } from './sync-state.ts'
import type { WaitOptions, WaitPoint } from './wait-point.ts'

const brokenBit = 1n << 31n
const historyMask = brokenBit - 1n
/** In words of 64 bits. */
const stateAt = firstWord / 2
const placesAt = stateAt + 1

/** What a barrier is made of, wherever its rounds are kept. */
export interface Rounds {
  readonly broken: boolean
  readonly waiting: number
  /** Gives the party's number. Rejects with BARRIER_BROKEN; by whatever else it rejects, it broke the round. */
  pass(options: WaitOptions): Promise<number>
  passSync(options: WaitOptions): number
  abort(): void
  reset(): void
}

/** Words that so many parties take. */
export function roundsWords(parties: number): number {
  return 2 + parties * 2
}

export class SharedRounds implements Rounds {
  readonly parties: number
  readonly #words: BigInt64Array
  readonly #waiters: WaitPoint

  constructor({ segment, waiters }: SyncState, parties: number) {
    this.parties = parties
    this.#waiters = waiters
    this.#words = new BigInt64Array(segment.buffer, 0, placesAt + parties)
  }

  async pass(options: WaitOptions): Promise<number> {
    const place = this.#arrive()
    try {
      await this.#waiters.until((late) => this.#ended(place, late), options)
    } catch (error) {
      this.#giveUp(place, error)
    }
    return place.index
  }

  passSync(options: WaitOptions): number {
    const place = this.#arrive()
    try {
      this.#waiters.untilSync((late) => this.#ended(place, late), options)
    } catch (error) {
      this.#giveUp(place, error)
    }
    return place.index
  }

  abort(): void {
    while (!this.broken) if (this.#end(this.#load(stateAt), true)) return
  }

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

  get waiting(): number {
    return this.#arrived(roundOf(this.#load(stateAt)))
  }

  #load(at: number): bigint {
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
    if (isDone) this.#waiters.wake()
    return isDone
  }

  /** A party that stops waiting breaks the round, unless that is over. */
  #giveUp(place: Place, error: unknown): void {
    if (this.#words.length === 0) throw error // the handle was closed
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
