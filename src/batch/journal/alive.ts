/** The facts that still count, by job: what a journal that is written anew consists of. */
import type { Fact } from '../engine/facts.ts'

export class AliveFacts {
  readonly #ofJob = new Map<number, Fact[]>()
  #policy: Fact | undefined

  /** Takes a fact, and drops those that it makes void. */
  add(fact: Fact): void {
    if (fact.kind === 'policy') this.#policy = fact
    else if (fact.kind === 'submitted') this.#ofJob.set(fact.job, [fact])
    else if (fact.kind === 'forgotten') this.#ofJob.delete(fact.job)
    else {
      const facts = this.#ofJob.get(fact.job)
      if (facts !== undefined) this.#ofJob.set(fact.job, [...facts.filter((old) => !isVoid(old, fact, facts)), fact])
    }
  }

  /** Job by job, each job's in their order. */
  *[Symbol.iterator](): Generator<Fact, void> {
    if (this.#policy !== undefined) yield this.#policy
    for (const facts of this.#ofJob.values()) yield* facts
  }
}

/** The first start stays, as people ask for it, and the last end; of attempts the last two are enough. */
function isVoid(old: Fact, fact: Fact, facts: readonly Fact[]): boolean {
  if (old.kind === 'accounted') return hasAccount(fact)
  if (fact.kind === 'priority') return old.kind === 'priority'
  if (fact.kind === 'paused' || fact.kind === 'resumed') return old.kind === 'paused' || old.kind === 'resumed'
  if (fact.kind !== 'starting' || !('attempt' in old) || old.attempt >= fact.attempt - 1) return false
  const later = facts.slice(facts.indexOf(old) + 1)
  if (hasAccount(old) && !later.some(hasAccount)) return false
  if (old.kind === 'attemptEnded' && !later.some(({ kind }) => kind === 'attemptEnded')) return false
  return old !== facts.find(({ kind }) => kind === 'started')
}

function hasAccount(fact: Fact): boolean {
  return 'account' in fact && fact.account !== undefined
}
