/** Fair scheduling by virtual run time, as Linux's Completely Fair Scheduler had it. */
import { checkChoice, checkKnownKeys } from '../../core/index.ts'
import { checkNumber, checkQuantum, ticketsOf } from '../checks.ts'
import type { Job, Policy, ReadyCause, Running } from '../types.ts'
import { noteOf } from './note.ts'
import { Ranked } from './ranked.ts'
import { tieOrder, type ArrivalNote } from './ties.ts'
import { fairSlice, weightOfNice, type FairSliceOptions } from './weights.ts'
import { rounded } from './words.ts'

export interface FairOptions extends FairSliceOptions {
  /** What a job's share goes by: its tickets, or its priority read as a nice value, -20 to 19. @default 'tickets' */
  readonly weights?: 'tickets' | 'nice'
  /** By how much virtual time a job that becomes ready must be behind to take the CPU. @default minGranularity */
  readonly wakeupGranularity?: number
  /** Virtual time that a job gets ahead of the others when it comes back from I/O. @default 0 */
  readonly sleeperCredit?: number
}

interface FairNote extends ArrivalNote {
  vruntime: number
  weight: number
  /** Ready or running. */
  counts: boolean
}

/** Also says how far each job's virtual time is. */
export interface FairPolicy<Item extends Job = Job> extends Policy<Item> {
  /** Undefined for a job that was never ready. */
  vruntimeOf(job: Item): number | undefined
}

/**
 * Fair scheduling (CFS): the job runs whose virtual run time, what it ran divided by its weight, is least; its slice is
 * its part of a latency in which each ready job should run once (OSTEP, Scheduling: Proportional Share; Molnar, Linux
 * 2.6.23, 2007). A job that comes back from I/O starts where the others are, so it cannot save up CPU time. Virtual
 * time is that of a job with one ticket, or with nice 0. `ready`, `pick` and `withdraw` take O(log n). Throws
 * OPTION_INVALID.
 *
 * @example
 * const policy = fair({ latency: 48, minGranularity: 6 })
 */
export function fair<Item extends Job = Job>(options: FairOptions = {}): FairPolicy<Item> {
  return new Fair<Item>(options)
}

class Fair<Item extends Job> extends Ranked<Item> implements FairPolicy<Item> {
  readonly name = 'fair'
  readonly #slices: { latency: number; minGranularity: number }
  readonly #byNice: boolean
  readonly #wakeup: number
  readonly #credit: number
  /** Of all that are ready or running. */
  #total = 0
  #counted = 0
  #least = 0
  #arrivals = 0

  constructor(options: FairOptions) {
    const known = ['latency', 'minGranularity', 'weights', 'wakeupGranularity', 'sleeperCredit']
    checkKnownKeys('fair', options, known)
    super(tieOrder('arrival'))
    const { latency = 48, minGranularity = 6, weights = 'tickets', wakeupGranularity, sleeperCredit = 0 } = options
    this.#slices = {
      latency: checkQuantum('latency', latency),
      minGranularity: checkNumber('minGranularity', minGranularity, 0),
    }
    this.#byNice = checkChoice('weights', weights, ['tickets', 'nice']) === 'nice'
    this.#wakeup = checkNumber('wakeupGranularity', wakeupGranularity ?? minGranularity, 0)
    this.#credit = checkNumber('sleeperCredit', sleeperCredit, 0)
  }

  protected rank(job: Item, _now: number, cause: ReadyCause): number {
    const note = this.#note(job)
    if (cause === 'arrived') note.vruntime = Math.max(note.vruntime, this.#least)
    else if (cause === 'unblocked') note.vruntime = Math.max(note.vruntime, this.#least - this.#credit)
    this.#count(note)
    return note.vruntime
  }

  override pick(now: number, offer?: Parameters<Policy<Item>['pick']>[1]): Item | undefined {
    const job = super.pick(now, offer)
    if (job !== undefined) this.#least = Math.max(this.#least, this.#note(job).vruntime)
    return job
  }

  override withdraw(job: Item): boolean {
    const left = super.withdraw(job)
    if (left) this.#leave(job)
    return left
  }

  block(job: Item, ran: number): void {
    this.#charge(job, ran)
    this.#leave(job)
  }

  expire(job: Item, ran: number): void {
    this.#charge(job, ran)
  }

  preempt(job: Item, ran: number): void {
    this.#charge(job, ran)
  }

  finish(job: Item): void {
    this.#leave(job)
    job.memo = undefined
  }

  abort(job: Item): void {
    this.#leave(job)
    job.memo = undefined
  }

  quantum(job: Item): number {
    const { weight } = this.#note(job)
    return Math.max(fairSlice(weight, Math.max(weight, this.#total), this.#slices), Number.MIN_VALUE)
  }

  preempts(running: Running<Item>, candidate: Item, now: number): number {
    const note = this.#note(running.job)
    const reached = note.vruntime + Math.max(0, now - running.since) / note.weight
    const wakeup = this.#wakeup / this.#note(candidate).weight
    return reached - this.#note(candidate).vruntime - wakeup
  }

  vruntimeOf(job: Item): number | undefined {
    return noteOf<FairNote>(job, this)?.vruntime
  }

  explain(job: Item): string {
    const { vruntime, weight } = this.#note(job)
    const share = Math.round((100 * weight) / Math.max(weight, this.#total))
    return `${job.name ?? 'The job'} has virtual time ${rounded(vruntime)}, the least of ${this.size + 1}; its share is ${share} %.`
  }

  #charge(job: Item, ran: number): void {
    const note = this.#note(job)
    note.vruntime += ran / note.weight
    // Who comes next must not start where a job that was alone began.
    if (this.size === 0) this.#least = Math.max(this.#least, note.vruntime)
  }

  #count(note: FairNote): void {
    if (note.counts) return
    note.counts = true
    this.#total += note.weight
    this.#counted++
  }

  #leave(job: Item): void {
    const note = noteOf<FairNote>(job, this)
    if (note === undefined || !note.counts) return
    note.counts = false
    this.#total -= note.weight
    // Where nobody is left, nothing is left of rounding.
    if (--this.#counted === 0) this.#total = 0
  }

  #note(job: Item): FairNote {
    let note = noteOf<FairNote>(job, this)
    if (note !== undefined) return note
    const weight = this.#byNice ? weightOfNice(job.priority ?? 0) / weightOfNice(0) : ticketsOf(job)
    job.memo = note = { of: this, arrival: ++this.#arrivals, vruntime: this.#least, weight, counts: false }
    return note
  }
}
