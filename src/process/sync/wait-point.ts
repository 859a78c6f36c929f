/**
 * How everything that processes share is waited for: a word in shared memory and an eventfd.
 * Whoever drained the eventfd arms the word again before it tries, and wakes the others once it got something, so
 * a sleeper whose signal another one drained is not forgotten.
 *
 *    waiter                                waker
 *    word = new ticket  (armed)            changes the state (one atomic store)
 *    tries once more                       word is not 0: signals the eventfd,
 *    sleeps on the eventfd                 then compare-exchange(word, ticket it saw, 0)
 *
 * A waker that is killed before it clears the word leaves it armed, which costs one signal too many. One that is killed
 * before it signals, or a sleeper that is killed after it drained the eventfd, would leave others asleep; so each
 * sleeper also tries again every 100 ms. That is where attempts look for owners that died.
 */
import { fail } from '../../core/index.ts'
import { checkCall, Poll, readable, type Native } from '../../native/index.ts'
import { needAddon } from '../memory/segment.ts'

/** Every sleeper tries again after this time, signal or not. */
export const backstopMs = 100
/** Attempts before a waiter sleeps; others mostly finish within these. */
const spins = 50

export interface WaitOptions {
  /** Longest wait; 0 tries once. @default no limit */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** What is waited for, as errors name it. */
  readonly what: string
}

interface Sleeper {
  readonly wake: () => void
}

/** One place where processes wait for a change. The word and the descriptor are shared, the object is not. */
export class WaitPoint {
  readonly #native: Native
  readonly #cells: Int32Array
  readonly #index: number
  readonly #descriptor: number
  readonly #sleepers = new Set<Sleeper>()
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
  async until<Value>(attempt: () => Value | undefined, options: WaitOptions): Promise<Value> {
    const { timeoutMs = Infinity, signal, what } = options
    const deadlineMs = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs
    for (let turn = 0; ; turn++) {
      this.#check(signal, what)
      if (turn >= spins) this.#arm()
      const value = attempt()
      if (value !== undefined) {
        if (turn > spins) this.wake() // others may sleep for what is left
        return value
      }
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) throw fail('TIMED_OUT', { what, timeoutMs })
      if (turn < spins) await nextTurn()
      else await this.#sleep(Math.min(backstopMs, leftMs), signal)
    }
  }

  /** The same for worker code: blocks the thread. Throws TIMED_OUT or CLOSED. */
  untilSync<Value>(attempt: () => Value | undefined, options: Omit<WaitOptions, 'signal'>): Value {
    const { timeoutMs = Infinity, what } = options
    const deadlineMs = timeoutMs === Infinity ? Infinity : performance.now() + timeoutMs
    for (let turn = 0; ; turn++) {
      this.#check(undefined, what)
      if (turn >= spins) this.#arm()
      const value = attempt()
      if (value !== undefined) {
        if (turn > spins) this.wake()
        return value
      }
      const leftMs = deadlineMs - performance.now()
      if (leftMs <= 0) throw fail('TIMED_OUT', { what, timeoutMs })
      if (turn < spins) continue
      if (this.#native.waitReadable(this.#descriptor, Math.ceil(Math.min(backstopMs, leftMs))) === 1)
        this.#native.eventDrain(this.#descriptor)
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
    for (const sleeper of this.#sleepers) sleeper.wake()
  }

  #check(signal: AbortSignal | undefined, what: string): void {
    if (this.#closed) throw fail('CLOSED', { what })
    if (signal?.aborted) throw fail('ABORTED', { what }, { cause: signal.reason })
  }

  /** Each ticket is new, so that a waker clears only the one it saw. */
  #arm(): void {
    const ticket = Atomics.add(this.#cells, this.#index + 1, 1) + 1
    Atomics.store(this.#cells, this.#index, ticket === 0 ? 1 : ticket)
  }

  #sleep(limitMs: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', wake)
        this.#sleepers.delete(sleeper)
        if (this.#sleepers.size === 0 && !this.#closed) this.#poll?.watch(0)
        resolve()
      }
      const timer = setTimeout(wake, limitMs)
      const sleeper: Sleeper = { wake }
      signal?.addEventListener('abort', wake, { once: true })
      this.#sleepers.add(sleeper)
      this.#watch()
    })
  }

  #watch(): void {
    if (this.#poll !== undefined) return this.#poll.watch(readable)
    this.#poll = new Poll(this.#native, this.#descriptor, readable, () => {
      this.#native.eventDrain(this.#descriptor)
      for (const sleeper of this.#sleepers) sleeper.wake()
    })
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
