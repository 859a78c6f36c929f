/** The ledger of a memory: its latest events, up to a limit. */
import { checkInteger } from '../../core/index.ts'
import type { LedgerOptions, MemoryEvent } from './types.ts'

export interface Ledger {
  readonly events: readonly MemoryEvent[]
  /** Adds an event. It is made only if it is kept, so that long simulations pay nothing for its sentence. */
  note(event: () => MemoryEvent): void
}

export function createLedger({ ledger: limit = 10_000 }: LedgerOptions): Ledger {
  checkInteger('ledger', limit, 0, 10_000_000)
  const events: MemoryEvent[] = []
  return {
    get events() {
      return limit === 0 ? [] : events.slice(-limit)
    },
    note(event) {
      if (limit === 0) return
      // Twice the limit is let in before the older half goes, so that each event is moved at most once.
      if (events.length >= 2 * limit) events.splice(0, limit)
      events.push(event())
    },
  }
}
