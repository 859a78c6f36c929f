/** First come, first served: the ready queue is a queue. */
import { checkNotQueued } from '../checks.ts'
import { findOffered, takeOffered } from '../offer.ts'
import { JobRing } from '../ring.ts'
import type { Job, Offer, Policy } from '../types.ts'
import { beforeOthers } from './words.ts'

/**
 * First come, first served (FIFO): jobs run in the order in which they became ready, each until it ends or waits.
 * Fair by order, and long jobs hold up short ones behind them, the convoy effect (Silberschatz, Galvin, Gagne:
 * Operating System Concepts, First-Come, First-Served Scheduling). `ready`, `pick` and `withdraw` take constant time.
 *
 * @example
 * const policy = fcfs()
 * policy.ready({ place: -1, name: 'A' }, 0)
 * policy.pick(0)?.name // 'A'
 */
export function fcfs<Item extends Job = Job>(): Policy<Item> {
  return new FirstCome<Item>()
}

class FirstCome<Item extends Job> implements Policy<Item> {
  readonly name = 'fcfs'
  readonly #queue = new JobRing<Item>()

  get size(): number {
    return this.#queue.size
  }

  ready(job: Item): void {
    checkNotQueued(job)
    this.#queue.push(job)
  }

  pick(_now: number, offer?: Offer<Item>): Item | undefined {
    return offer === undefined ? this.#queue.shift() : takeOffered(this.#queue, offer)
  }

  peek(_now: number, offer?: Offer<Item>): Item | undefined {
    return offer === undefined ? this.#queue.find(() => true) : findOffered(this.#queue, offer)
  }

  withdraw(job: Item): boolean {
    return this.#queue.remove(job)
  }

  explain(job: Item): string {
    return `${job.name ?? 'The job'} became ready first, ${beforeOthers(this.size)}.`
  }
}
