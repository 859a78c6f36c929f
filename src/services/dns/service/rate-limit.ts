/**
 * Response rate limiting: whoever gets too many answers of a kind gets fewer, as they may be meant for somebody else, in whose name
 * they are asked for. Pure: time is an argument.
 *
 *   network, kind of answer ─▶ bucket: one token an answer, so many a second; below zero it is limited, and its debt grows up to a
 *                              window's worth, so that it stays limited until it has been quiet for as long
 *
 * The table has a fixed size, in sets of 8: a bucket that finds no place takes that of the fullest one, which had least to lose.
 */
import type { RateLimit } from './rate-limit-options.ts'

export const verdict = { pass: 0, drop: 1, slip: 2, leak: 3 } as const
export type Verdict = (typeof verdict)[keyof typeof verdict]

export const answerKind = { positive: 0, negative: 1, error: 2 } as const
export type AnswerKind = (typeof answerKind)[keyof typeof answerKind]

const ways = 8
/** Of each bucket: key, balance, time, limited answers. */
const bucketBytes = 4 + 4 + 8 + 4

export class RateLimiter {
  readonly #rates: readonly number[]
  readonly #window: number
  readonly #slip: number
  readonly #leak: number
  readonly #mask: number
  readonly #keys: Uint32Array
  readonly #balances: Float32Array
  readonly #times: Float64Array
  readonly #limited: Uint32Array

  constructor(options: RateLimit) {
    this.#rates = [options.answersPerSecond, options.negativesPerSecond, options.errorsPerSecond]
    this.#window = options.windowSeconds
    this.#slip = options.slip
    this.#leak = options.leak
    let sets = 1
    while (sets * 2 * ways * bucketBytes <= options.tableBytes) sets *= 2
    this.#mask = sets - 1
    this.#keys = new Uint32Array(sets * ways)
    this.#balances = new Float32Array(sets * ways)
    this.#times = new Float64Array(sets * ways)
    this.#limited = new Uint32Array(sets * ways)
  }

  /** Bytes of the table. */
  get tableBytes(): number {
    return this.#keys.length * bucketBytes
  }

  /** Takes a token for an answer. `network` and `subject` are hashes; `nowMs` never goes back. */
  take(network: number, kind: AnswerKind, subject: number, nowMs: number): Verdict {
    const rate = this.#rates[kind]!
    const hash = mix(mix(network, subject), kind)
    const at = this.#bucketOf(mix(hash, 0x9e37_79b9) >>> 0 || 1, (hash & this.#mask) * ways, rate, nowMs)
    const balance = this.#credited(at, rate, nowMs) - 1
    this.#balances[at] = Math.max(balance, -this.#window * rate)
    this.#times[at] = nowMs
    if (balance >= 0) return verdict.pass
    const count = (this.#limited[at] = (this.#limited[at]! + 1) >>> 0)
    if (this.#slip > 0 && count % this.#slip === 0) return verdict.slip
    return this.#leak > 0 && count % this.#leak === 0 ? verdict.leak : verdict.drop
  }

  #credited(at: number, rate: number, nowMs: number): number {
    return Math.min(rate, this.#balances[at]! + ((nowMs - this.#times[at]!) / 1_000) * rate)
  }

  #bucketOf(key: number, start: number, rate: number, nowMs: number): number {
    let fullest = start
    let most = -Infinity
    for (let at = start; at < start + ways; at++) {
      if (this.#keys[at] === key) return at
      const balance = this.#keys[at] === 0 ? Infinity : this.#credited(at, rate, nowMs)
      if (balance > most) [fullest, most] = [at, balance]
    }
    this.#keys[fullest] = key
    this.#balances[fullest] = rate
    this.#times[fullest] = nowMs
    this.#limited[fullest] = 0
    return fullest
  }
}

/** Mixes two numbers of 32 bits (the finalizer of MurmurHash3). */
export function mix(a: number, b: number): number {
  let hash = Math.imul(a ^ Math.imul(b, 0xcc9e_2d51), 0x1b87_3593) + 0x165_667b
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}
