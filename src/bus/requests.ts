/** Requests of one end that wait for their answer: each ends once, by an answer, its time, its signal or the connection's end. */
import { fail } from '../core/index.ts'

interface Waiting {
  readonly subject: string
  readonly resolve: (payload: Uint8Array) => void
  readonly reject: (error: Error) => void
  readonly timer: NodeJS.Timeout
  readonly signal: AbortSignal | undefined
  readonly onAbort: () => void
}

export class Requests {
  readonly #limit: number
  readonly #cancel: (id: number) => void
  readonly #waiting = new Map<number, Waiting>()
  #lastId = 0

  /** `cancel` is called for each request that nobody waits for any more, and that may be under way. */
  constructor(limit: number, cancel: (id: number) => void) {
    this.#limit = limit
    this.#cancel = cancel
  }

  get size(): number {
    return this.#waiting.size
  }

  has(id: number): boolean {
    return this.#waiting.has(id)
  }

  /** Sends a request under a number of its own. Throws ABORTED, QUEUE_FULL, TIMED_OUT, and what `settle` and `failAll` give. */
  add(
    subject: string,
    timeoutMs: number,
    signal: AbortSignal | undefined,
    send: (id: number) => boolean,
  ): Promise<Uint8Array> {
    const what = `Request of ${subject}`
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) throw fail('ABORTED', { what }, { cause: signal.reason })
      if (this.#waiting.size >= this.#limit)
        throw fail('QUEUE_FULL', { queue: 'requests of the bus', limit: this.#limit })
      const id = this.#nextId()
      const giveUp = (error: Error): void => {
        if (this.#take(id) === undefined) return
        this.#cancel(id)
        reject(error)
      }
      const timer = setTimeout(() => giveUp(fail('TIMED_OUT', { what, timeoutMs })), timeoutMs)
      const onAbort = (): void => giveUp(fail('ABORTED', { what }, { cause: signal?.reason }))
      signal?.addEventListener('abort', onAbort, { once: true })
      this.#waiting.set(id, { subject, resolve, reject, timer, signal, onAbort })
      if (send(id)) return
      this.#take(id)
      throw fail('QUEUE_FULL', { queue: 'what is to be sent to the hub', limit: this.#waiting.size })
    })
  }

  settle(id: number, result: (subject: string) => Uint8Array | Error): void {
    const waiting = this.#take(id)
    if (waiting === undefined) return
    const outcome = result(waiting.subject)
    if (outcome instanceof Error) waiting.reject(outcome)
    else waiting.resolve(outcome)
  }

  failAll(error: () => Error): void {
    for (const id of this.#waiting.keys()) this.#take(id)?.reject(error())
  }

  #take(id: number): Waiting | undefined {
    const waiting = this.#waiting.get(id)
    if (waiting === undefined) return undefined
    this.#waiting.delete(id)
    clearTimeout(waiting.timer)
    waiting.signal?.removeEventListener('abort', waiting.onAbort)
    return waiting
  }

  #nextId(): number {
    do this.#lastId = (this.#lastId + 1) >>> 0
    while (this.#waiting.has(this.#lastId))
    return this.#lastId
  }
}
