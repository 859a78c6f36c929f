/**
 * A set of names in one piece of memory that lanes share: a million names of usual length take some 35 MB.
 *
 *   magic │ names │ mask │ bytes of the heap │ seed │ table: place in the heap of each, plus one │ heap: rule, then the name, folded
 *
 * A name is found by the hash of its bytes; there are no strings and no objects.
 */
import { randomInt } from 'node:crypto'

import { fail } from '../../../core/index.ts'
import { lowerByte, type Name } from '../wire/name.ts'
import { type HashedName, hashLabel, placeOf } from '../zone/name-hash.ts'

/** What is said about a name: itself, or the names below it, is blocked, or allowed. */
export const nameRule = { block: 1, blockBelow: 2, allow: 4, allowBelow: 8 } as const

/** `LWNT` */
const magic = 0x544e_574c
const headWords = 5
/** Where hashes begin, so that no list can choose names that collide. One for all tables: the same names make the same bytes. */
const ownSeed = randomInt(2 ** 32)

export class NameTable {
  readonly bytes: Uint8Array
  readonly #table: Uint32Array
  readonly #heap: Uint8Array
  readonly #mask: number
  readonly #seed: number

  /** Reads a table's bytes, in place where they lie at a multiple of 4. Throws OPTION_INVALID where they are none. */
  constructor(given: Uint8Array) {
    const bytes = given.byteOffset % 4 === 0 ? given : new Uint8Array(given)
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, Math.min(headWords, bytes.length >>> 2))
    if (words[0] !== magic)
      throw fail('OPTION_INVALID', { option: 'names', rule: 'the bytes of a table of names', got: 'others' })
    this.bytes = bytes
    this.#mask = words[2]!
    this.#seed = words[4]!
    const start = headWords * 4
    this.#table = new Uint32Array(bytes.buffer, bytes.byteOffset + start, this.#mask + 1)
    this.#heap = bytes.subarray(start + (this.#mask + 1) * 4)
  }

  /** How many names there are. */
  get count(): number {
    return new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, 2)[1]!
  }

  /** Bytes of the table; what follows them is none of it. */
  get usedBytes(): number {
    const heapBytes = new Uint32Array(this.bytes.buffer, this.bytes.byteOffset, headWords)[3]!
    return headWords * 4 + this.#table.length * 4 + heapBytes
  }

  /** The rules of the name without its first `label` labels; 0 where it is not there. */
  rulesOf(name: HashedName, label: number): number {
    const heap = this.#heap
    const start = name.startFrom(label)
    const length = name.length - start
    const { lower } = name
    let slot = placeOf(hashAt(lower, start, this.#seed), this.#mask)
    for (;;) {
      const place = this.#table[slot]!
      if (place === 0) return 0
      let at = 0
      while (at < length && heap[place + at] === lower[start + at]) at++
      if (at === length) return heap[place - 1]!
      slot = (slot + 1) & this.#mask
    }
  }

  /** True where the name is blocked, itself or by one above it, and neither is allowed. */
  isBlocked(name: HashedName): boolean {
    let rules = 0
    const { count } = name
    for (let label = 0; label <= count; label++) {
      const found = this.rulesOf(name, label)
      // What counts below a name does not count for itself, and the other way round.
      rules |= label === 0 ? found & 0x5 : (found & 0xa) >>> 1
    }
    return (rules & nameRule.allow) === 0 && (rules & nameRule.block) !== 0
  }
}

/** Collects names for a table. */
export class NameTableBuilder {
  #table: Uint32Array
  #heap: Uint8Array
  #used = 0
  #count = 0

  /** @param expected names that will come; it grows beyond */
  constructor(expected = 1_000) {
    let slots = 16
    while (slots < expected * 1.5) slots *= 2
    this.#table = new Uint32Array(slots)
    this.#heap = new Uint8Array(Math.max(1_024, expected * 24))
  }

  get count(): number {
    return this.#count
  }

  /** Adds rules to a name; those it has stay. */
  add(name: Name, rules: number): void {
    if ((this.#count + 1) * 4 > this.#table.length * 3) this.#growTable()
    const slot = this.#slotOf(name, 0)
    const place = this.#table[slot]!
    if (place > 0) {
      this.#heap[place - 1] = this.#heap[place - 1]! | rules
      return
    }
    this.#need(name.length + 1)
    this.#heap[this.#used] = rules
    for (let at = 0; at < name.length; at++) this.#heap[this.#used + 1 + at] = lowerByte[name[at]!]!
    this.#table[slot] = this.#used + 1
    this.#used += name.length + 1
    this.#count++
  }

  build(): NameTable {
    const start = headWords * 4
    const tableBytes = this.#table.length * 4
    const bytes = new Uint8Array(start + tableBytes + this.#used)
    const words = new Uint32Array(bytes.buffer, 0, headWords)
    words.set([magic, this.#count, this.#table.length - 1, this.#used, ownSeed])
    new Uint32Array(bytes.buffer, start, this.#table.length).set(this.#table)
    bytes.set(this.#heap.subarray(0, this.#used), start + tableBytes)
    return new NameTable(bytes)
  }

  #slotOf(name: Uint8Array, start: number): number {
    const heap = this.#heap
    const mask = this.#table.length - 1
    let slot = placeOf(hashAt(name, start, ownSeed), mask)
    for (;;) {
      const place = this.#table[slot]!
      if (place === 0 || isSame(heap, place, name, start)) return slot
      slot = (slot + 1) & mask
    }
  }

  #growTable(): void {
    const old = this.#table
    this.#table = new Uint32Array(old.length * 2)
    for (const place of old) if (place > 0) this.#table[this.#slotOf(this.#heap, place)] = place
  }

  #need(bytes: number): void {
    if (this.#used + bytes <= this.#heap.length) return
    const larger = new Uint8Array(Math.ceil(this.#heap.length * 1.5) + bytes)
    larger.set(this.#heap)
    this.#heap = larger
  }
}

const starts = new Uint16Array(128)

/** The hash of a name, from the root up. */
function hashAt(bytes: Uint8Array, start: number, seed: number): number {
  let count = 0
  for (let at = start; bytes[at]! > 0; at += 1 + bytes[at]!) starts[count++] = at
  let hash = seed | 0
  for (let label = count - 1; label >= 0; label--) hash = hashLabel(hash, bytes, starts[label]!)
  return hash
}

function isSame(heap: Uint8Array, place: number, name: Uint8Array, start: number): boolean {
  for (let at = 0; ; at++) {
    const byte = heap[place + at]!
    if (byte !== lowerByte[name[start + at]!]) return false
    // Names of different lengths differ before the shorter one's end, or in it.
    if (byte === 0 && isEnd(heap, place, at)) return true
  }
}

/** True where the zero at `at` is the length of the root, and no byte within a label. */
function isEnd(heap: Uint8Array, place: number, at: number): boolean {
  let label = 0
  while (label < at) label += 1 + heap[place + label]!
  return label === at
}
