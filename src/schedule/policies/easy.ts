/** Backfilling: small jobs fill the holes in front of one that is too wide, without delaying it. */
import { checkKnownKeys } from '../../core/index.ts'
import { checkNotQueued, invalid } from '../checks.ts'
import { JobRing } from '../ring.ts'
import type { Job, Offer, Policy } from '../types.ts'
import { noteOf, type Note } from './note.ts'
import { Profile } from './profile.ts'
import { beforeOthers } from './words.ts'

export interface EasyOptions {
  /**
   * How many of the jobs that have to wait hold a reservation: 1 is EASY; Infinity gives one to each, which is
   * conservative backfilling. @default 1
   */
  readonly reservations?: number
}

/** Of a job that runs. */
interface EndNote extends Note {
  since: number
  width: number
  /** Longest time for which it may run. */
  limit: number
  backfilled: boolean
}

/**
 * EASY backfilling, for jobs that take several CPUs (`width`) and say how long at most (`limit`): first come, first
 * served; if the first does not fit, CPUs are reserved for it at the earliest time when enough will be free, and those
 * behind it may run before if that does not delay it (Lifka: The ANL/IBM SP Scheduling System, 1995; Mu'alem,
 * Feitelson, 2001).
 *
 * A job without limit may run for ever, so it only fills what no reservation needs; one that ran beyond its limit is
 * taken to need as long again. Without an offer no CPU counts, and it is first come, first served. `pick` looks at
 * queued jobs in order until one fits. Throws OPTION_INVALID.
 *
 * @example
 * const policy = easy()
 * policy.ready({ place: -1, name: 'wide', width: 8, limit: 100 }, 0)
 */
export function easy<Item extends Job = Job>(options: EasyOptions = {}): Policy<Item> {
  return new Backfill<Item>(options)
}

class Backfill<Item extends Job> implements Policy<Item> {
  readonly name = 'easy'
  readonly #reservations: number
  readonly #queue = new JobRing<Item>()
  readonly #running = new Set<Item>()

  constructor(options: EasyOptions) {
    checkKnownKeys('easy', options, ['reservations'])
    const { reservations = 1 } = options
    if (reservations !== Infinity && !(Number.isSafeInteger(reservations) && reservations >= 1))
      throw invalid('reservations', 'an integer, 1 or more, or Infinity', reservations)
    this.#reservations = reservations
  }

  get size(): number {
    return this.#queue.size
  }

  ready(job: Item): void {
    checkNotQueued(job)
    widthOf(job)
    limitOf(job)
    this.#queue.push(job)
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    const job = offer === undefined ? this.#queue.find(() => true) : this.#choose(now, offer)
    if (job === undefined) return undefined
    const backfilled = this.#queue.find(() => true) !== job
    this.#queue.remove(job)
    job.memo = { of: this, since: now, width: widthOf(job), limit: limitOf(job), backfilled } satisfies EndNote
    this.#running.add(job)
    return job
  }

  peek(now: number, offer?: Offer<Item>): Item | undefined {
    return offer === undefined ? this.#queue.find(() => true) : this.#choose(now, offer)
  }

  withdraw(job: Item): boolean {
    return this.#queue.remove(job)
  }

  block(job: Item): void {
    this.#leave(job)
  }

  expire(job: Item): void {
    this.#leave(job)
  }

  preempt(job: Item): void {
    this.#leave(job)
  }

  finish(job: Item): void {
    this.#leave(job)
  }

  abort(job: Item): void {
    this.#leave(job)
  }

  explain(job: Item): string {
    const { name = 'The job' } = job
    const note = noteOf<EndNote>(job, this)
    if (note?.backfilled !== true) return `${name} became ready first, ${beforeOthers(this.size)}.`
    return `${name} fills a hole of ${note.width} CPUs for at most ${note.limit} and delays no reservation.`
  }

  /** The first that may begin now, while jobs before it keep what is reserved for them. */
  #choose(now: number, offer: Offer<Item>): Item | undefined {
    let profile: Profile | undefined
    let reserved = 0
    return this.#queue.find((job) => {
      const [width, limit] = [widthOf(job), limitOf(job)]
      const isAllowed = offer.accepts(job)
      if (profile === undefined && width <= offer.free && isAllowed) return true
      if (profile !== undefined && isAllowed && profile.fitsNow(width, limit)) return true
      profile ??= new Profile(now, offer.free, this.#ends(now))
      // Who must not run here is not waiting for CPUs.
      if (!isAllowed || reserved >= this.#reservations) return false
      profile.reserve(profile.earliest(width, limit), width, limit)
      reserved++
      return false
    })
  }

  #ends(now: number): { end: number; width: number }[] {
    return Array.from(this.#running, (job) => {
      const { since, width, limit } = noteOf<EndNote>(job, this) as EndNote
      return { end: since + expectedLength(limit, now - since), width }
    })
  }

  #leave(job: Item): void {
    this.#running.delete(job)
    job.memo = undefined
  }
}

/** Doubled until it is longer than what it ran already. */
function expectedLength(limit: number, ran: number): number {
  if (limit > ran) return limit
  if (limit === 0) return ran * 2 || Number.MIN_VALUE
  return limit * 2 ** (Math.floor(Math.log2(ran / limit)) + 1)
}

function widthOf({ width = 1 }: Job): number {
  if (Number.isSafeInteger(width) && width >= 1) return width
  throw invalid('job.width', 'an integer, 1 or more', width)
}

function limitOf({ limit = Infinity }: Job): number {
  if (typeof limit === 'number' && limit >= 0) return limit
  throw invalid('job.limit', 'a number, 0 or more', limit)
}
