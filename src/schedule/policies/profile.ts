/**
 * How many CPUs are free at what time to come, as running jobs end and reserved ones begin.
 *
 *   free  4 ┤            ┌──────
 *         2 ┤      ┌─────┘            at[i] .. at[i + 1]: free[i]
 *         1 ┤──────┘
 *           now    12    30
 */
export class Profile {
  readonly #at: number[]
  readonly #free: number[]

  /** `ends`: when running jobs give back how many CPUs. */
  constructor(now: number, free: number, ends: readonly { readonly end: number; readonly width: number }[]) {
    this.#at = [now]
    this.#free = [free]
    let sum = free
    for (const { end, width } of [...ends].sort((a, b) => a.end - b.end)) {
      sum += width
      if (end === this.#at.at(-1) && this.#at.length > 1) this.#free[this.#free.length - 1] = sum
      else {
        this.#at.push(end)
        this.#free.push(sum)
      }
    }
  }

  /** Whether so many CPUs are free from the beginning on, for so long. */
  fitsNow(width: number, length: number): boolean {
    return this.#blockedAt(0, width, length) === undefined
  }

  /** When so many CPUs are free for so long, at the earliest; Infinity for more than there are. */
  earliest(width: number, length: number): number {
    let step = 0
    while (step < this.#at.length) {
      const blocked = this.#blockedAt(step, width, length)
      if (blocked === undefined) return this.#at[step] as number
      step = blocked + 1
    }
    return Infinity
  }

  /** Takes so many CPUs from `start` on, for so long. */
  reserve(start: number, width: number, length: number): void {
    if (start === Infinity) return
    const first = this.#split(start)
    const last = length === Infinity ? this.#at.length : this.#split(start + length)
    for (let step = first; step < last; step++) this.#free[step] = (this.#free[step] as number) - width
  }

  /** The first step at which it would not fit, if it began with that step. */
  #blockedAt(step: number, width: number, length: number): number | undefined {
    const end = (this.#at[step] as number) + length
    for (let at = step; at < this.#at.length && (at === step || (this.#at[at] as number) < end); at++) {
      if ((this.#free[at] as number) < width) return at
    }
    return undefined
  }

  /** The step that begins then. */
  #split(time: number): number {
    let step = 0
    while (step < this.#at.length && (this.#at[step] as number) < time) step++
    if (this.#at[step] !== time) {
      this.#at.splice(step, 0, time)
      this.#free.splice(step, 0, this.#free[step - 1] as number)
    }
    return step
  }
}
