/**
 * How long the next CPU burst of a job will be, from those before: the exponential average (Silberschatz, Galvin, Gagne:
 * Operating System Concepts, Shortest-Job-First Scheduling), kept for each key.
 *
 *   tau' = alpha * t + (1 - alpha) * tau       t: what the last burst took, tau: what was expected
 */
import { checkChoice, checkInteger } from '../core/index.ts'
import { checkLength, invalid } from './checks.ts'

export interface ExpectationOptions {
  /** Weight of the newest burst, 0 (never learns) to 1 (only the last one counts). @default 0.5 */
  readonly alpha?: number
  /** What is expected of a key before its first burst; the textbook's tau0. @default the first burst becomes the value */
  readonly initial?: number
  /** Keys that are remembered; beyond it the one that has been known for longest is forgotten. @default 10000 */
  readonly keys?: number
  /** Expected lengths are rounded up to whole units, as by programs that count in ticks. @default 'none' */
  readonly round?: 'none' | 'up'
}

/**
 * Learns how long jobs of each key take. Throws OPTION_INVALID for an option or a burst that makes no sense.
 *
 * @example
 * const expectation = new Expectation({ alpha: 0.5 })
 * expectation.learn('resize', 12)
 * expectation.learn('resize', 8)
 * expectation.of('resize') // 10
 */
export class Expectation {
  readonly #alpha: number
  readonly #initial: number | undefined
  readonly #limit: number
  readonly #roundsUp: boolean
  readonly #values = new Map<string, number>()
  #average: number | undefined

  constructor(options: ExpectationOptions = {}) {
    const { alpha = 0.5, initial, keys = 10_000, round = 'none' } = options
    if (typeof alpha !== 'number' || !(alpha >= 0 && alpha <= 1)) throw invalid('alpha', 'a number from 0 to 1', alpha)
    if (initial !== undefined) checkLength('initial', initial)
    checkInteger('keys', keys, 1, 1_000_000_000)
    this.#alpha = alpha
    this.#initial = initial
    this.#limit = keys
    this.#roundsUp = checkChoice('round', round, ['none', 'up']) === 'up'
  }

  /** The average over all keys; undefined before the first burst, unless there is an initial value. */
  get average(): number | undefined {
    return this.#average ?? this.#initial
  }

  /** What is expected of a key; undefined for one never seen, unless there is an initial value. */
  of(key: string): number | undefined {
    return this.#values.get(key) ?? this.#initial
  }

  /** A burst of this key took `length`. */
  learn(key: string, length: number): void {
    checkLength('burst', length)
    const known = this.#values.get(key)
    if (known === undefined && this.#values.size >= this.#limit) this.#forgetOldest()
    this.#values.set(key, this.#next(known ?? this.#initial, length))
    this.#average = this.#next(this.average, length)
  }

  #next(expected: number | undefined, length: number): number {
    const next = expected === undefined ? length : this.#alpha * length + (1 - this.#alpha) * expected
    return this.#roundsUp ? Math.ceil(next) : next
  }

  #forgetOldest(): void {
    for (const key of this.#values.keys()) {
      this.#values.delete(key)
      return
    }
  }
}
