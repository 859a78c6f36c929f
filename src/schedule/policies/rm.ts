/** Rate monotonic scheduling: the shorter the period, the more urgent. */
import { checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, invalid } from '../checks.ts'
import type { Job, Policy, Running } from '../types.ts'
import { Ranked } from './ranked.ts'
import { anyOther } from './words.ts'

export interface RmOptions {
  /** A job with a shorter period takes the CPU at once. @default true */
  readonly preemptive?: boolean
}

/**
 * Rate monotonic (RM): fixed priorities, the shortest period first; jobs without one run behind all others, in order.
 * No fixed priorities do better when deadlines are the ends of periods, and n jobs are safe up to a utilisation of n
 * (2^(1/n) - 1): see `rmBound` (Liu, Layland, 1973; Silberschatz, Galvin, Gagne: Operating System Concepts,
 * Rate-Monotonic Scheduling). `ready`, `pick` and `withdraw` take O(log n). Throws OPTION_INVALID, also for a period
 * that is not above 0.
 *
 * @example
 * const policy = rm()
 * policy.ready({ place: -1, name: 'camera', period: 33 }, 0)
 */
export function rm<Item extends Job = Job>(options: RmOptions = {}): Policy<Item> {
  return new RateMonotonic<Item>(options)
}

/** Utilisation up to which n periodic jobs surely meet their deadlines under `rm`: 1, 0.828, 0.780 ... ln 2. */
export function rmBound(jobs: number): number {
  if (!Number.isSafeInteger(jobs) || jobs < 1) throw invalid('jobs', 'an integer, 1 or more', jobs)
  return jobs * (2 ** (1 / jobs) - 1)
}

class RateMonotonic<Item extends Job> extends Ranked<Item> {
  readonly name = 'rm'
  readonly #preemptive: boolean

  constructor(options: RmOptions) {
    checkKnownKeys('rm', options, ['preemptive'])
    super()
    this.#preemptive = checkBoolean('preemptive', options.preemptive ?? true)
  }

  protected rank({ period = Infinity }: Item): number {
    if (typeof period !== 'number' || !(period > 0)) throw invalid('job.period', 'a number above 0', period)
    return period
  }

  preempts(running: Running<Item>, candidate: Item): number {
    if (!this.#preemptive) return 0
    const [held, wanted] = [this.rank(running.job), this.rank(candidate)]
    return held === wanted ? 0 : held - wanted
  }

  explain(job: Item): string {
    const { name = 'The job', period } = job
    if (period === undefined) return `${name} has no period, ${anyOther(this.size)}.`
    return `${name} has the period ${period}, the shortest of ${this.size + 1} ready.`
  }
}
