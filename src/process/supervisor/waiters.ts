/** Callers who wait until a child is up or down. */
import { fail } from '../../core/index.ts'
import type { Outcome } from './commands.ts'

interface Waiter {
  readonly what: 'up' | 'down'
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

export class Waiters {
  readonly #byChild = new Map<string, Waiter[]>()

  until(id: string, what: 'up' | 'down'): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#byChild.set(id, [...(this.#byChild.get(id) ?? []), { what, resolve, reject }])
    })
  }

  settle(id: string, outcome: Outcome, error?: Error): void {
    const waiters = this.#byChild.get(id)
    if (waiters === undefined) return
    // One that will not come up is as good as down.
    const isMeant = ({ what }: Waiter): boolean => outcome === 'gone' || what === outcome
    const left = waiters.filter((waiter) => !isMeant(waiter))
    if (left.length > 0) this.#byChild.set(id, left)
    else this.#byChild.delete(id)
    for (const { what, resolve, reject } of waiters.filter(isMeant)) {
      if (outcome === 'gone' && what === 'up') reject(error ?? fail('CLOSED', { what: `child ${id}` }))
      else resolve()
    }
  }

  /** No child will come up or go down any more. */
  close(error: Error): void {
    for (const waiters of this.#byChild.values()) {
      for (const { what, resolve, reject } of waiters) {
        if (what === 'up') reject(error)
        else resolve()
      }
    }
    this.#byChild.clear()
  }
}
