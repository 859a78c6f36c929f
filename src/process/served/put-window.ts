/** Puts of one handle that are on their way or wait to be: many at once, but never more than a window full, in their order. */
import { fail } from '../../core/index.ts'
import type { Limits } from './handle.ts'
import { beginWaiting, endWaiting } from './keep-alive.ts'

const windowBytes = 1_048_576
const windowPuts = 1_024
const what = 'putting into the queue'
/** setTimeout takes no more. */
const longestTimerMs = 2 ** 31 - 1

interface Waiting {
  go(): void
  drop(error: Error): void
}

export class PutWindow {
  readonly #waiting = new Set<Waiting>()
  #bytes = 0
  #puts = 0

  /** Calls `put` once there is room for so many bytes, with what is left of the time. Rejects with TIMED_OUT, ABORTED. */
  enter(bytes: number, limits: Limits, put: (limits: Limits) => Promise<number>): Promise<number> {
    if (this.#waiting.size === 0 && this.#hasRoom()) return this.#run(bytes, put(limits))
    return this.#wait(bytes, limits, put)
  }

  close(error: Error): void {
    for (const waiting of this.#waiting) waiting.drop(error)
  }

  #hasRoom(): boolean {
    return this.#puts < windowPuts && this.#bytes < windowBytes
  }

  async #run(bytes: number, put: Promise<number>): Promise<number> {
    this.#puts += 1
    this.#bytes += bytes
    try {
      return await put
    } finally {
      this.#puts -= 1
      this.#bytes -= bytes
      for (const waiting of this.#waiting) {
        if (!this.#hasRoom()) break
        waiting.go()
      }
    }
  }

  #wait(bytes: number, limits: Limits, put: (limits: Limits) => Promise<number>): Promise<number> {
    const { timeoutMs = Infinity, signal } = limits
    if (timeoutMs <= 0) return Promise.reject(fail('TIMED_OUT', { what, timeoutMs }))
    return new Promise<number>((resolve, reject) => {
      const endMs = performance.now() + timeoutMs
      let timer: NodeJS.Timeout | undefined
      const leave = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#waiting.delete(waiting)
        endWaiting()
      }
      const waiting: Waiting = {
        go: () => {
          leave()
          const leftMs = timeoutMs === Infinity ? undefined : Math.max(0, endMs - performance.now())
          resolve(this.#run(bytes, put({ timeoutMs: leftMs, signal })))
        },
        drop: (error) => {
          leave()
          reject(error)
        },
      }
      const onAbort = (): void => waiting.drop(fail('ABORTED', { what }, { cause: signal?.reason }))
      if (timeoutMs < longestTimerMs)
        timer = setTimeout(() => waiting.drop(fail('TIMED_OUT', { what, timeoutMs })), timeoutMs)
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.add(waiting)
      beginWaiting()
    })
  }
}
