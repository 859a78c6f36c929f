/**
 * A sliding window: never more than a limit within any stretch of its length. The window is counted in parts, and the
 * oldest, of which only a piece lies within, counts whole: so the limit holds always, and a place comes back up to one part late.
 *
 *      part  part  part  part  part
 *     |--3--|--0--|--5--|--1--|--2..
 *         [----- windowMs -----]now       3 + 0 + 5 + 1 + 2 are counted
 */
import { checkInteger, checkKnownKeys, checkNumber } from '../../core/index.ts'
import { ForwardTime } from './forward-time.ts'

export interface SlidingWindowOptions {
  /** So many at most within any `windowMs`. 1 to 1_000_000. */
  readonly limit: number
  /** Length of the window, in milliseconds; 1 to 86_400_000. @default 1_000 */
  readonly windowMs?: number | undefined
  /** Parts in which it is counted: a place comes back up to `windowMs / parts` late. 1 to 1_000. @default 10 */
  readonly parts?: number | undefined
}

/** The options as they are in force. Throws OPTION_INVALID. */
export function checkWindow(options: SlidingWindowOptions, parts: number, mostParts: number): WindowInForce {
  checkKnownKeys('window', options, ['limit', 'windowMs', 'parts'])
  return {
    limit: checkInteger('limit', options.limit, 1, 1_000_000),
    windowMs: checkNumber('windowMs', options.windowMs ?? 1_000, 1, 86_400_000),
    parts: checkInteger('parts', options.parts ?? parts, 1, mostParts),
  }
}

export interface WindowInForce {
  readonly limit: number
  readonly windowMs: number
  readonly parts: number
}

/**
 * Limits how often something happens: never more than `limit` within any `windowMs`, wherever that begins; what came
 * `windowMs + windowMs / parts` ago is forgotten for sure. Memory is `parts + 1` numbers, whatever the limit.
 *
 * The time is an argument, in milliseconds of any clock. Of a clock that jumps back the jump counts as no time at all.
 * Throws OPTION_INVALID.
 *
 * @example
 * const window = new SlidingWindow({ limit: 100, windowMs: 60_000 })
 * if (!window.take(performance.now())) return           // 100 in the last minute
 */
export class SlidingWindow {
  readonly limit: number
  readonly windowMs: number
  readonly parts: number
  readonly #time = new ForwardTime()
  readonly #counts: Float64Array
  /** Number of the newest part since time 0. */
  #newest = -Infinity
  #sum = 0

  constructor(options: SlidingWindowOptions) {
    const { limit, windowMs, parts } = checkWindow(options, 10, 1_000)
    this.limit = limit
    this.windowMs = windowMs
    this.parts = parts
    this.#counts = new Float64Array(parts + 1)
  }

  /** Takes so many places (default 1) if they are free, else none; true when they were. */
  take(nowMs: number, cost = 1): boolean {
    const cell = this.#moveTo(nowMs)
    if (this.#sum + cost > this.limit) return false
    this.#counts[cell] = (this.#counts[cell] as number) + cost
    this.#sum += cost
    return true
  }

  /** Places that are free. */
  available(nowMs: number): number {
    this.#moveTo(nowMs)
    return this.limit - this.#sum
  }

  /** Forgets the parts that have left the window; gives the index of the newest. */
  #moveTo(nowMs: number): number {
    const part = Math.floor((this.#time.at(nowMs) * this.parts) / this.windowMs)
    const cells = this.#counts.length
    for (let next = Math.max(this.#newest + 1, part - cells + 1); next <= part; next++) {
      const cell = indexOf(next, cells)
      this.#sum -= this.#counts[cell] as number
      this.#counts[cell] = 0
    }
    this.#newest = Math.max(this.#newest, part)
    return indexOf(this.#newest, cells)
  }
}

/** Parts before time 0 have negative numbers. */
function indexOf(part: number, cells: number): number {
  return ((part % cells) + cells) % cells
}
