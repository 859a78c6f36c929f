/**
 * Sources as numbers: the prefix of an address under HalfSipHash-2-4 (Aumasson and Bernstein, the 32-bit form of SipHash)
 * with a secret key. Who does not know the key cannot choose addresses that meet in one place of a table, and that two
 * sources have the same 64 bits is left to chance: one in 2^64 a pair.
 */
import { readPrefix, type PrefixBits } from '../rate/prefix.ts'

/** Lower first words are marks of tables. */
export const markLimit = 4_096

/** HalfSipHash-2-4 of the first `count` words, with 64 bits of result. */
export function halfSipHash(key: Int32Array, words: ArrayLike<number>, count: number, result: Int32Array): void {
  let v0 = key[0] as number
  let v1 = (key[1] as number) ^ 0xee
  let v2 = 0x6c796765 ^ (key[0] as number)
  let v3 = 0x74656462 ^ (key[1] as number)
  const rounds = (number: number): void => {
    for (let round = 0; round < number; round++) {
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
  }
  for (let index = 0; index <= count; index++) {
    // The last word has the length in bytes, modulo 256, in its highest byte.
    const word = index < count ? (words[index] as number) : count << 26
    v3 ^= word
    rounds(2)
    v0 ^= word
  }
  v2 ^= 0xee
  rounds(4)
  result[0] = v1 ^ v3
  v1 ^= 0xdd
  rounds(4)
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
    const [first = 0, second = 0] = this.#result
    this.first = first >>> 0 < markLimit ? first ^ 0x40000000 : first
    this.second = second
    return true
  }
}
