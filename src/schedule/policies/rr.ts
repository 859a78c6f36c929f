/** Round robin: the ready queue is a ring, and nobody has the CPU for longer than a slice. */
import { checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, checkNotQueued, checkQuantum } from '../checks.ts'
import { findOffered, takeOffered } from '../offer.ts'
import { JobRing } from '../ring.ts'
import type { Job, Offer, Policy, ReadyCause } from '../types.ts'
import { noteOf, type Note } from './note.ts'
import { rounded } from './words.ts'

export interface RrOptions {
  /** Length of a slice, in the driver's unit of time. @default 1 */
  readonly quantum?: number
  /**
   * Virtual round robin: a job that comes back from I/O goes into a queue of its own, which is served first, for what
   * it left of its slice. So jobs that wait much get their share (Stallings, Operating Systems, Uniprocessor
   * Scheduling).
   * @default false
   */
  readonly virtual?: boolean
}

/** What a job left of its slice. */
interface SliceNote extends Note {
  left: number
}

/**
 * Round robin (RR): jobs take turns in the order in which they became ready, a slice each (Silberschatz, Galvin, Gagne:
 * Operating System Concepts, Round-Robin Scheduling). Good response, and for equal jobs about the worst mean turnaround
 * there is (OSTEP, Scheduling: Introduction). Whether a job that arrives at the end of a slice goes before or behind
 * the one that lost its CPU is for the driver to say. `ready`, `pick` and `withdraw` take constant time. Throws
 * OPTION_INVALID.
 *
 * @example
 * const policy = rr({ quantum: 4 })
 * policy.quantum?.({ place: -1 }, 0) // 4
 */
export function rr<Item extends Job = Job>(options: RrOptions = {}): Policy<Item> {
  return new RoundRobin<Item>(options)
}

class RoundRobin<Item extends Job> implements Policy<Item> {
  readonly name = 'rr'
  readonly #quantum: number
  readonly #virtual: boolean
  readonly #queue = new JobRing<Item>()
  /** Back from I/O; only virtual round robin has any here. */
  readonly #returned = new JobRing<Item>()

  constructor(options: RrOptions) {
    checkKnownKeys('rr', options, ['quantum', 'virtual'])
    this.#quantum = checkQuantum('quantum', options.quantum ?? 1)
    this.#virtual = checkBoolean('virtual', options.virtual ?? false)
  }

  get size(): number {
    return this.#queue.size + this.#returned.size
  }

  ready(job: Item, _now: number, cause: ReadyCause = 'arrived'): void {
    checkNotQueued(job)
    const hasRest = cause === 'unblocked' && noteOf<SliceNote>(job, this) !== undefined
    if (hasRest) this.#returned.push(job)
    else this.#queue.push(job)
  }

  pick(_now: number, offer?: Offer<Item>): Item | undefined {
    const queue = this.#next(offer)
    return offer === undefined ? queue.shift() : takeOffered(queue, offer)
  }

  peek(_now: number, offer?: Offer<Item>): Item | undefined {
    const queue = this.#next(offer)
    return offer === undefined ? queue.find(() => true) : findOffered(queue, offer)
  }

  withdraw(job: Item): boolean {
    return this.#queue.remove(job) || this.#returned.remove(job)
  }

  block(job: Item, ran: number): void {
    if (!this.#virtual) return
    const left = this.#sliceOf(job) - ran
    job.memo = left > 0 ? ({ of: this, left } satisfies SliceNote) : undefined
  }

  expire(job: Item): void {
    this.#forget(job)
  }

  preempt(job: Item): void {
    this.#forget(job)
  }

  finish(job: Item): void {
    this.#forget(job)
  }

  abort(job: Item): void {
    this.#forget(job)
  }

  quantum(job: Item): number {
    return this.#sliceOf(job)
  }

  explain(job: Item): string {
    const { name = 'The job' } = job
    const slice = this.#sliceOf(job)
    if (slice < this.#quantum) return `${name} came back from I/O with ${rounded(slice)} of its slice left.`
    return `${name} is next in the ring of ${this.size + 1}, for a slice of ${slice}.`
  }

  #next(offer: Offer<Item> | undefined): JobRing<Item> {
    if (this.#returned.size === 0) return this.#queue
    if (offer === undefined || this.#returned.find((job) => offer.accepts(job)) !== undefined) return this.#returned
    return this.#queue
  }

  #sliceOf(job: Item): number {
    return noteOf<SliceNote>(job, this)?.left ?? this.#quantum
  }

  #forget(job: Item): void {
    if (this.#virtual) job.memo = undefined
  }
}
