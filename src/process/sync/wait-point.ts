/**
 * How everything that processes share is waited for: a word in shared memory and an eventfd.
 *
 *    waiter                                waker
 *    word = new ticket  (armed)            changes the state (one atomic store)
 *    tries once more                       word is not 0: signals the eventfd,
 *    sleeps until a signal                 then compare-exchange(word, ticket it saw, 0)
 *
 * A signal reaches everybody: each waiting thread has its own edge-triggered watch on the eventfd, and nobody drains it.
 * So a signal cannot be used up by a waiter that it was not for, or that gave up, was stopped or was killed.
 *
 * A waker that is killed before it clears the word leaves it armed, which costs one signal too many. One that is killed
 * before it signals would leave others asleep; so each sleeper also tries again every 100 ms. Such a late attempt is
 * told so, and is where owners that died are looked for.
 */
import { fail } from '../../core/index.ts'
import { checkCall, Poll, readable, type Native } from '../../native/index.ts'
import { needAddon } from '../memory/segment.ts'

/** Every sleeper tries again after this time, signal or not. */
export const backstopMs = 100
/** Attempts before a waiter sleeps; others mostly finish within these. */
export const spins = 50

export interface WaitOptions {
  /** Longest wait; 0 tries once. @default no limit */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What is waited for, as errors name it. */
  readonly what: string
}

/** Gives undefined while there is nothing to have. `late`, each 100 ms and at the end of the time: look for the dead. */
export type Attempt<Value> = (late: boolean) => Value | undefined

/** One place where processes wait for a change. The word and the descriptor are shared, the object is not. */
export class WaitPoint {
  readonly #native: Native
  readonly #cells: Int32Array
  readonly #index: number
  readonly #descriptor: number
  /** Ends the sleep of each waiter in this thread. */
  readonly #sleepers = new Set<() => void>()
  #watch = -1
  #poll: Poll | undefined
  #closed = false

  /** Uses two words of `cells`, at `index`: who waits, and the counter of tickets. The descriptor stays the caller's. */
  constructor(cells: Int32Array, index: number, descriptor: number) {
    this.#native = needAddon('waiting between processes')
    this.#cells = cells
    this.#index = index
    this.#descriptor = descriptor
  }

  /** Waits until `attempt` gives something else than undefined. Rejects with TIMED_OUT, ABORTED or CLOSED. */
  async until<Value>(attempt: Attempt<Value>, options: WaitOptions): Promise<Value> {
    const { timeoutMs = Infinity, signal, what } = options
    const pace = new Pace(timeoutMs)
    for (let turn = 0; ; turn++) {
      this.#check(signal, what)
      if (turn >= spins) this.#arm()
      const value = attempt(pace.isLate())
      if (value !== undefined) return value
      if (pace.leftMs <= 0) throw fail('TIMED_OUT', { what, timeoutMs })
      if (turn < spins) await nextTurn()
      else await this.#sleep(Math.min(backstopMs, pace.leftMs), signal)
    }
  }

  /** The same for worker code: blocks the thread. Throws TIMED_OUT or CLOSED. */
  untilSync<Value>(attempt: Attempt<Value>, options: Omit<WaitOptions, 'signal'>): Value {
    const { timeoutMs = Infinity, what } = options
    const pace = new Pace(timeoutMs)
    for (let turn = 0; ; turn++) {
      this.#check(undefined, what)
      if (turn >= spins) this.#arm()
      const value = attempt(pace.isLate())
      if (value !== undefined) return value
      if (pace.leftMs <= 0) throw fail('TIMED_OUT', { what, timeoutMs })
      if (turn >= spins) this.#native.pollNow(this.#watch, readable, Math.ceil(Math.min(backstopMs, pace.leftMs)))
    }
  }

  /** Tells all who wait, in every process, to try again. One atomic load when nobody does. */
  wake(): void {
    const ticket = Atomics.load(this.#cells, this.#index)
    if (ticket === 0) return
    this.#native.eventSignal(this.#descriptor)
    Atomics.compareExchange(this.#cells, this.#index, ticket, 0)
  }

  /** Those who wait here, in this process, get CLOSED. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#poll?.close()
    if (this.#watch >= 0) this.#native.close(this.#watch)
    this.#wakeSleepers()
  }

  #check(signal: AbortSignal | undefined, what: string): void {
    if (this.#closed) throw fail('CLOSED', { what })
    if (signal?.aborted) throw fail('ABORTED', { what }, { cause: signal.reason })
  }

  /** Signals from here on end the next sleep. Each ticket is new, so that a waker clears only the one it saw. */
  #arm(): void {
    this.#takeSignal()
    const ticket = Atomics.add(this.#cells, this.#index + 1, 1) + 1
    Atomics.store(this.#cells, this.#index, ticket === 0 ? 1 : ticket)
  }

  /** The watch is of the whole thread: who takes a signal from it tells the others. */
  #takeSignal(): void {
    if (this.#watch < 0) this.#watch = checkCall(this.#native.eventWatch(this.#descriptor), 'epoll_create1', 'an event')
    if (this.#native.watchClear(this.#watch) === 1) this.#wakeSleepers()
  }

  #wakeSleepers(): void {
    this.#sleepers.forEach((wake) => wake())
  }

  #sleep(limitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#sleepers.delete(wake)
        if (this.#sleepers.size === 0) this.#poll?.watch(0)
        resolve()
      }
      const timer = setTimeout(wake, limitMs)
      signal?.addEventListener('abort', wake, { once: true })
      this.#sleepers.add(wake)
      this.#poll ??= new Poll(this.#native, this.#watch, readable, () => this.#takeSignal())
      this.#poll.watch(readable)
    })
  }
}

/** The times of one wait. */
class Pace {
  readonly #endMs: number
  #nowMs = performance.now()
  #lateMs: number

  constructor(timeoutMs: number) {
    this.#endMs = this.#nowMs + timeoutMs
    this.#lateMs = this.#nowMs + Math.min(backstopMs, timeoutMs)
  }

  /** Once in each 100 ms, and for the last attempt. */
  isLate(): boolean {
    this.#nowMs = performance.now()
    if (this.#nowMs < this.#lateMs) return false
    this.#lateMs = Math.min(this.#nowMs + backstopMs, this.#endMs)
    return true
  }

  /** At the time of the last attempt. */
  get leftMs(): number {
    return this.#endMs - this.#nowMs
  }
}

/** A new eventfd, for the caller to close. */
export function newEvent(): number {
  return checkCall(needAddon('waiting between processes').eventOpen(), 'eventfd', 'an event')
}

/** The rest of the program goes first. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
