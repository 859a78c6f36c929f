/**
 * Random numbers that a seed repeats: xoshiro128** (Blackman, Vigna: Scrambled Linear Pseudorandom Number Generators,
 * ACM Transactions on Mathematical Software 47, 2021), 2^128 - 1 steps long, with a stream for each name.
 *
 * Streams with names are what makes runs comparable: arrivals drawn from the stream `arrivals` stay the same when a policy
 * draws more or fewer numbers from a stream of its own (common random numbers).
 */
import { checkInteger } from '../../core/index.ts'

/** The next number: at least 0, less than 1, a multiple of 2^-53. */
export type Uniform = () => number

/**
 * The stream of this seed and name. Equal seed and name give the same numbers, everything else starts at an unrelated
 * place of the period. Throws OPTION_INVALID for a seed that is no integer from 0 to 2^53 - 1.
 *
 * @example
 * const next = randomStream(1, 'arrivals')
 * next() // the same number on every machine
 */
export function randomStream(seed: number, name = ''): Uniform {
  checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER)
  return uniformOf(xoshiro128(stateOf(seed, name)))
}

/** An integer from 0 to `below` - 1, each equally likely to within 2^-53 x `below`. */
export function integerBelow(next: Uniform, below: number): number {
  return Math.floor(next() * below)
}

/** The generator itself: 32 bits a step, as an unsigned integer. The state must not be all zero. */
export function xoshiro128(state: readonly [number, number, number, number]): () => number {
  let [a, b, c, d] = state
  return () => {
    const result = Math.imul(rotate(Math.imul(b, 5), 7), 9)
    const shifted = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= shifted
    d = rotate(d, 11)
    return result >>> 0
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}

/** 53 bits need two steps of 32. */
function uniformOf(word: () => number): Uniform {
  return () => ((word() >>> 5) * 0x400_0000 + (word() >>> 6)) / 0x20_0000_0000_0000
}

/** Four words that depend on every bit of the seed and every character of the name; no two seeds give the same ones. */
function stateOf(seed: number, name: string): [number, number, number, number] {
  let low = mix(seed >>> 0)
  let high = mix(Math.floor(seed / 2 ** 32) ^ weyl)
  for (let index = 0; index < name.length; index++) {
    low = mix(low ^ (name.charCodeAt(index) + weyl))
    high = mix(high ^ low)
  }
  // mix() is a bijection, so the first and the third word are not both 0.
  return [mix(low), mix(high), mix(low ^ weyl), mix(high ^ weyl)]
}

/** 2^32 divided by the golden ratio: bits without a pattern. */
const weyl = 0x9e37_79b9

/** The finalizer of MurmurHash3 (Appleby, public domain): each bit of the input changes each bit of the output. */
function mix(word: number): number {
  let hash = word
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}
