/** Earliest deadline first: what is due soonest runs. */
import { checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, invalid } from '../checks.ts'
import type { Job, Policy, Running } from '../types.ts'
import { Ranked } from './ranked.ts'
import { anyOther, rounded } from './words.ts'

export interface EdfOptions {
  /** A job with an earlier deadline takes the CPU at once. @default true */
  readonly preemptive?: boolean
}

/**
 * Earliest deadline first (EDF): of the ready jobs the one whose deadline, an instant, is first; jobs without one come
 * last, in order. On one CPU it meets all deadlines if any order does, so with deadlines at the ends of periods up to a
 * utilisation of 1 (Liu, Layland: Scheduling Algorithms for Multiprogramming in a Hard-Real-Time Environment, 1973).
 * `ready`, `pick` and `withdraw` take O(log n). Throws OPTION_INVALID, also for a deadline that is NaN.
 *
 * @example
 * const policy = edf()
 * policy.ready({ place: -1, name: 'report', deadline: 80 }, 0)
 */
export function edf<Item extends Job = Job>(options: EdfOptions = {}): Policy<Item> {
  return new EarliestDeadline<Item>(options)
}

class EarliestDeadline<Item extends Job> extends Ranked<Item> {
  readonly name = 'edf'
  readonly #preemptive: boolean

  constructor(options: EdfOptions) {
    checkKnownKeys('edf', options, ['preemptive'])
    super()
    this.#preemptive = checkBoolean('preemptive', options.preemptive ?? true)
  }

  protected rank({ deadline = Infinity }: Item): number {
    if (typeof deadline !== 'number' || Number.isNaN(deadline)) throw invalid('job.deadline', 'a number', deadline)
    return deadline
  }

  preempts(running: Running<Item>, candidate: Item): number {
    if (!this.#preemptive) return 0
    const [held, wanted] = [this.rank(running.job), this.rank(candidate)]
    return held === wanted ? 0 : held - wanted
  }

  explain(job: Item, now: number): string {
    const { name = 'The job', deadline } = job
    if (deadline === undefined) return `${name} has no deadline, ${anyOther(this.size)}.`
    const when =
      deadline < now
        ? `was due at ${rounded(deadline)}`
        : `is due at ${rounded(deadline)}, in ${rounded(deadline - now)}`
    return `${name} ${when}: the first of ${this.size + 1} ready.`
  }
}
