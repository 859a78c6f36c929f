/**
 * Answers by name, type, DO and CD, in one piece of memory of fixed size: what the limit says is what is used.
 *
 *   new ─▶ small queue (a tenth) ─▶ asked for again: main queue ─▶ asked for again: once more round
 *                │ not                   ▲ came back soon        │ not
 *                └─▶ gone, hash noted ───┘                       └─▶ gone
 *
 * Both queues are rings that entries lie in one behind the other (S3-FIFO, Yang and others 2023): whoever asks for a million names
 * once turns over the small one alone. Entries are found through a table of buckets with eight places each, so that no choice of
 * names makes a search long.
 */
import { randomInt } from 'node:crypto'

import type { HashedName } from '../zone/name-hash.ts'
import { entryHeadBytes, EntryMemory, entryState, keyHash, type KeptAnswer, sizeOf } from './entry.ts'

const ways = 8
const freqAt = 35
const stateAt = 36
const freqLimit = 3
/** Entries that are sent round again to make room for one. */
const turnsLimit = 64
/** Room for the largest entry, which may not be worth keeping. */
const heldBytes = 0x1_0000 * 3
export const leastCacheBytes = 1_048_576
/** Places are offsets of 32 bits. */
export const mostCacheBytes = 4_000_000_000

/** A ring of entries, each of which begins with its size. */
class Ring {
  readonly start: number
  readonly end: number
  head: number
  tail: number
  used = 0

  constructor(start: number, bytes: number) {
    this.start = this.head = this.tail = start
    this.end = start + bytes
  }

  get bytes(): number {
    return this.end - this.start
  }

  clear(): void {
    this.head = this.tail = this.start
    this.used = 0
  }
}

export class AnswerCache {
  readonly memory: EntryMemory
  /** All that it takes, in bytes, whatever is in it. */
  readonly bytes: number
  /** Answers that are in it. */
  count = 0
  readonly #seed = randomInt(2 ** 32) | 0
  readonly #tags: Int32Array
  /** Where the entry lies, in units of 8 bytes, plus one; 0 for none. */
  readonly #places: Int32Array
  readonly #buckets: number
  /** Hashes of what left the small queue, each in the one place that it may have. */
  readonly #ghosts: Int32Array
  readonly #small: Ring
  readonly #main: Ring
  readonly #held: number

  /** @param limitBytes leastCacheBytes to mostCacheBytes */
  constructor(limitBytes: number) {
    const slots = 2 ** Math.floor(Math.log2(limitBytes / 128))
    this.#tags = new Int32Array(slots)
    this.#places = new Int32Array(slots)
    this.#ghosts = new Int32Array(slots)
    this.#buckets = slots / ways
    const room = limitBytes - slots * 12 - heldBytes
    const smallBytes = Math.floor(room / 80) * 8
    const mainBytes = (Math.floor(room / 8) - smallBytes / 8) * 8
    this.memory = new EntryMemory(smallBytes + mainBytes + heldBytes)
    this.#small = new Ring(0, smallBytes)
    this.#main = new Ring(smallBytes, mainBytes)
    this.#held = smallBytes + mainBytes
    this.bytes = this.memory.bytes.length + slots * 12
  }

  /** Where the answer lies, out of date perhaps; -1 where there is none. It counts as asked for. */
  find(name: HashedName, type: number, key: number): number {
    const hash = keyHash(name, type, key, this.#seed)
    const at = this.#search(hash, name, type, key)
    if (at < 0) return -1
    const { bytes } = this.memory
    const freq = bytes[at + freqAt]!
    if (freq < freqLimit) bytes[at + freqAt] = freq + 1
    return at
  }

  /**
   * Keeps an answer, in the place of an older one, and gives where it lies: valid until the next is put. One that is not to be kept,
   * or too long, is held until then and never found.
   */
  put(name: HashedName, type: number, key: number, nowMs: number, answer: KeptAnswer): number {
    const hash = keyHash(name, type, key, this.#seed)
    const size = sizeOf(name.length, answer)
    const old = this.#search(hash, name, type, key)
    const isLarge = size > this.#small.bytes / 2
    if (answer.ttl <= 0 || isLarge) {
      // What it says in its time counts no more.
      if (old >= 0) this.#drop(old)
      this.memory.write(this.#held, hash, name, type, key, nowMs, answer)
      return this.#held
    }
    const { bytes } = this.memory
    const wasMain = old >= 0 && bytes[old + stateAt] === entryState.main
    const freq = old >= 0 ? bytes[old + freqAt]! : 0
    if (old >= 0) this.#drop(old)
    const isMain = wasMain || this.#takeGhost(hash)
    const at = isMain ? this.#reserveMain(size) : this.#reserveSmall(size)
    this.memory.write(at, hash, name, type, key, nowMs, answer)
    bytes[at + stateAt] = isMain ? entryState.main : entryState.small
    bytes[at + freqAt] = freq
    this.#enter(hash, at)
    this.count++
    return at
  }

  clear(): void {
    this.#tags.fill(0)
    this.#places.fill(0)
    this.#ghosts.fill(0)
    this.#small.clear()
    this.#main.clear()
    this.count = 0
  }

  #search(hash: number, name: HashedName, type: number, key: number): number {
    const tags = this.#tags
    const from = (hash & (this.#buckets - 1)) * ways
    for (let slot = from; slot < from + ways; slot++) {
      if (tags[slot] !== hash) continue
      const place = this.#places[slot]!
      if (place === 0) continue
      const at = (place - 1) * 8
      if (this.memory.isOf(at, hash, name, type, key)) return at
    }
    return -1
  }

  /** Into a free place of its bucket, or that of the entry there that is worth least: one that was never asked for again. */
  #enter(hash: number, at: number): void {
    const from = (hash & (this.#buckets - 1)) * ways
    let [slot, least] = [from, Infinity]
    for (let each = from; each < from + ways; each++) {
      const worth = this.#worthOf(this.#places[each]!)
      if (worth < least) [slot, least] = [each, worth]
    }
    const victim = this.#places[slot]!
    if (victim !== 0) this.#drop((victim - 1) * 8)
    this.#tags[slot] = hash
    this.#places[slot] = at / 8 + 1
  }

  #worthOf(place: number): number {
    if (place === 0) return -1
    const { bytes } = this.memory
    const at = (place - 1) * 8
    return bytes[at + freqAt]! + (bytes[at + stateAt] === entryState.main ? 1 + freqLimit : 0)
  }

  /** Takes an entry out of the table; its room comes back when its turn in the ring does. */
  #drop(at: number): void {
    const slot = this.#slotOf(at)
    this.#places[slot] = 0
    this.memory.bytes[at + stateAt] = entryState.dead
    this.count--
  }

  #slotOf(at: number): number {
    const from = (this.memory.words[(at >>> 2) + 1]! & (this.#buckets - 1)) * ways
    let slot = from
    while (this.#places[slot] !== at / 8 + 1) slot++
    return slot
  }

  #takeGhost(hash: number): boolean {
    const slot = hash & (this.#ghosts.length - 1)
    if (this.#ghosts[slot] !== hash || hash === 0) return false
    this.#ghosts[slot] = 0
    return true
  }

  #reserveSmall(size: number): number {
    for (;;) {
      const at = this.#tryReserve(this.#small, size)
      if (at >= 0) return at
      const oldest = this.#small.tail
      if (this.#stateOf(oldest) === entryState.small) this.#leaveSmall(oldest)
      this.#free(this.#small)
    }
  }

  /** Asked for while it was in the small queue, or while there is room for all: on to the main one. Else its hash is noted. */
  #leaveSmall(at: number): void {
    const { bytes, words } = this.memory
    const hash = words[(at >>> 2) + 1]!
    const size = words[at >>> 2]!
    const to = bytes[at + freqAt]! > 0 ? this.#reserveMain(size) : this.#tryReserve(this.#main, size)
    if (to < 0) {
      this.#drop(at)
      this.#ghosts[hash & (this.#ghosts.length - 1)] = hash
      return
    }
    const slot = this.#slotOf(at)
    bytes.copyWithin(to, at, at + size)
    bytes[to + stateAt] = entryState.main
    bytes[to + freqAt] = 0
    this.#places[slot] = to / 8 + 1
  }

  #reserveMain(size: number): number {
    const main = this.#main
    const { bytes, words } = this.memory
    for (let turns = 0; ;) {
      const at = this.#tryReserve(main, size)
      if (at >= 0) return at
      const oldest = main.tail
      if (this.#stateOf(oldest) === entryState.main) {
        if (bytes[oldest + freqAt]! > 0 && turns++ < turnsLimit) {
          this.#sendRound(oldest, words[oldest >>> 2]!)
          continue
        }
        this.#drop(oldest)
      }
      this.#free(main)
    }
  }

  /** From the tail of the main ring to its head; where the ring's end is in the way it is lost. */
  #sendRound(oldest: number, size: number): void {
    const { bytes } = this.memory
    const slot = this.#slotOf(oldest)
    const scratch = this.#held
    bytes.copyWithin(scratch, oldest, oldest + size)
    this.#free(this.#main)
    const to = this.#tryReserve(this.#main, size)
    if (to < 0) {
      this.#places[slot] = 0
      this.count--
      return
    }
    bytes.copyWithin(to, scratch, scratch + size)
    bytes[to + freqAt] = bytes[to + freqAt]! - 1
    this.#places[slot] = to / 8 + 1
  }

  /** Room at the head; -1 where something must leave first. What is left before the ring's end is passed over. */
  #tryReserve(ring: Ring, size: number): number {
    const rest = ring.end - ring.head
    if (rest < size) {
      if (ring.bytes - ring.used < rest) return -1
      if (rest > 0) this.#pad(ring, rest)
      ring.head = ring.start
    }
    if (ring.bytes - ring.used < size) return -1
    const at = ring.head
    ring.head += size
    ring.used += size
    return at
  }

  #pad(ring: Ring, rest: number): void {
    this.memory.words[ring.head >>> 2] = rest
    if (rest >= entryHeadBytes) this.memory.bytes[ring.head + stateAt] = entryState.pad
    ring.used += rest
  }

  /** A pad may be too short for a state of its own. */
  #stateOf(at: number): number {
    return this.memory.words[at >>> 2]! < entryHeadBytes ? entryState.pad : this.memory.bytes[at + stateAt]!
  }

  /** Gives back the room of the oldest. */
  #free(ring: Ring): void {
    const size = this.memory.words[ring.tail >>> 2]!
    ring.tail += size
    ring.used -= size
    if (ring.tail >= ring.end) ring.tail = ring.start
  }
}
