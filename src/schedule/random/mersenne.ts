/**
 * The random numbers of Python's `random.Random(seed)`, seed for seed: course programs are written in Python, and their
 * homework comes out the same here.
 *
 * MT19937 (Matsumoto, Nishimura: Mersenne Twister, 1998), seeded by init_by_array with the 32-bit words of the seed,
 * and fractions of 53 bits from two words, as CPython does it.
 */
import { checkInteger } from '../../core/index.ts'
import { checkNumber, invalid } from '../checks.ts'

const words = 624
const shift = 397

/** A generator; the same seed gives the same numbers for ever, and they are those of Python 3. */
export interface Mersenne {
  /** In [0, 1), with 53 bits. */
  random(): number
  /** So many random bits, 1 to 53: Python's `getrandbits`. */
  bits(count: number): number
  /** In [start, stop), or [0, start) without a stop: Python's `randrange`. */
  randrange(start: number, stop?: number): number
  /** In [least, most], both included. */
  randint(least: number, most: number): number
  /** One of the items. */
  choice<Item>(items: readonly Item[]): Item
  /** In [least, most]. */
  uniform(least: number, most: number): number
  /** Exponentially distributed with that rate; the mean is 1 / rate. */
  expovariate(rate: number): number
}

/**
 * The generator of Python's `random.Random(seed)`. Throws OPTION_INVALID for a seed that is no safe integer, and its
 * functions for empty ranges.
 *
 * @example
 * mersenne(1).random() // 0.13436424411240122
 */
export function mersenne(seed: number): Mersenne {
  checkInteger('seed', seed, -Number.MAX_SAFE_INTEGER, Number.MAX_SAFE_INTEGER)
  const next = twister(Math.abs(seed))
  const random = (): number => ((next() >>> 5) * 67_108_864 + (next() >>> 6)) / 9_007_199_254_740_992
  const bits = (count: number): number => {
    checkInteger('bits', count, 1, 53)
    const low = next()
    return count <= 32 ? low >>> (32 - count) : low + (next() >>> (64 - count)) * 4_294_967_296
  }
  /** Draws again what is too large, as Python does since 3.2. */
  const below = (limit: number): number => {
    const count = Math.floor(Math.log2(limit)) + 1
    let drawn = bits(count)
    while (drawn >= limit) drawn = bits(count)
    return drawn
  }
  const randrange = (start: number, stop?: number): number => {
    const [least, end] = stop === undefined ? [0, start] : [start, stop]
    if (!Number.isSafeInteger(least) || !Number.isSafeInteger(end) || end <= least)
      throw invalid('range', 'two integers, the second one greater', `${least}, ${end}`)
    return least + below(end - least)
  }
  return {
    random,
    bits,
    randrange,
    randint: (least, most) => randrange(least, most + 1),
    choice: (items) => items[randrange(items.length)] as (typeof items)[number],
    uniform: (least, most) => least + (most - least) * random(),
    expovariate: (rate) => -Math.log(1 - random()) / positive(rate),
  }
}

function positive(rate: number): number {
  if (checkNumber('rate', rate, 0) > 0) return rate
  throw invalid('rate', 'a finite number above 0', rate)
}

/** 32 random bits at each call. */
function twister(seed: number): () => number {
  const state = seededState(seed)
  let index = words
  return () => {
    if (index === words) {
      twist(state)
      index = 0
    }
    let word = state[index++] as number
    word ^= word >>> 11
    word ^= (word << 7) & 0x9d2c5680
    word ^= (word << 15) & 0xefc60000
    return (word ^ (word >>> 18)) >>> 0
  }
}

function twist(state: Uint32Array): void {
  for (let at = 0; at < words; at++) {
    const mixed = ((state[at] as number) & 0x80000000) | ((state[(at + 1) % words] as number) & 0x7fffffff)
    const odd = (mixed & 1) === 0 ? 0 : 0x9908b0df
    state[at] = (state[(at + shift) % words] as number) ^ (mixed >>> 1) ^ odd
  }
}

/** init_by_array, whose key is the seed in words, the lowest first. */
function seededState(seed: number): Uint32Array {
  const key = [seed >>> 0]
  if (seed > 0xffffffff) key.push(Math.floor(seed / 4_294_967_296))
  const state = plainState(19_650_218)
  let at = 1
  let which = 0
  for (let step = 0; step < words; step++) {
    const word = mixed(state, at, 1_664_525)
    state[at] = word + (key[which] as number) + which
    at = advance(state, at)
    which = (which + 1) % key.length
  }
  for (let step = 1; step < words; step++) {
    state[at] = mixed(state, at, 1_566_083_941) - at
    at = advance(state, at)
  }
  state[0] = 0x80000000
  return state
}

function plainState(seed: number): Uint32Array {
  const state = new Uint32Array(words)
  state[0] = seed
  for (let at = 1; at < words; at++) {
    const before = state[at - 1] as number
    state[at] = Math.imul(1_812_433_253, before ^ (before >>> 30)) + at
  }
  return state
}

function mixed(state: Uint32Array, at: number, factor: number): number {
  const before = state[at - 1] as number
  return ((state[at] as number) ^ Math.imul(before ^ (before >>> 30), factor)) >>> 0
}

function advance(state: Uint32Array, at: number): number {
  if (at + 1 < words) return at + 1
  state[0] = state[words - 1] as number
  return 1
}
