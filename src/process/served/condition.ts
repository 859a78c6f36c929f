/** The waiters of a condition that this thread serves, and a handle of them. */
import { fail } from '../../core/index.ts'
import type { Entry, Waits } from '../sync/condition-waits.ts'
import type { WaitOptions } from '../sync/wait-point.ts'
import { maximumWaiters } from '../sync/waiter-table.ts'
import { cannotBlock, type ServedHandle } from './handle.ts'
import { ServedObject, WaitList, type Answer, type Visitor } from './object.ts'

interface Waiter {
  readonly answer: Answer
  readonly ticket: number
}

/** One that its waiter may not live to make use of. */
interface Notification {
  readonly visitor: Visitor
  /** The last ticket when it was made: who came later cannot have it. */
  readonly until: number
}

export class ConditionObject extends ServedObject {
  readonly #waiters = new WaitList<Waiter>()
  readonly #given = new Map<number, Notification>()
  #lastTicket = 0

  readonly methods = {
    /** Answered with the ticket, when notified. */
    wait: (answer: Answer): void => {
      if (this.#waiters.size >= maximumWaiters)
        throw fail('WAITERS_LIMIT', { what: 'Condition', limit: maximumWaiters })
      this.#waiters.add({ answer, ticket: ++this.#lastTicket }, () => this.onChange())
      this.onChange()
    },
    /** The waiter has the lock again. */
    confirm: (answer: Answer, ticket: number): void => {
      this.#given.delete(ticket)
      answer.resolve()
    },
    /** The waiter had given up when it was notified. */
    pass: (answer: Answer, ticket: number): void => {
      this.#pass(ticket)
      answer.resolve()
    },
    notify: (answer: Answer, count: number): void => {
      let done = 0
      while (done < count && this.#notifyOne(this.#lastTicket)) done++
      answer.resolve(done)
    },
  }

  view(): number {
    return this.#waiters.size
  }

  gone(visitor: Visitor): void {
    for (const [ticket, given] of this.#given) if (given.visitor === visitor) this.#pass(ticket)
  }

  #pass(ticket: number): void {
    const given = this.#given.get(ticket)
    this.#given.delete(ticket)
    if (given !== undefined) this.#notifyOne(given.until)
  }

  /** The longest waiting, if it came until then. */
  #notifyOne(until: number): boolean {
    const { first } = this.#waiters
    if (first === undefined || first.ticket > until) return false
    this.#waiters.remove(first)
    this.#given.set(first.ticket, { visitor: first.answer.visitor, until })
    first.answer.resolve(first.ticket)
    this.onChange()
    return true
  }
}

export class ServedWaits implements Waits {
  readonly #handle: ServedHandle

  constructor(handle: ServedHandle) {
    this.#handle = handle
  }

  enter(options: WaitOptions): Pick<Entry, 'wait' | 'leave'> {
    const handle = this.#handle
    let ticket: unknown
    const late = (passed: unknown): void => handle.giveBack('pass', passed)
    const notified = handle.call('wait', [], { ...options, late })
    // Who waits gets the error, after the lock was let go.
    notified.catch(() => {})
    return {
      wait: async () => void (ticket = await notified),
      leave: (hasFailed) => {
        if (!hasFailed) handle.giveBack('confirm', ticket)
        return hasFailed
      },
    }
  }

  enterSync(): never {
    throw cannotBlock('waitSync')
  }

  notify(count: number): number {
    if (this.#handle.isLocal) return this.#handle.now('notify', [count], 'notifying') as number
    // Nobody can have begun to wait since we got the lock, and by then we had been told of all who did.
    const waiting = this.#handle.view as number
    this.#handle.tell('notify', count)
    this.#handle.assume(Math.max(0, waiting - count))
    return Math.min(count, waiting)
  }

  /** Closing the handle does it. */
  abandon(): void {}
}
