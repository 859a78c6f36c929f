/**
 * What interleaved mode needs to remember (RFC 9769 section 2): for the receive timestamp of each answer the time at which that
 * answer left, which is only known afterwards. A fixed table of sets of four; the oldest of a set makes room.
 *
 *   request  origin = receive timestamp of our last answer ─▶ find ─▶ transmit timestamp of that answer
 *   answer   receive timestamp                             ─▶ save ─▶ (sent) ─▶ its transmit timestamp
 */
import { checkInteger } from '../../../core/index.ts'

const ways = 4
const entryWords = 4
/** Answers that leave together at most. */
const pendingLimit = 64

export class Exchanges {
  /** Upper and lower half of what `find` has found. */
  seconds = 0
  fraction = 0
  /** Receive seconds, receive fraction, transmit seconds, transmit fraction; a transmit time of zero is not known. */
  readonly #words: Uint32Array
  readonly #next: Uint8Array
  readonly #mask: number
  readonly #pending = new Int32Array(pendingLimit)
  #pendingCount = 0

  /** `entries`: exchanges that it remembers, rounded up to a power of two; 4 to 2^20. Throws OPTION_INVALID. */
  constructor(entries: number) {
    const sets = 2 ** Math.ceil(Math.log2(checkInteger('interleaved', entries, ways, 2 ** 20) / ways))
    this.#words = new Uint32Array(sets * ways * entryWords)
    this.#next = new Uint8Array(sets)
    this.#mask = sets - 1
  }

  /** True when an answer with this receive timestamp is known; its transmit timestamp then stands in `seconds` and `fraction`. */
  find(seconds: number, fraction: number): boolean {
    const at = this.#entryOf(seconds, fraction)
    if (at < 0) return false
    this.seconds = this.#words[at + 2] as number
    this.fraction = this.#words[at + 3] as number
    return this.seconds !== 0 || this.fraction !== 0
  }

  /** Remembers an answer that is about to leave. */
  save(seconds: number, fraction: number): void {
    const known = this.#entryOf(seconds, fraction)
    if (known >= 0) {
      // Two requests of the same instant: nobody could tell whose the answer was.
      this.#forget(known)
      return
    }
    if (this.#pendingCount === pendingLimit) return
    const set = this.#setOf(seconds, fraction)
    const way = this.#next[set] as number
    this.#next[set] = (way + 1) % ways
    const at = (set * ways + way) * entryWords
    this.#words[at] = seconds
    this.#words[at + 1] = fraction
    this.#words[at + 2] = this.#words[at + 3] = 0
    this.#pending[this.#pendingCount++] = at
  }

  get isPending(): boolean {
    return this.#pendingCount > 0
  }

  /** All that was saved since the last call has left, at this time. */
  sent(seconds: number, fraction: number): void {
    for (let index = 0; index < this.#pendingCount; index++) {
      const at = this.#pending[index] as number
      this.#words[at + 2] = seconds
      this.#words[at + 3] = fraction
    }
    this.#pendingCount = 0
  }

  /** After a jump of the clock the times in it would be wrong. */
  clear(): void {
    this.#words.fill(0)
    this.#pendingCount = 0
  }

  #forget(at: number): void {
    this.#words.fill(0, at, at + entryWords)
    for (let index = 0; index < this.#pendingCount; index++) {
      if (this.#pending[index] === at) this.#pending[index] = this.#pending[--this.#pendingCount] as number
    }
  }

  #entryOf(seconds: number, fraction: number): number {
    const first = this.#setOf(seconds, fraction) * ways * entryWords
    for (let at = first; at < first + ways * entryWords; at += entryWords) {
      if (this.#words[at + 1] === fraction && this.#words[at] === seconds) return at
    }
    return -1
  }

  #setOf(seconds: number, fraction: number): number {
    const mixed = Math.imul(fraction ^ Math.imul(seconds, 0x85ebca6b), 0x9e3779b1)
    return (mixed ^ (mixed >>> 15)) & this.#mask
  }
}
