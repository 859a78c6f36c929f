/** A simulated machine: a quartz whose frequency is off and walks, a wall clock that somebody sets, and sleep. */
import type { Ticks } from '../clock/ticks.ts'
import type { Random } from './random.ts'

export interface OscillatorOptions {
  readonly random: Random
  /** True time at the start, nanoseconds since 1970 UTC. */
  readonly startNs: bigint
  /** What the wall clock is ahead of the true time at the start, seconds. */
  readonly offset: number
  /** What the counter gains, seconds a second. */
  readonly frequency: number
  /** Standard deviation of what the frequency walks each second, seconds a second. */
  readonly wander: number
}

/** Time passes by `advance`; everything else is what a program on such a machine can read. */
export class Oscillator implements Ticks {
  readonly #random: Random
  readonly #wander: number
  #trueNs: bigint
  #counterNs = 1_000_000_000_000
  #wallLessCounterNs: number
  #asleepNs = 0
  #frequency: number
  /** Seconds until the frequency takes its next step. */
  #untilStep = 1
  /** What was rounded away of the true time, nanoseconds. */
  readonly #startNs: bigint

  constructor({ random, startNs, offset, frequency, wander }: OscillatorOptions) {
    this.#random = random
    this.#startNs = startNs
    this.#trueNs = startNs
    this.#wander = wander
    this.#frequency = frequency
    this.#wallLessCounterNs = offset * 1e9 - this.#counterNs
  }

  /** True time, nanoseconds since 1970 UTC. */
  get trueNs(): bigint {
    return this.#trueNs
  }

  /** What the counter gains at present, seconds a second. */
  get frequency(): number {
    return this.#frequency
  }

  /** Lets so many nanoseconds of true time pass. */
  advance(byNs: number): void {
    this.#trueNs += BigInt(Math.round(byNs))
    let left = Math.round(byNs) / 1e9
    while (left > 0) {
      const stretch = Math.min(left, this.#untilStep)
      this.#counterNs += stretch * (1 + this.#frequency) * 1e9
      left -= stretch
      this.#untilStep -= stretch
      if (this.#untilStep <= 1e-12) {
        this.#frequency += this.#wander * this.#random.normal()
        this.#untilStep = 1
      }
    }
  }

  /** Sets the wall clock ahead by so many seconds, or back. */
  setWall(bySeconds: number): void {
    this.#wallLessCounterNs += bySeconds * 1e9
  }

  /** The machine is suspended: true time and wall clock go on, the counter does not. */
  sleep(seconds: number): void {
    this.#trueNs += BigInt(Math.round(seconds * 1e9))
    this.#asleepNs += seconds * 1e9
    this.#wallLessCounterNs += seconds * 1e9
  }

  ns(): bigint {
    return BigInt(Math.floor(this.#counterNs))
  }

  wallNs(): bigint {
    const sinceStartNs = this.#counterNs + this.#wallLessCounterNs
    return this.#startNs + BigInt(Math.floor(sinceStartNs / 1e6)) * 1_000_000n
  }

  upNs(): bigint {
    return BigInt(Math.round((this.#counterNs + this.#asleepNs) / 1e7)) * 10_000_000n
  }
}
