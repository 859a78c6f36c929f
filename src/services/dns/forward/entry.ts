/**
 * How an answer lies in the cache, and how it is read there. All numbers are in the machine's order; entries begin at multiples of 8.
 *
 *    0 size │ hash                      whole entry, in bytes │ of the key
 *    8 stored (f64)                     monotonic milliseconds
 *   16 expires (f64)
 *   24 retry (f64)                      a stale answer is served without asking until then
 *   32 type │ key │ freq                u16 │ u8: DO 1, CD 2 │ u8: times it was asked for, up to 3
 *   36 state │ bits │ rcode             u8 │ u8: AD 1, local 2 │ u16
 *   40 tail bytes │ answers             u16 each
 *   44 authorities │ additionals        u16 each
 *   48 TTLs │ name bytes                u16 each
 *   52 extended error                   u16, 0xffff for none
 *   56 offsets of TTLs (u16 each, from the message's start) │ name, folded │ tail: what stands behind the question
 */
import type { HashedName } from '../zone/name-hash.ts'

export const entryHeadBytes = 56
export const noError = 0xffff

/** Flags of the key. */
export const keyFlag = { dnssec: 1, checkingDisabled: 2 } as const
export const entryState = { pad: 0, small: 1, main: 2, dead: 3, held: 4 } as const
export const entryBit = { authentic: 1, local: 2 } as const

/** What is kept of an answer. */
export interface KeptAnswer {
  readonly rcode: number
  readonly authentic: boolean
  /** Made here, from a list: it is never fetched. */
  readonly local: boolean
  /** Records behind the question, names compressed against a message whose question stands at byte 12. */
  readonly tail: Uint8Array
  /** Where TTLs stand, from the message's start. */
  readonly ttlOffsets: readonly number[]
  /** Answers, authorities, additionals. */
  readonly counts: readonly [number, number, number]
  /** How long it may be kept, in seconds; 0 for not at all. */
  readonly ttl: number
  /** The code of an extended error (RFC 8914). */
  readonly ede: number | undefined
}

/** A key: a name, a type, and flags of keyFlag. Without knowing the seed nobody can choose names that push others out of their bucket. */
export function keyHash(name: HashedName, type: number, key: number, seed: number): number {
  const { lower, length } = name
  let hash = seed
  for (let byte = 0; byte < length; byte++) hash = Math.imul(hash ^ lower[byte]!, 0x0100_0193)
  hash = Math.imul(hash ^ Math.imul(type * 4 + key, 0x9e37_79b1), 0x85eb_ca6b)
  hash ^= hash >>> 13
  hash = Math.imul(hash, 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}

/** One piece of memory, seen as bytes and as numbers. */
export class EntryMemory {
  readonly bytes: Uint8Array
  readonly halves: Uint16Array
  readonly words: Int32Array
  readonly times: Float64Array

  constructor(size: number) {
    const buffer = new ArrayBuffer(size)
    this.bytes = new Uint8Array(buffer)
    this.halves = new Uint16Array(buffer)
    this.words = new Int32Array(buffer)
    this.times = new Float64Array(buffer)
  }

  storedAt(at: number): number {
    return this.times[(at >>> 3) + 1]!
  }

  expiresAt(at: number): number {
    return this.times[(at >>> 3) + 2]!
  }

  retryAt(at: number): number {
    return this.times[(at >>> 3) + 3]!
  }

  setRetry(at: number, ms: number): void {
    this.times[(at >>> 3) + 3] = ms
  }

  isOf(at: number, hash: number, name: HashedName, type: number, key: number): boolean {
    const { bytes, halves, words } = this
    if (words[(at >>> 2) + 1] !== hash || halves[(at >>> 1) + 16] !== type || bytes[at + 34] !== key) return false
    const length = name.length
    if (halves[(at >>> 1) + 25] !== length) return false
    const start = this.nameAt(at)
    const { lower } = name
    for (let byte = 0; byte < length; byte++) if (bytes[start + byte] !== lower[byte]) return false
    return true
  }

  nameAt(at: number): number {
    return at + entryHeadBytes + this.halves[(at >>> 1) + 24]! * 2
  }

  tailAt(at: number): number {
    return this.nameAt(at) + this.halves[(at >>> 1) + 25]!
  }

  write(
    at: number,
    hash: number,
    name: HashedName,
    type: number,
    key: number,
    nowMs: number,
    answer: KeptAnswer,
  ): void {
    const { bytes, halves, words, times } = this
    const { tail, counts, ttlOffsets } = answer
    words[at >>> 2] = sizeOf(name.length, answer)
    words[(at >>> 2) + 1] = hash
    times[(at >>> 3) + 1] = nowMs
    times[(at >>> 3) + 2] = nowMs + answer.ttl * 1000
    times[(at >>> 3) + 3] = 0
    const half = at >>> 1
    halves[half + 16] = type
    bytes[at + 34] = key
    bytes[at + 35] = 0
    bytes[at + 36] = entryState.held
    bytes[at + 37] = (answer.authentic ? entryBit.authentic : 0) | (answer.local ? entryBit.local : 0)
    halves[half + 19] = answer.rcode
    halves[half + 20] = tail.length
    halves[half + 21] = counts[0]
    halves[half + 22] = counts[1]
    halves[half + 23] = counts[2]
    halves[half + 24] = ttlOffsets.length
    halves[half + 25] = name.length
    halves[half + 26] = answer.ede ?? noError
    for (let index = 0; index < ttlOffsets.length; index++) halves[half + 28 + index] = ttlOffsets[index]!
    bytes.set(name.lower.subarray(0, name.length), this.nameAt(at))
    bytes.set(tail, this.tailAt(at))
  }
}

/** Bytes that an answer takes in the cache. */
export function sizeOf(nameBytes: number, { tail, ttlOffsets }: KeptAnswer): number {
  return (entryHeadBytes + ttlOffsets.length * 2 + nameBytes + tail.length + 7) & ~7
}
