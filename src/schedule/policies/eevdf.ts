/**
 * Earliest eligible virtual deadline first: fair shares, and a say in how soon.
 *
 *   virtual time  ──────────────────────────────────────────────▶
 *   A      ve ▪──────────▪ vd        ve <= V: eligible, it had no more than its share (lag >= 0)
 *   B                 ve ▪────▪ vd   not eligible yet
 *                 V: mean of all ve, by weight
 */
import { checkKnownKeys } from '../../core/index.ts'
import { checkNotQueued, checkQuantum, invalid, ticketsOf } from '../checks.ts'
import { JobHeap } from '../heap.ts'
import { findOffered } from '../offer.ts'
import type { Job, Offer, Policy, ReadyCause, Running } from '../types.ts'
import { noteOf, type Note } from './note.ts'
import { rounded } from './words.ts'

export interface EevdfOptions {
  /** What a job asks for at a time. @default 1 */
  readonly slice?: number
  /** The same for jobs of these keys or names: who asks for less is served sooner, but not more. */
  readonly slices?: Readonly<Record<string, number>>
}

interface LagNote extends Note {
  /** Virtual time from which on its request is due, and by which it should be served. */
  eligible: number
  deadline: number
  weight: number
  slice: number
  /** What it has had of its request. */
  served: number
  /** Ready or running; of one that is not, what it was short of when it left. */
  counts: boolean
  lag: number
  queue: 'due' | 'early'
}

/** Also says what each job is short of. */
export interface EevdfPolicy<Item extends Job = Job> extends Policy<Item> {
  /** Time that the job should have had and has not; negative if it had more. Undefined for one that was never ready. */
  lagOf(job: Item): number | undefined
  /** The virtual time by which its request should be served. */
  deadlineOf(job: Item): number | undefined
}

/** Virtual times are sums of quotients; less than this is nothing. */
const rounding = 1e-9

/**
 * Earliest eligible virtual deadline first (EEVDF): a job is eligible if it had no more than its share, and of these
 * the one runs whose request is due first in virtual time. Lags add up to nothing, and a job that asks for short slices
 * waits less without getting more (Stoica, Abdel-Wahab: Earliest Eligible Virtual Deadline First, 1995; Linux,
 * sched-eevdf). With equal tickets and slices it is round robin. A job keeps its lag while it waits for I/O. A slice is
 * not cut short by one that becomes ready. `ready`, `pick` and `withdraw` take O(log n). Throws OPTION_INVALID.
 *
 * @example
 * const policy = eevdf({ slice: 4, slices: { editor: 1 } })
 */
export function eevdf<Item extends Job = Job>(options: EevdfOptions = {}): EevdfPolicy<Item> {
  return new EarliestEligible<Item>(options)
}

class EarliestEligible<Item extends Job> implements EevdfPolicy<Item> {
  readonly name = 'eevdf'
  readonly #slice: number
  readonly #slices: ReadonlyMap<string, number>
  /** Eligible, by deadline; and not eligible yet, by when they will be. Jobs move when somebody is picked. */
  readonly #due = new JobHeap<Item>()
  readonly #early = new JobHeap<Item>()
  #weights = 0
  /** Of weight times eligible time, from the zero below. */
  #moments = 0
  #counted = 0
  #zero = 0

  constructor(options: EevdfOptions) {
    checkKnownKeys('eevdf', options, ['slice', 'slices'])
    this.#slice = checkQuantum('slice', options.slice ?? 1)
    const { slices = {} } = options
    if (typeof slices !== 'object' || slices === null) throw invalid('slices', 'an object of slices', slices)
    this.#slices = new Map(Object.entries(slices).map(([key, slice]) => [key, checkQuantum(`slices.${key}`, slice)]))
  }

  get size(): number {
    return this.#due.size + this.#early.size
  }

  ready(job: Item, _now: number, cause: ReadyCause = 'arrived'): void {
    checkNotQueued(job)
    const note = this.#note(job)
    if (!note.counts) this.#join(note)
    if (cause === 'yielded') note.served = note.slice
    if (note.served >= note.slice - rounding) this.#request(note)
    this.#enqueue(job, note)
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    const job = this.peek(now, offer)
    if (job !== undefined) this.#dequeue(job, this.#note(job))
    return job
  }

  peek(_now: number, offer?: Offer<Item>): Item | undefined {
    this.#sort()
    if (offer === undefined) return this.#due.peek() ?? this.#early.peek()
    return findOffered(this.#due, offer) ?? findOffered(this.#early, offer)
  }

  withdraw(job: Item): boolean {
    const note = noteOf<LagNote>(job, this)
    if (note === undefined || !this.#dequeue(job, note)) return false
    this.#leave(note)
    return true
  }

  block(job: Item, ran: number): void {
    const note = this.#note(job)
    this.#charge(note, ran)
    this.#leave(note)
    note.served = note.slice
  }

  expire(job: Item, ran: number): void {
    this.#charge(this.#note(job), ran)
  }

  preempt(job: Item, ran: number): void {
    this.#charge(this.#note(job), ran)
  }

  finish(job: Item, ran: number): void {
    const note = this.#note(job)
    this.#charge(note, ran)
    this.#leave(note)
    job.memo = undefined
  }

  abort(job: Item, ran: number): void {
    this.finish(job, ran)
  }

  quantum(job: Item): number {
    const note = this.#note(job)
    if (note.served >= note.slice - rounding) this.#request(note)
    return note.slice - note.served
  }

  preempts(_running: Running<Item>, _candidate: Item): number {
    return 0
  }

  lagOf(job: Item): number | undefined {
    const note = noteOf<LagNote>(job, this)
    if (note === undefined) return undefined
    return note.counts ? note.weight * (this.#mean() - note.eligible) : note.lag
  }

  deadlineOf(job: Item): number | undefined {
    return noteOf<LagNote>(job, this)?.deadline
  }

  explain(job: Item): string {
    const { deadline } = this.#note(job)
    const lag = rounded(this.lagOf(job) ?? 0)
    const eligible = lag >= 0 ? `eligible with lag ${lag}` : `not eligible (lag ${lag}), but nobody is`
    return `${job.name ?? 'The job'} is ${eligible}, and its virtual deadline ${rounded(deadline)} is the first.`
  }

  /** V: the virtual time of the system. */
  #mean(): number {
    return this.#weights === 0 ? this.#zero : this.#zero + this.#moments / this.#weights
  }

  #charge(note: LagNote, ran: number): void {
    note.served += ran
    note.eligible += ran / note.weight
    this.#moments += ran
  }

  #request(note: LagNote): void {
    note.served = 0
    note.deadline = note.eligible + note.slice / note.weight
  }

  /**
   * A job that joins moves the mean, and with it its own lag; it is put so much further off that the lag it brings is
   * what it has then.
   */
  #join(note: LagNote): void {
    const mean = this.#mean()
    const total = this.#weights + note.weight
    const lag = this.#weights === 0 ? 0 : note.lag
    note.eligible = mean - (lag * total) / (note.weight * Math.max(this.#weights, Number.MIN_VALUE))
    if (lag === 0) note.eligible = mean
    this.#moments += note.weight * (note.eligible - this.#zero)
    this.#weights = total
    this.#counted++
    note.counts = true
  }

  #leave(note: LagNote): void {
    if (!note.counts) return
    const mean = this.#mean()
    note.lag = note.weight * (mean - note.eligible)
    note.counts = false
    this.#moments -= note.weight * (note.eligible - this.#zero)
    this.#weights -= note.weight
    if (--this.#counted > 0) return
    // Where nobody is left, nothing is left of rounding.
    this.#zero = mean
    this.#weights = 0
    this.#moments = 0
  }

  /** The mean moved: some are due now, and, if a job joined or left, some are no longer. */
  #sort(): void {
    const mean = this.#mean() + rounding
    for (let job = this.#early.peek(); job !== undefined; job = this.#early.peek()) {
      const note = this.#note(job)
      if (note.eligible > mean) break
      this.#early.remove(job)
      this.#due.push(job, note.deadline)
      note.queue = 'due'
    }
    for (let job = this.#due.peek(); job !== undefined; job = this.#due.peek()) {
      const note = this.#note(job)
      if (note.eligible <= mean) break
      this.#due.remove(job)
      this.#early.push(job, note.eligible)
      note.queue = 'early'
    }
  }

  /**
   * Into the early ones, even if it is due: jobs that become due at the same instant then stand in the order in which
   * they came.
   */
  #enqueue(job: Item, note: LagNote): void {
    note.queue = 'early'
    this.#early.push(job, note.eligible)
  }

  #dequeue(job: Item, note: LagNote): boolean {
    return note.queue === 'due' ? this.#due.remove(job) : this.#early.remove(job)
  }

  #note(job: Item): LagNote {
    let note = noteOf<LagNote>(job, this)
    if (note !== undefined) return note
    const slice = this.#slices.get(job.key ?? '') ?? this.#slices.get(job.name ?? '') ?? this.#slice
    const virtual = { eligible: this.#mean(), deadline: 0, served: slice, lag: 0 }
    job.memo = note = { of: this, weight: ticketsOf(job), slice, counts: false, queue: 'due', ...virtual }
    return note
  }
}
