/** Values that have arrived and wait to be received, and receivers that wait for values. */
import { fail } from '../core/index.ts'

export interface ReceiveOptions {
  /** @default no limit */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

/** A program whose last receiver got its value is kept running so long, in case it receives again. */
const idleMs = 5

/** Somebody who waits: for a value, or only to hear that there is one. */
interface Waiter<Value> {
  readonly resolve: (value: Value) => void
  readonly reject: (error: Error) => void
}

export class Inbox<Value> {
  /** Told when the first receiver begins to wait, and when none waits any more. */
  onWaiting: (waiting: boolean) => void = () => {}
  readonly #what: string
  readonly #pause: (yes: boolean) => void
  readonly #windowBytes: number
  #values: { readonly value: Value; readonly bytes: number }[] = []
  #head = 0
  #bytes = 0
  #paused = false
  #end: Error | undefined
  #waiting = false
  #look: NodeJS.Timeout | undefined
  /** Each gets one value, in their order. */
  readonly #takers = new Set<Waiter<Value>>()
  readonly #watchers = new Set<Waiter<void>>()

  /** `pause` is called with true when more than `windowBytes` wait, and with false when half of it is gone. */
  constructor(what: string, pause: (yes: boolean) => void, windowBytes: number) {
    this.#what = what
    this.#pause = pause
    this.#windowBytes = windowBytes
  }

  get isEmpty(): boolean {
    return this.#head === this.#values.length
  }

  /** Nothing more will arrive. */
  get ended(): boolean {
    return this.#end !== undefined
  }

  put(value: Value, bytes: number): void {
    for (const taker of this.#takers) {
      this.#takers.delete(taker)
      if (this.#takers.size === 0) this.#endWaiting()
      taker.resolve(value)
      return
    }
    this.#values.push({ value, bytes })
    this.#bytes += bytes
    if (this.#bytes > this.#windowBytes && !this.#paused) this.#setPaused(true)
    this.#wakeWatchers()
  }

  /** What is there can still be taken; then every taker gets the error. */
  end(error: Error): void {
    this.#end ??= error
    for (const taker of this.#takers) taker.reject(this.#end)
    this.#takers.clear()
    this.#wakeWatchers()
  }

  /** The oldest value. Rejects with TIMED_OUT, ABORTED, or the error of the end. */
  take(options?: ReceiveOptions): Promise<Value> {
    const first = this.#shift()
    if (first !== undefined) return Promise.resolve(first.value)
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return this.#join(this.#takers, options)
  }

  /** The oldest value, if there is one. Throws the error of the end. */
  takeNow(): { readonly value: Value } | undefined {
    const first = this.#shift()
    if (first === undefined && this.#end !== undefined) throw this.#end
    return first
  }

  async poll(timeoutMs: number): Promise<boolean> {
    if (!this.isEmpty || this.ended) return true
    try {
      await this.whenReadable({ timeoutMs })
      return true
    } catch {
      return false
    }
  }

  /** Resolves when something is there, or nothing more will be. */
  whenReadable(options?: ReceiveOptions): Promise<void> {
    if (!this.isEmpty || this.ended) return Promise.resolve()
    return this.#join(this.#watchers, options)
  }

  /** Waits among others until resolved, the end, or the limit. */
  #join<Item>(waiters: Set<Waiter<Item>>, options: ReceiveOptions | undefined): Promise<Item> {
    this.#beginWaiting()
    return new Promise((resolve, reject) => {
      if (options === undefined) waiters.add({ resolve, reject })
      else limited(waiters, { resolve, reject }, options, `Receiving from the ${this.#what}`, () => this.#endWaiting())
    })
  }

  #beginWaiting(): void {
    if (this.#waiting) return
    this.#waiting = true
    this.onWaiting(true)
  }

  /** Who got a value mostly waits for the next at once, so whether anybody waits is looked at a little later. */
  #endWaiting(): void {
    if (this.#look !== undefined || !this.#waiting) return
    this.#look = setTimeout(() => {
      this.#look = undefined
      if (this.#takers.size + this.#watchers.size > 0) return
      this.#waiting = false
      this.onWaiting(false)
    }, idleMs).unref()
  }

  #shift(): { readonly value: Value } | undefined {
    const first = this.#values[this.#head]
    if (first === undefined) return undefined
    this.#head += 1
    if (this.#head === this.#values.length) {
      this.#values = []
      this.#head = 0
    }
    this.#bytes -= first.bytes
    if (this.#paused && this.#bytes < this.#windowBytes / 2) this.#setPaused(false)
    return first
  }

  #wakeWatchers(): void {
    for (const watcher of this.#watchers) watcher.resolve()
    this.#watchers.clear()
    this.#endWaiting()
  }

  #setPaused(yes: boolean): void {
    this.#paused = yes
    this.#pause(yes)
  }
}

/** Adds one who waits no longer than the options say. */
function limited<Item>(
  waiters: Set<Waiter<Item>>,
  waiter: Waiter<Item>,
  { timeoutMs, signal }: ReceiveOptions,
  what: string,
  left: () => void,
): void {
  let timer: NodeJS.Timeout | undefined
  const leave = (): void => {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
    waiters.delete(entry)
    left()
  }
  const onAbort = (): void => entry.reject(fail('ABORTED', { what }, { cause: signal?.reason }))
  const entry: Waiter<Item> = {
    resolve: (value) => {
      leave()
      waiter.resolve(value)
    },
    reject: (error) => {
      leave()
      waiter.reject(error)
    },
  }
  waiters.add(entry)
  if (timeoutMs !== undefined) timer = setTimeout(() => entry.reject(fail('TIMED_OUT', { what, timeoutMs })), timeoutMs)
  signal?.addEventListener('abort', onAbort, { once: true })
  if (signal?.aborted === true) onAbort()
}
