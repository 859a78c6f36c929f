/** Shortest remaining time first: SJF that takes the CPU away when a shorter job comes. */
import { checkKnownKeys } from '../../core/index.ts'
import type { Job, Policy, ReadyCause, Running } from '../types.ts'
import { Lengths, lengthOptions, type LengthOptions } from './lengths.ts'
import { noteOf } from './note.ts'
import { Ranked } from './ranked.ts'
import { tieOrder, type ArrivalNote, type TieRule } from './ties.ts'
import { rounded } from './words.ts'

export interface SrtfOptions extends LengthOptions {
  /** Which of two jobs with equally much left runs first; one that runs keeps its CPU. @default 'arrival' */
  readonly ties?: TieRule
}

/** What is known of a burst that has begun. */
interface BurstNote extends ArrivalNote {
  /** How long it was expected to be when it began: what others teach meanwhile must not move it in the queue. */
  readonly length: number
  /** CPU time it has had. */
  ran: number
}

/**
 * Shortest remaining time first (SRTF, STCF, preemptive SJF): of the ready jobs the one with the least left of its CPU
 * burst, and a running job yields to one that has less. No policy has a lower mean turnaround on one CPU; long jobs may
 * starve (Schrage, A proof of the optimality of the shortest remaining processing time discipline, 1968; OSTEP,
 * Scheduling: Introduction).
 *
 * What is left is a job's `remaining`, else its burst (declared or predicted as for `sjf`) less what it ran. `ready`,
 * `pick` and `withdraw` take O(log n). Throws OPTION_INVALID.
 *
 * @example
 * const policy = srtf()
 * policy.ready({ place: -1, name: 'B', burst: 8, remaining: 3 }, 0)
 * policy.pick(0)?.name // 'B'
 */
export function srtf<Item extends Job = Job>(options: SrtfOptions = {}): Policy<Item> {
  return new ShortestRemaining<Item>(options)
}

class ShortestRemaining<Item extends Job> extends Ranked<Item> {
  readonly name = 'srtf'
  readonly #lengths: Lengths
  #arrivals = 0

  constructor(options: SrtfOptions) {
    checkKnownKeys('srtf', options, [...lengthOptions, 'ties'])
    super(tieOrder(options.ties ?? 'arrival'))
    this.#lengths = new Lengths(options)
  }

  protected rank(job: Item, _now: number, cause: ReadyCause): number {
    const note = this.#note(job)
    if (cause === 'arrived' || cause === 'unblocked') note.arrival = ++this.#arrivals
    return this.#left(job)
  }

  block(job: Item, ran: number): void {
    this.#end(job, ran)
  }

  finish(job: Item, ran: number): void {
    this.#end(job, ran)
  }

  abort(job: Item): void {
    job.memo = undefined
  }

  expire(job: Item, ran: number): void {
    this.#note(job).ran += ran
  }

  preempt(job: Item, ran: number): void {
    this.#note(job).ran += ran
  }

  preempts(running: Running<Item>, candidate: Item, now: number): number {
    const left = this.#left(running.job) - Math.max(0, now - running.since)
    const needed = this.#left(candidate)
    return left === needed ? 0 : left - needed
  }

  explain(job: Item): string {
    const expected = this.#lengths.declared(job) === undefined ? 'is expected to have' : 'has'
    return `${job.name ?? 'The job'} ${expected} ${rounded(this.#left(job))} left, the least of ${this.size + 1} ready.`
  }

  #left(job: Item): number {
    const declared = this.#lengths.declared(job)
    if (declared !== undefined && job.remaining !== undefined) return job.remaining
    const note = noteOf<BurstNote>(job, this)
    return note === undefined ? this.#lengths.of(job) : (declared ?? note.length) - note.ran
  }

  #end(job: Item, ran: number): void {
    this.#lengths.learn(job, ran + (noteOf<BurstNote>(job, this)?.ran ?? 0))
    job.memo = undefined
  }

  #note(job: Item): BurstNote {
    let note = noteOf<BurstNote>(job, this)
    if (note === undefined)
      job.memo = note = { of: this, arrival: ++this.#arrivals, length: this.#lengths.of(job), ran: 0 }
    return note
  }
}
