/** What `lanework ntp --watch` has seen: samples of servers and the clock's own estimate, against the system's clock. */

/** A sample of one server. */
export interface SeenSample {
  /** Seconds since watching began. */
  readonly at: number
  readonly server: string
  /** Server's time less the system's clock, seconds. */
  readonly offset: number
  /** The clock learnt from it. */
  readonly taken: boolean
}

/** The clock that is kept right, once a second or so. */
export interface SeenClock {
  readonly at: number
  /** Its time less the system's clock, seconds. */
  readonly offset: number
  /** The true time lies within offset ± bound, seconds. */
  readonly bound: number
}

/** As much as the widest plot can show of a long watch. */
const keptLimit = 4_096

/** Keeps all of the beginning, then every second, every fourth of what came earlier, so that a watch of days fits. */
export class History {
  readonly #samples: SeenSample[] = []
  readonly #clock: SeenClock[] = []

  get samples(): readonly SeenSample[] {
    return this.#samples
  }

  get clock(): readonly SeenClock[] {
    return this.#clock
  }

  addSample(sample: SeenSample): void {
    this.#samples.push(sample)
    thin(this.#samples)
  }

  addClock(seen: SeenClock): void {
    this.#clock.push(seen)
    thin(this.#clock)
  }
}

/** The older half loses every second one. */
function thin(seen: unknown[]): void {
  if (seen.length <= keptLimit) return
  const half = seen.length >> 1
  const older = seen.splice(0, half).filter((_, index) => index % 2 === 0)
  seen.unshift(...older)
}
