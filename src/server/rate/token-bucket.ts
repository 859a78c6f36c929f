/** A token bucket (RFC 2697 has one with two marks): bursts up to its size, a steady rate in the long run. */
import { checkKnownKeys, checkNumber } from '../../core/index.ts'
import { ForwardTime } from './forward-time.ts'

export interface TokenBucketOptions {
  /** Tokens that come back each second; 1/60 is one a minute. 0.001 to 1_000_000. */
  readonly ratePerSecond: number
  /** Tokens that the bucket holds, and begins with: how many may be taken at once. 1 to 1_000_000. */
  readonly burst: number
}

export const highestRate = 1_000_000
export const highestBurst = 1_000_000

/** The options as they are in force. Throws OPTION_INVALID. */
export function checkBucket(options: TokenBucketOptions): TokenBucketOptions {
  checkKnownKeys('bucket', options, ['ratePerSecond', 'burst'])
  return {
    ratePerSecond: checkNumber('ratePerSecond', options.ratePerSecond, 0.001, highestRate),
    burst: checkNumber('burst', options.burst, 1, highestBurst),
  }
}

/**
 * Limits how often something happens: at most `burst` at once, and `ratePerSecond` in the long run. In any stretch
 * of time at most `burst + ratePerSecond * seconds` tokens are given out.
 *
 * The time is an argument, in milliseconds of any clock. Of a clock that jumps back the jump counts as no time at all.
 * Throws OPTION_INVALID.
 *
 * @example
 * const bucket = new TokenBucket({ ratePerSecond: 10, burst: 20 })
 * if (!bucket.take(performance.now())) return           // too fast
 */
export class TokenBucket {
  readonly ratePerSecond: number
  readonly burst: number
  readonly #time = new ForwardTime()
  #tokens: number
  #filledMs = -Infinity

  constructor(options: TokenBucketOptions) {
    const { ratePerSecond, burst } = checkBucket(options)
    this.ratePerSecond = ratePerSecond
    this.burst = burst
    this.#tokens = burst
  }

  /** Takes so many tokens (default 1) if they are there, else none; true when they were. */
  take(nowMs: number, cost = 1): boolean {
    this.#fill(nowMs)
    if (this.#tokens < cost) return false
    this.#tokens -= cost
    return true
  }

  /** Tokens that are there, fractions included. */
  available(nowMs: number): number {
    this.#fill(nowMs)
    return this.#tokens
  }

  /** Milliseconds until so many tokens (default 1) are there; 0 when they are, Infinity when the bucket holds less. */
  waitMs(nowMs: number, cost = 1): number {
    if (cost > this.burst) return Infinity
    return (Math.max(0, cost - this.available(nowMs)) / this.ratePerSecond) * 1_000
  }

  #fill(nowMs: number): void {
    const forwardMs = this.#time.at(nowMs)
    const passedMs = forwardMs - this.#filledMs
    this.#filledMs = forwardMs
    this.#tokens = Math.min(this.burst, this.#tokens + (passedMs * this.ratePerSecond) / 1_000)
  }
}
