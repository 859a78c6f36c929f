/** A clock whose hands the test turns: timeouts are reached at once, in order, and nothing waits. */
import type { Clock, Timer } from '#lanework/core/index.js'

interface Alarm {
  atMs: number
  readonly periodMs: number | undefined
  readonly action: () => void
}

export class ManualClock implements Clock {
  #nowMs = 1_000
  readonly #alarms = new Set<Alarm>()

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return 1_700_000_000_000 + this.#nowMs
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#add({ atMs: this.#nowMs + delayMs, periodMs: undefined, action })
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#add({ atMs: this.#nowMs + periodMs, periodMs, action })
  }

  /** Moves on by `stepMs`, firing on the way what is due, in order. */
  advance(stepMs: number): void {
    const end = this.#nowMs + stepMs
    for (;;) {
      const next = [...this.#alarms].sort((a, b) => a.atMs - b.atMs)[0]
      if (next === undefined || next.atMs > end) break
      this.#nowMs = next.atMs
      if (next.periodMs === undefined) this.#alarms.delete(next)
      else next.atMs += next.periodMs
      next.action()
    }
    this.#nowMs = end
  }

  #add(alarm: Alarm): Timer {
    this.#alarms.add(alarm)
    return { cancel: () => this.#alarms.delete(alarm) }
  }
}
