/**
 * A sliding window for each source, over all lanes, counted in parts as `SlidingWindow` does. A part is one word, in a ring
 * of `parts + 1`:
 *
 *      31          20 19              0
 *     +--------------+-----------------+
 *     | part's number|  count          |     the number modulo 4,096
 *     +--------------+-----------------+
 *
 * A lane first counts and then adds up the window; what is too many it takes back. So of two lanes at the last place at
 * least one sees the other, and the limit holds.
 */
import { checkWindow, type SlidingWindowOptions } from '../rate/sliding-window.ts'
import { newRateTable, RateTable, rateTableBytes, type RateTableKind, type RateTableOptions } from './rate-table.ts'
import type { LaneMemory } from './memory.ts'

/** `parts` is 1 to 30 here. */
export type SlidingWindowTableOptions = SlidingWindowOptions & RateTableOptions

const kind: RateTableKind = {
  magic: 0x7773574c,
  what: 'sliding windows',
  stateWords: ([, , parts = 0]) => parts + 1,
}
const mostParts = 30
const countBits = 20
const countMask = 2 ** countBits - 1
const partMask = 2 ** (32 - countBits) - 1
/** A set is looked through at least so often that a part's number is never a full turn old. */
const unitParts = 64
/** So many parts ahead may another lane's clock be. */
const skewParts = 4

/** One lane's access; `take` is the same for all lanes that use the same memory. */
export class SlidingWindowTable extends RateTable {
  readonly #limit: number
  readonly #partsPerMs: number
  readonly #parts: number

  private constructor(memory: LaneMemory, lane: number, offset: number) {
    super(kind, memory, lane, offset)
    const [limit = 1, windowMs = 1, parts = 1] = this.parameters
    this.#limit = limit
    this.#parts = parts
    this.#partsPerMs = parts / windowMs
  }

  /** Some 52 bytes a source with 10 parts. Throws OPTION_INVALID. */
  static bytesFor(options: SlidingWindowTableOptions): number {
    return rateTableBytes(kind, ...splitOptions(options))
  }

  /** New windows in zeroed memory, from `offset` on, a multiple of 64. Throws OPTION_INVALID, CLOSED. */
  static create(memory: LaneMemory, options: SlidingWindowTableOptions, lane = 0, offset = 0): SlidingWindowTable {
    const [table, parameters] = splitOptions(options)
    newRateTable(kind, memory, table, parameters, offset)
    return new SlidingWindowTable(memory, lane, offset)
  }

  /** Those that are there, for a lane. Throws MEMORY_LAYOUT, CLOSED, OPTION_INVALID. */
  static attach(memory: LaneMemory, lane: number, offset = 0): SlidingWindowTable {
    return new SlidingWindowTable(memory, lane, offset)
  }

  /**
   * Takes so many places (whole, default 1) of a source's window if they are free, else none; true when they were. `nowMs` is of the
   * same clock in every lane (`machineMs`); when that jumps back, the window begins anew. What is no numeric address is
   * not limited.
   */
  take(host: string, nowMs: number, cost = 1): boolean {
    const part = Math.floor(nowMs * this.#partsPerMs)
    const place = this.locate(host, part, Math.floor(part / unitParts) | 0)
    if (place < 0) return true
    if (cost > this.#limit) return false
    // Most refusals are seen here, without a write.
    if (this.used(place, part) + cost > this.#limit) return false
    const word = this.#count(place, part, cost)
    if (this.used(place, part) <= this.#limit) return true
    this.#takeBack(word, part, cost)
    return false
  }

  protected override used(place: number, part: number): number {
    const from = place * (this.#parts + 1)
    let sum = 0
    for (let word = from; word <= from + this.#parts; word++) {
      const value = Atomics.load(this.states, word)
      if (this.#isWithin(value, part)) sum += value & countMask
    }
    return sum
  }

  protected override tidy(place: number, part: number): void {
    const from = place * (this.#parts + 1)
    for (let word = from; word <= from + this.#parts; word++) {
      const value = Atomics.load(this.states, word)
      if (value !== 0 && !this.#isWithin(value, part)) Atomics.compareExchange(this.states, word, value, 0)
    }
  }

  protected override clear(place: number): void {
    const from = place * (this.#parts + 1)
    for (let word = from; word <= from + this.#parts; word++) Atomics.store(this.states, word, 0)
  }

  #isWithin(value: number, part: number): boolean {
    const age = (part - (value >>> countBits)) & partMask
    return age <= this.#parts || age > partMask - skewParts
  }

  /** Adds to the word of the part, which may still be of one that has left the window; gives where that stands. */
  #count(place: number, part: number, cost: number): number {
    const cells = this.#parts + 1
    const word = place * cells + (((part % cells) + cells) % cells)
    for (;;) {
      const before = Atomics.load(this.states, word)
      const isNow = before >>> countBits === (part & partMask)
      const after = isNow ? before + cost : ((part & partMask) << countBits) | cost
      if (Atomics.compareExchange(this.states, word, before, after) === before) return word
    }
  }

  #takeBack(word: number, part: number, cost: number): void {
    for (;;) {
      const before = Atomics.load(this.states, word)
      if (before >>> countBits !== (part & partMask) || (before & countMask) < cost) return
      if (Atomics.compareExchange(this.states, word, before, before - cost) === before) return
    }
  }
}

function splitOptions(options: SlidingWindowTableOptions): [RateTableOptions, number[]] {
  const { limit, windowMs, parts, ...table } = options
  const window = checkWindow({ limit, windowMs, parts }, 10, mostParts)
  return [table, [window.limit, window.windowMs, window.parts]]
}
