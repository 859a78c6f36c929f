/** Highest response ratio next: short jobs first, until a long one has waited long enough. */
import { checkKnownKeys } from '../../core/index.ts'
import { checkNotQueued } from '../checks.ts'
import { JobRing } from '../ring.ts'
import type { Job, Offer, Policy } from '../types.ts'
import { Lengths, lengthOptions, type LengthOptions } from './lengths.ts'
import { noteOf, type Note } from './note.ts'
import { rounded } from './words.ts'

export interface HrrnOptions extends LengthOptions {}

interface WaitNote extends Note {
  since: number
  length: number
  order: number
  /** When it was picked. */
  ratio: number
}

/**
 * Highest response ratio next (HRRN), non-preemptive: of the ready jobs the one with the highest (waited + burst) /
 * burst, so short jobs come first and none starves (Brinch Hansen, 1971; Stallings, Operating Systems, Uniprocessor
 * Scheduling). Equal ratios: who became ready first. Bursts are declared or predicted as for `sjf`.
 *
 * Ratios change with time, but of jobs with equally long bursts the one that waits longest is always first: so `pick`
 * looks at one job for each different length, however many are ready; `ready` and `withdraw` take constant time. Throws
 * OPTION_INVALID.
 *
 * @example
 * const policy = hrrn()
 * policy.ready({ place: -1, name: 'long', burst: 10 }, 0)
 * policy.ready({ place: -1, name: 'short', burst: 2 }, 9)
 * policy.pick(10)?.name // 'long': 2 against 1.5
 */
export function hrrn<Item extends Job = Job>(options: HrrnOptions = {}): Policy<Item> {
  return new HighestRatio<Item>(options)
}

class HighestRatio<Item extends Job> implements Policy<Item> {
  readonly name = 'hrrn'
  readonly #lengths: Lengths
  readonly #queues = new Map<number, JobRing<Item>>()
  #size = 0
  #order = 0

  constructor(options: HrrnOptions) {
    checkKnownKeys('hrrn', options, lengthOptions)
    this.#lengths = new Lengths(options)
  }

  get size(): number {
    return this.#size
  }

  ready(job: Item, now: number): void {
    checkNotQueued(job)
    const length = this.#lengths.of(job)
    job.memo = { of: this, since: now, length, order: ++this.#order, ratio: 1 } satisfies WaitNote
    let queue = this.#queues.get(length)
    if (queue === undefined) this.#queues.set(length, (queue = new JobRing<Item>()))
    queue.push(job)
    this.#size++
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    const job = this.peek(now, offer)
    const note = job === undefined ? undefined : noteOf<WaitNote>(job, this)
    if (job === undefined || note === undefined) return undefined
    note.ratio = ratioOf(note, now)
    this.#take(job, note)
    return job
  }

  peek(now: number, offer?: Offer<Item>): Item | undefined {
    let best: { job: Item; order: number; ratio: number } | undefined
    for (const queue of this.#queues.values()) {
      const job = queue.find((each) => offer?.accepts(each) ?? true)
      const note = job === undefined ? undefined : noteOf<WaitNote>(job, this)
      if (job === undefined || note === undefined) continue
      const [ratio, { order }] = [ratioOf(note, now), note]
      if (best === undefined || ratio > best.ratio || (ratio === best.ratio && order < best.order))
        best = { job, order, ratio }
    }
    return offer !== undefined && (best?.job.width ?? 1) > offer.free ? undefined : best?.job
  }

  withdraw(job: Item): boolean {
    const note = noteOf<WaitNote>(job, this)
    return note !== undefined && this.#take(job, note)
  }

  block(job: Item, ran: number): void {
    this.#lengths.learn(job, ran)
  }

  finish(job: Item, ran: number): void {
    this.#lengths.learn(job, ran)
  }

  explain(job: Item): string {
    const ratio = noteOf<WaitNote>(job, this)?.ratio ?? 1
    return `${job.name ?? 'The job'} has the response ratio ${rounded(ratio)}, the highest of ${this.size + 1}.`
  }

  #take(job: Item, note: WaitNote): boolean {
    const queue = this.#queues.get(note.length)
    if (queue?.remove(job) !== true) return false
    this.#size--
    if (queue.size === 0) this.#queues.delete(note.length)
    return true
  }
}

/** A burst of 0 that has waited at all comes before everything; one without end never gains. */
function ratioOf({ since, length }: WaitNote, now: number): number {
  const waited = now - since
  if (length <= 0) return waited > 0 ? Infinity : 1
  return 1 + waited / length
}
