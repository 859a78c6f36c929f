/**
 * Those of this thread who wait at one end of a ring, in the order in which they came: two puts that are not awaited
 * one by one stay in order, and only one of them watches the shared wait point for all.
 */
import { fail } from '../../core/index.ts'
import { noOptions } from '../sync/options.ts'
import type { WaitPoint } from '../sync/wait-point.ts'
import { busy, nothing, partly } from './ring.ts'

/** How long a wait may last. */
export interface WaitLimits {
  /** Longest wait in milliseconds; 0 tries once. @default no limit */
  readonly timeoutMs?: number | undefined
  /** Ends the wait with ABORTED. */
  readonly signal?: AbortSignal | undefined
}

/** What a wait is given when it is given nothing. */
export const noLimits: WaitLimits = noOptions

type Outcome<Value> = Value | typeof nothing | typeof busy
type Attempt<Value> = () => Outcome<Value> | typeof partly

interface Entry {
  readonly attempt: Attempt<unknown>
  readonly settle: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Turns of the event loop for an end that another thread holds, before it is looked at each millisecond. */
const busyTurns = 100
/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1

const pauseCell = new Int32Array(new SharedArrayBuffer(4))

/** Waiters of this thread at one wait point. */
export class Line {
  readonly #point: WaitPoint
  readonly #what: string
  readonly #entries = new Set<Entry>()
  #served = new AbortController()
  #serving = false
  #closed = false

  constructor(point: WaitPoint, what: string) {
    this.#point = point
    this.#what = what
  }

  get isEmpty(): boolean {
    return this.#entries.size === 0
  }

  /** Waits behind the others until `attempt` gives something. Rejects with TIMED_OUT, ABORTED, CLOSED or what it throws. */
  wait<Value>(attempt: Attempt<Value>, { timeoutMs = Infinity, signal }: WaitLimits): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      if (signal?.aborted) return reject(fail('ABORTED', { what: this.#what }, { cause: signal.reason }))
      if (timeoutMs <= 0) return reject(fail('TIMED_OUT', { what: this.#what, timeoutMs }))
      let timer: NodeJS.Timeout | undefined
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#entries.delete(entry)
      }
      const giveUp = (error: unknown): void => {
        entry.reject(error)
        if (this.isEmpty) this.#sendHome()
      }
      const onAbort = (): void => giveUp(fail('ABORTED', { what: this.#what }, { cause: signal?.reason }))
      const entry: Entry = {
        attempt,
        settle: (value) => {
          leave()
          resolve(value as Value)
        },
        reject: (error) => {
          leave()
          reject(error as Error)
        },
      }
      if (timeoutMs < longestTimerMs)
        timer = setTimeout(() => giveUp(fail('TIMED_OUT', { what: this.#what, timeoutMs })), timeoutMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#entries.add(entry)
      if (!this.#serving) void this.#serve()
    })
  }

  /** The same for the whole thread, which is blocked; those who wait already go first. */
  waitSync<Value>(attempt: Attempt<Value>, { timeoutMs = Infinity }: WaitLimits): Value {
    const deadlineMs = performance.now() + timeoutMs
    let value = nothing as Outcome<Value>
    for (let turn = 0; ; turn++) {
      const leftMs = turn === 0 ? timeoutMs : Math.max(0, deadlineMs - performance.now())
      this.#point.untilSync(() => ((value = this.try(attempt)) === nothing ? undefined : true), {
        timeoutMs: leftMs,
        what: this.#what,
      })
      if (value !== busy) return value as Value
      if (leftMs === 0) throw fail('TIMED_OUT', { what: this.#what, timeoutMs })
      if (turn >= busyTurns) Atomics.wait(pauseCell, 0, 0, 1)
    }
  }

  /** One attempt, behind those who wait. */
  try<Value>(attempt: Attempt<Value>): Outcome<Value> {
    if (!this.isEmpty) this.#serveReady()
    if (!this.isEmpty) return nothing
    const value = attempt()
    return value === partly ? nothing : value
  }

  /** All who wait get CLOSED. */
  close(): void {
    this.#closed = true
    for (const entry of this.#entries) entry.reject(fail('CLOSED', { what: 'queue' }))
  }

  /** Lets those in line try, in order; undefined when the first of them must wait. */
  #serveReady(): true | typeof busy | undefined {
    let progress: true | undefined
    for (const entry of this.#entries) {
      try {
        const value = entry.attempt()
        if (value === busy) return busy
        if (value === nothing) return progress
        if (value === partly) return true
        entry.settle(value)
      } catch (error) {
        entry.reject(error)
      }
      progress = true
    }
    return true
  }

  async #serve(): Promise<void> {
    this.#serving = true
    try {
      let busyFor = 0
      while (!this.isEmpty && !this.#closed) {
        const outcome = await this.#untilServed()
        busyFor = outcome === busy ? busyFor + 1 : 0
        if (busyFor > 0) await pause(busyFor)
      }
    } finally {
      this.#serving = false
    }
  }

  async #untilServed(): Promise<true | typeof busy> {
    const { signal } = this.#served
    try {
      return await this.#point.until(() => this.#serveReady(), { signal, what: this.#what })
    } catch (error) {
      if (!signal.aborted && !this.#closed) for (const entry of this.#entries) entry.reject(error)
      return true
    }
  }

  /** Nobody waits any more: whoever watches for them may stop. */
  #sendHome(): void {
    if (!this.#serving) return
    this.#served.abort()
    this.#served = new AbortController()
  }
}

function pause(turn: number): Promise<void> {
  return new Promise((resolve) => {
    if (turn < busyTurns) setImmediate(resolve)
    else setTimeout(resolve, 1)
  })
}
