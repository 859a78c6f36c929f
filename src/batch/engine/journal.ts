/**
 * Facts on their way to the journal. What somebody asked for is refused if it cannot be written; what has happened has
 * happened, so its fact waits, and all that come after wait behind it, until the journal takes them.
 */
import type { Fact } from './facts.ts'
import { today, type EngineState } from './state.ts'

/** How long after a failure the journal is tried again. */
export const retryMs = 1_000

type Undated<Kind> = Kind extends Fact ? Omit<Kind, 'at'> & { readonly at?: number } : never
export type NewFact = Undated<Fact>

/** Throws what the journal throws, and then nothing was written. */
export function promise(state: EngineState, fact: NewFact): void {
  writeWaiting(state)
  state.events.fact(dated(state, fact))
}

/** Never throws: what cannot be written is written later. */
export function tell(state: EngineState, fact: NewFact): void {
  state.unwritten.push(dated(state, fact))
  if (state.unwritten.length === 1) tryAgain(state)
}

/** Writes what waits; false if there is something that still cannot be written. */
export function tryAgain(state: EngineState): boolean {
  try {
    writeWaiting(state)
    if (state.held.size === 0) state.retryAt = Infinity
    return true
  } catch {
    retryLater(state)
    return false
  }
}

export function retryLater(state: EngineState): void {
  state.retryAt = state.now + retryMs
}

function writeWaiting({ unwritten, events }: EngineState): void {
  let written = 0
  try {
    for (const fact of unwritten) {
      events.fact(fact)
      written++
    }
  } finally {
    unwritten.splice(0, written)
  }
}

function dated(state: EngineState, fact: NewFact): Fact {
  return { ...fact, at: fact.at ?? today(state) } as Fact
}
