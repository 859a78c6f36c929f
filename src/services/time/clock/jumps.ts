/**
 * Notices that the wall clock was set, or that the machine slept: the counter goes on evenly, so whatever another clock
 * gains on it at once is a jump of that clock.
 */
import type { Ticks } from './ticks.ts'

/**
 * wall: somebody set the wall clock. sleep: the machine was suspended, and the counter with it. either: the machine does not
 * tell which of both.
 */
export interface Jump {
  readonly kind: 'wall' | 'sleep' | 'either'
  /** How far the wall clock, or the time since the start, went ahead of the counter, nanoseconds. */
  readonly byNs: bigint
}

/** Beyond what reading the clocks one after the other explains, nanoseconds. */
const toleranceNs = 100_000_000n
/** A wall clock that is being slewed gains or loses at most a thousandth. */
const slewShare = 1_000n

interface Readings {
  readonly ns: bigint
  readonly wallNs: bigint
  readonly upNs: bigint | undefined
}

export class JumpWatch {
  readonly #ticks: Ticks
  #last: Readings

  constructor(ticks: Ticks) {
    this.#ticks = ticks
    this.#last = this.#read()
  }

  /** What has jumped since the last look. */
  look(): Jump | undefined {
    const before = this.#last
    const now = (this.#last = this.#read())
    const elapsed = now.ns - before.ns
    if (now.upNs !== undefined && before.upNs !== undefined) {
      const asleep = now.upNs - before.upNs - elapsed
      if (asleep > toleranceNs) return { kind: 'sleep', byNs: asleep }
    }
    const byNs = now.wallNs - before.wallNs - elapsed
    if ((byNs < 0n ? -byNs : byNs) <= toleranceNs + elapsed / slewShare) return undefined
    return { kind: now.upNs === undefined && byNs > 0n ? 'either' : 'wall', byNs }
  }

  #read(): Readings {
    return { ns: this.#ticks.ns(), wallNs: this.#ticks.wallNs(), upNs: this.#ticks.upNs() }
  }
}
