/** A clock whose hands a test turns: timers fire in order when `advance` passes them, and never by themselves. */
import type { Clock, Timer } from '../core/index.ts'

interface Pending {
  dueMs: number
  order: number
  readonly action: () => void
  readonly periodMs: number | undefined
}

/**
 * Starts at 0 monotonic milliseconds and at `wallMs` (2026-01-01 UTC unless given).
 *
 * @example
 * const clock = new VirtualClock()
 * const server = await serve(echo, { listen: 'tcp://127.0.0.1:0', clock, limits: { idleMs: 60_000 } })
 * await clock.advance(61_000) // every silent connection is closed now
 */
export class VirtualClock implements Clock {
  #nowMs = 0
  #order = 0
  #wallOffsetMs: number
  readonly #pending = new Set<Pending>()

  constructor(options: { wallMs?: number } = {}) {
    this.#wallOffsetMs = options.wallMs ?? Date.UTC(2026, 0, 1)
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  wallMs(): number {
    return this.#nowMs + this.#wallOffsetMs
  }

  /** Sets the wall clock as an operator would: it jumps, the monotonic clock does not. */
  setWall(wallMs: number): void {
    this.#wallOffsetMs = wallMs - this.#nowMs
  }

  after(delayMs: number, action: () => void): Timer {
    return this.#schedule(Math.max(0, delayMs), action, undefined)
  }

  every(periodMs: number, action: () => void): Timer {
    return this.#schedule(periodMs, action, Math.max(1, periodMs))
  }

  /** Timers that wait. */
  get pending(): number {
    return this.#pending.size
  }

  /** Moves on by `ms`, firing timers in the order they fall due; promises settle between them. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settle()
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      this.#nowMs = Math.max(this.#nowMs, next.dueMs)
      if (next.periodMs === undefined) this.#pending.delete(next)
      else {
        next.dueMs += next.periodMs
        next.order = this.#order++
      }
      next.action()
      await settle()
    }
    this.#nowMs = untilMs
  }

  #schedule(delayMs: number, action: () => void, periodMs: number | undefined): Timer {
    const entry: Pending = { dueMs: this.#nowMs + delayMs, order: this.#order++, action, periodMs }
    this.#pending.add(entry)
    return { cancel: () => void this.#pending.delete(entry) }
  }

  #next(untilMs: number): Pending | undefined {
    let earliest: Pending | undefined
    for (const each of this.#pending) {
      if (each.dueMs > untilMs) continue
      const isEarlier =
        earliest === undefined ||
        each.dueMs < earliest.dueMs ||
        (each.dueMs === earliest.dueMs && each.order < earliest.order)
      if (isEarlier) earliest = each
    }
    return earliest
  }
}

/** Lets promises, and what they start, run: some rounds of the microtask queue and one of the event loop. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
