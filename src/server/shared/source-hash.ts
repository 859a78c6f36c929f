/**
 * Sources as numbers: the prefix of an address under HalfSipHash-2-4 (Aumasson and Bernstein, the 32-bit form of SipHash)
 * with a secret key. Who does not know the key cannot choose addresses that meet in one place of a table, and that two
 * sources have the same 64 bits is left to chance: one in 2^64 a pair.
 */
import { readPrefix, type PrefixBits } from '../rate/prefix.ts'

/** Lower first words are marks of tables. */
export const markLimit = 4_096

/** HalfSipHash-2-4 of the first `count` words, with 64 bits of result. One loop without calls: this runs for every message. */
export function halfSipHash(key: Int32Array, words: ArrayLike<number>, count: number, result: Int32Array): void {
  let v0 = key[0] as number
  let v1 = (key[1] as number) ^ 0xee
  let v2 = 0x6c796765 ^ (key[0] as number)
  let v3 = 0x74656462 ^ (key[1] as number)
  // The words, one with the length in bytes in its highest byte, and two that finish.
  for (let step = 0; step <= count + 2; step++) {
    const isWord = step <= count
    const word = step < count ? (words[step] as number) : isWord ? count << 26 : 0
    if (step === count + 1) v2 ^= 0xee
    if (step === count + 2) v1 ^= 0xdd
    v3 ^= word
    for (let round = isWord ? 2 : 4; round > 0; round--) {
      v0 = (v0 + v1) | 0
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0
      v0 = (v0 << 16) | (v0 >>> 16)
      v2 = (v2 + v3) | 0
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2
      v0 = (v0 + v3) | 0
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0
      v2 = (v2 + v1) | 0
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2
      v2 = (v2 << 16) | (v2 >>> 16)
    }
    v0 ^= word
    if (step === count + 1) result[0] = v1 ^ v3
  }
  result[1] = v1 ^ v3
}

/** Where the result of the last `read` stands. */
export class SourceHash {
  first = 0
  second = 0
  readonly #key: Int32Array
  readonly #bits: PrefixBits
  readonly #words = new Uint32Array(5)
  readonly #address = this.#words.subarray(1)
  readonly #result = new Int32Array(2)

  constructor(key: Int32Array, bits: PrefixBits) {
    this.#key = key
    this.#bits = bits
  }

  /** Reads a numeric address; false for what is none. */
  read(host: string): boolean {
    const family = readPrefix(host, this.#bits, this.#address)
    if (family === 0) return false
    this.#words[0] = family
    halfSipHash(this.#key, this.#words, family === 4 ? 2 : 5, this.#result)
    const first = this.#result[0] as number
    this.first = first >>> 0 < markLimit ? first ^ 0x40000000 : first
    this.second = this.#result[1] as number
    return true
  }
}
