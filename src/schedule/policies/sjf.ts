/** Shortest job first: the ready queue is a heap by expected burst. */
import { checkKnownKeys } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { Job, Policy, ReadyCause } from '../types.ts'
import { Lengths, lengthOptions, type LengthOptions } from './lengths.ts'
import { noteOf } from './note.ts'
import { Ranked } from './ranked.ts'
import { tieOrder, type ArrivalNote, type TieRule } from './ties.ts'
import { beforeOthers, rounded } from './words.ts'

export interface SjfOptions extends LengthOptions {
  /** Which of two equally long jobs runs first. @default 'ready' */
  readonly ties?: TieRule
  /** A running job keeps its CPU; shortest remaining time first is another policy. @default false */
  readonly preemptive?: false
}

/**
 * Shortest job first, non-preemptive: of the ready jobs the one with the shortest expected CPU burst, and among equals
 * the one that became ready first. Nothing gives a lower mean waiting time to jobs that are there together; long jobs
 * may starve (Silberschatz, Galvin, Gagne: Operating System Concepts, Shortest-Job-First Scheduling).
 *
 * A job's `burst` counts if it has one. Else the exponential average of the bursts of its `key` does, which `finish`
 * and `block` teach; a job keeps the place it was given when it became ready. `ready`, `pick` and `withdraw` take O(log
 * n). Throws OPTION_INVALID for options that make no sense, and `ready` for a burst that is NaN or negative.
 *
 * @example
 * const policy = sjf()
 * policy.ready({ place: -1, name: 'long', burst: 9 }, 0)
 * policy.ready({ place: -1, name: 'short', burst: 1 }, 0)
 * policy.pick(0)?.name // 'short'
 */
export function sjf<Item extends Job = Job>(options: SjfOptions = {}): Policy<Item> {
  return new ShortestFirst<Item>(options)
}

class ShortestFirst<Item extends Job> extends Ranked<Item> {
  readonly name = 'sjf'
  readonly #lengths: Lengths
  readonly #notesArrivals: boolean
  #arrivals = 0

  constructor(options: SjfOptions) {
    checkKnownKeys('sjf', options, [...lengthOptions, 'ties', 'preemptive'])
    const { ties = 'ready', preemptive } = options
    if (preemptive) throw invalid('preemptive', 'false', preemptive)
    super(tieOrder(ties))
    this.#lengths = new Lengths(options)
    this.#notesArrivals = ties === 'arrival' || ties === 'burst'
  }

  protected rank(job: Item, _now: number, cause: ReadyCause): number {
    const length = this.#lengths.of(job)
    if (this.#notesArrivals) this.#note(job, cause === 'arrived' || cause === 'unblocked')
    return length
  }

  block(job: Item, ran: number): void {
    this.#lengths.learn(job, ran)
  }

  finish(job: Item, ran: number): void {
    this.#lengths.learn(job, ran)
  }

  explain(job: Item): string {
    const { name = 'The job' } = job
    const declared = this.#lengths.declared(job)
    if (declared !== undefined) return `${name} declared ${rounded(declared)}, the shortest of ${this.size + 1}.`
    const learned = this.#lengths.learned(job)
    if (learned === undefined)
      return `${name} is not known yet; the rule for such jobs put it first, ${beforeOthers(this.size)}.`
    return `${name} is expected to take ${rounded(learned)}, the shortest of ${this.size + 1}.`
  }

  #note(job: Item, renews: boolean): void {
    const note = noteOf<ArrivalNote>(job, this)
    if (note === undefined) job.memo = { of: this, arrival: ++this.#arrivals } satisfies ArrivalNote
    else if (renews) note.arrival = ++this.#arrivals
  }
}
