/**
 * A switch with two thresholds, so that a value that trembles around one does not flap:
 *
 *     value  ─────────╱╲──╱╲───────────── high
 *                    ╱  ╲╱  ╲_____
 *     ──────────────╱─────────────╲────── low
 *                     on ─────────│calmMs│ off
 */
import { checkNumber, fail } from '../../core/index.ts'
import { ForwardTime } from '../rate/forward-time.ts'

export interface Thresholds {
  /** On from this value on. */
  readonly high: number
  /** Off once it stayed below this value. @default three quarters of `high` */
  readonly low?: number | undefined
}

export class Hysteresis {
  readonly #high: number
  readonly #low: number
  readonly #calmMs: number
  readonly #time = new ForwardTime()
  #on = false
  #calmSinceMs = Infinity

  /** `name` is of the option, for OPTION_INVALID. */
  constructor(name: string, { high, low = high * 0.75 }: Thresholds, calmMs: number) {
    this.#high = checkNumber(`${name}.high`, high, Number.MIN_VALUE, Number.MAX_VALUE)
    this.#low = checkNumber(`${name}.low`, low, Number.MIN_VALUE, Number.MAX_VALUE)
    this.#calmMs = checkNumber('calmMs', calmMs, 0, 2 ** 31 - 1)
    if (low > high)
      throw fail('OPTION_INVALID', { option: `${name}.low`, rule: `at most high, ${high}`, got: `${low}` })
  }

  get isOn(): boolean {
    return this.#on
  }

  /** The value at a time; gives whether the switch is on now. */
  update(value: number, nowMs: number): boolean {
    const atMs = this.#time.at(nowMs)
    if (value >= this.#high) this.#on = true
    if (value >= this.#low) this.#calmSinceMs = Infinity
    else if (this.#calmSinceMs === Infinity) this.#calmSinceMs = atMs
    if (atMs - this.#calmSinceMs >= this.#calmMs) this.#on = false
    return this.#on
  }
}
