/** Stride scheduling: the lottery without chance. */
import { checkChoice, checkKnownKeys } from '../../core/index.ts'
import { checkQuantum, ticketsOf } from '../checks.ts'
import type { Job, Policy, ReadyCause } from '../types.ts'
import { noteOf } from './note.ts'
import { Ranked } from './ranked.ts'
import { tieOrder, type ArrivalNote } from './ties.ts'
import { rounded } from './words.ts'

export interface StrideOptions {
  /** Length of a slice. @default 1 */
  readonly quantum?: number
  /** What is divided by a job's tickets to give its stride. @default 10000 */
  readonly stride1?: number
  /** What a slice costs that was not used up: its part of a stride, or all of it. @default 'used' */
  readonly charge?: 'used' | 'slice'
}

interface PassNote extends ArrivalNote {
  pass: number
}

/** Also says how far each job is. */
export interface StridePolicy<Item extends Job = Job> extends Policy<Item> {
  /** How far the job has come; undefined for one that was never ready. */
  passOf(job: Item): number | undefined
  /** How far a whole slice takes it. */
  strideOf(job: Item): number
}

/**
 * Stride scheduling: of the ready jobs the one runs that has come least far (its pass), and a slice takes it further by
 * its stride, the less the more tickets it has. Shares are exact within a slice (Waldspurger, Weihl: Stride scheduling,
 * MIT/LCS/TM-528, 1995; OSTEP, Scheduling: Proportional Share). A job that joins or comes back starts where the others
 * are. Equal passes: who arrived first. `ready`, `pick` and `withdraw` take O(log n). Throws OPTION_INVALID.
 *
 * @example
 * const policy = stride({ quantum: 1 })
 * policy.strideOf({ place: -1, tickets: 250 }) // 40
 */
export function stride<Item extends Job = Job>(options: StrideOptions = {}): StridePolicy<Item> {
  return new Stride<Item>(options)
}

class Stride<Item extends Job> extends Ranked<Item> implements StridePolicy<Item> {
  readonly name = 'stride'
  readonly #quantum: number
  readonly #stride1: number
  readonly #wholeSlices: boolean
  /** How far those are that run: the pass of the last one picked. */
  #front = 0
  #arrivals = 0

  constructor(options: StrideOptions) {
    checkKnownKeys('stride', options, ['quantum', 'stride1', 'charge'])
    super(tieOrder('arrival'))
    this.#quantum = checkQuantum('quantum', options.quantum ?? 1)
    this.#stride1 = checkQuantum('stride1', options.stride1 ?? 10_000)
    this.#wholeSlices = checkChoice('charge', options.charge ?? 'used', ['used', 'slice']) === 'slice'
  }

  arrive(job: Item): void {
    this.#note(job)
  }

  protected rank(job: Item, _now: number, cause: ReadyCause): number {
    ticketsOf(job)
    const note = this.#note(job)
    if (cause === 'arrived' || cause === 'unblocked') note.pass = Math.max(note.pass, this.#front)
    return note.pass
  }

  override pick(now: number, offer?: Parameters<Policy<Item>['pick']>[1]): Item | undefined {
    const job = super.pick(now, offer)
    if (job !== undefined) this.#front = Math.max(this.#front, this.#note(job).pass)
    return job
  }

  block(job: Item, ran: number): void {
    this.#charge(job, ran)
  }

  expire(job: Item, ran: number): void {
    this.#charge(job, ran)
  }

  preempt(job: Item, ran: number): void {
    this.#charge(job, ran)
  }

  finish(job: Item): void {
    job.memo = undefined
  }

  abort(job: Item): void {
    job.memo = undefined
  }

  quantum(): number {
    return this.#quantum
  }

  passOf(job: Item): number | undefined {
    return noteOf<PassNote>(job, this)?.pass
  }

  strideOf(job: Item): number {
    return this.#stride1 / ticketsOf(job)
  }

  explain(job: Item): string {
    const pass = this.passOf(job) ?? 0
    return `${job.name ?? 'The job'} has come to ${rounded(pass)}, the least of ${this.size + 1}, and steps by ${this.strideOf(job)}.`
  }

  #charge(job: Item, ran: number): void {
    const slices = this.#wholeSlices ? Math.max(1, Math.ceil(ran / this.#quantum)) : ran / this.#quantum
    const note = this.#note(job)
    note.pass += slices * this.strideOf(job)
    // Who comes next must not start where a job that was alone began.
    if (this.size === 0) this.#front = Math.max(this.#front, note.pass)
  }

  #note(job: Item): PassNote {
    let note = noteOf<PassNote>(job, this)
    if (note === undefined) job.memo = note = { of: this, arrival: ++this.#arrivals, pass: this.#front }
    return note
  }
}
