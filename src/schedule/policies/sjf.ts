/** Shortest job first: the ready queue is a heap by expected burst. */
import { checkKnownKeys } from '../../core/index.ts'
import { checkNotQueued, invalid } from '../checks.ts'
import { Expectation, type ExpectationOptions } from '../expectation.ts'
import { JobHeap } from '../heap.ts'
import { takeOffered } from '../offer.ts'
import type { Job, Offer, Policy } from '../types.ts'

export interface SjfOptions extends ExpectationOptions {
  /**
   * How long a job is taken to be that declares no burst and whose key has not been seen: the average over all keys (0 as
   * long as nothing was learned, so these jobs come in order), before all others, after all others, or so long.
   * @default 'average'
   */
  readonly unknown?: 'average' | 'first' | 'last' | number
  /** A running job keeps its CPU; shortest remaining time first is another policy. @default false */
  readonly preemptive?: false
}

/**
 * Shortest job first, non-preemptive: of the ready jobs the one with the shortest expected CPU burst, and among equals the
 * one that became ready first. Nothing gives a lower mean waiting time to jobs that are there together; long jobs may
 * starve (Silberschatz, Galvin, Gagne: Operating System Concepts, Shortest-Job-First Scheduling).
 *
 * A job's `burst` counts if it has one. Else the exponential average of the bursts of its `key` does, which `finish` and
 * `block` teach; a job keeps the place it was given when it became ready. `ready`, `pick` and `withdraw` take O(log n).
 * Throws OPTION_INVALID for options that make no sense, and `ready` for a burst that is NaN or negative.
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

class ShortestFirst<Item extends Job> implements Policy<Item> {
  readonly name = 'sjf'
  readonly #queue = new JobHeap<Item>()
  readonly #expectation: Expectation
  readonly #unknown: 'average' | number

  constructor(options: SjfOptions) {
    checkKnownKeys('sjf', options, ['alpha', 'initial', 'keys', 'unknown', 'preemptive'])
    this.#expectation = new Expectation(options)
    this.#unknown = unknownLength(options.unknown ?? 'average')
    if (options.preemptive) throw invalid('preemptive', 'false', options.preemptive)
  }

  get size(): number {
    return this.#queue.size
  }

  ready(job: Item): void {
    checkNotQueued(job)
    this.#queue.push(job, this.#expected(job))
  }

  pick(_now: number, offer?: Offer<Item>): Item | undefined {
    return offer === undefined ? this.#queue.pop() : takeOffered(this.#queue, offer)
  }

  withdraw(job: Item): boolean {
    return this.#queue.remove(job)
  }

  block(job: Item, ran: number): void {
    if (job.key !== undefined) this.#expectation.learn(job.key, ran)
  }

  finish(job: Item, ran: number): void {
    if (job.key !== undefined) this.#expectation.learn(job.key, ran)
  }

  explain(job: Item): string {
    const { name = 'The job', burst } = job
    if (burst !== undefined) return `${name} declared ${burst}, the shortest of ${this.size + 1}.`
    const learned = job.key === undefined ? undefined : this.#expectation.of(job.key)
    if (learned === undefined)
      return `${name} is not known yet; the rule for such jobs put it before ${this.size} others.`
    return `${name} is expected to take ${learned}, the shortest of ${this.size + 1}.`
  }

  #expected(job: Item): number {
    if (job.burst !== undefined) {
      if (typeof job.burst !== 'number' || !(job.burst >= 0))
        throw invalid('job.burst', 'a number, 0 or more', job.burst)
      return job.burst
    }
    const learned = job.key === undefined ? undefined : this.#expectation.of(job.key)
    if (learned !== undefined) return learned
    return this.#unknown === 'average' ? (this.#expectation.average ?? 0) : this.#unknown
  }
}

function unknownLength(rule: 'average' | 'first' | 'last' | number): 'average' | number {
  if (rule === 'average') return rule
  if (rule === 'first') return -1
  if (rule === 'last') return Infinity
  if (typeof rule !== 'number' || !(rule >= 0))
    throw invalid('unknown', "'average', 'first', 'last', or a number, 0 or more", rule)
  return rule
}
