/**
 * The contract of an object that one thread serves to others: pure state, changed by calls that come one after the other.
 * Each call is answered once, at once or later; a caller that gives up or is gone cancels it.
 */
import { fail } from '../../core/index.ts'

/** Who uses objects: a connected thread, or the serving thread itself. What belongs to it is known by its identity. */
export interface Visitor {
  /** An object that it watches has changed. */
  stale(number: number, object: ServedObject): void
}

/** One call that waits for its answer. */
export interface Answer {
  readonly visitor: Visitor
  resolve(value?: unknown): void
  reject(error: unknown): void
  /** Set by a method that keeps the call waiting; must answer it. */
  onCancel: (() => void) | undefined
}

// oxlint-disable-next-line typescript/no-explicit-any -- what arrives is checked by each method
export type Method = (answer: Answer, ...args: any[]) => void

export abstract class ServedObject {
  abstract readonly methods: Readonly<Record<string, Method>>
  /** Set by the host. */
  onChange: () => void = () => {}

  /** What those may know at any time who do not ask. */
  abstract view(): unknown

  /** The visitor is gone, after its calls were cancelled: what it held is free. */
  abstract gone(visitor: Visitor): void

  /** Runs a method; an error it throws is its answer. */
  call(method: string, args: readonly unknown[], answer: Answer): void {
    const run = Object.hasOwn(this.methods, method) ? this.methods[method] : undefined
    try {
      if (run === undefined) throw fail('METHOD_UNKNOWN', { method, known: Object.keys(this.methods).join(', ') })
      run(answer, ...args)
    } catch (error) {
      answer.reject(error)
    }
  }
}

/** What a call that was cancelled is answered with; the caller knows better why. */
export function cancelled(): Error {
  return fail('ABORTED', { what: 'The call' })
}

/** Those who wait, in the order in which they came. */
export class WaitList<Waiter extends { readonly answer: Answer }> {
  readonly #waiters = new Set<Waiter>()

  get size(): number {
    return this.#waiters.size
  }

  get first(): Waiter | undefined {
    for (const waiter of this.#waiters) return waiter
    return undefined
  }

  [Symbol.iterator](): Iterator<Waiter> {
    return this.#waiters[Symbol.iterator]()
  }

  /** `left` is told when the caller gives up; then the call is answered. */
  add(waiter: Waiter, left: () => void = () => {}): void {
    this.#waiters.add(waiter)
    waiter.answer.onCancel = () => {
      this.remove(waiter)
      left()
      waiter.answer.reject(cancelled())
    }
  }

  remove(waiter: Waiter): void {
    this.#waiters.delete(waiter)
    waiter.answer.onCancel = undefined
  }

  shift(): Waiter | undefined {
    const { first } = this
    if (first !== undefined) this.remove(first)
    return first
  }
}
