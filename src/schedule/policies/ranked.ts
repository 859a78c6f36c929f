/** What the policies have in common that give each ready job a number and run the one with the lowest. */
import { checkNotQueued } from '../checks.ts'
import { JobHeap } from '../heap.ts'
import { findOffered, takeOffered } from '../offer.ts'
import type { Job, Offer, Policy, ReadyCause } from '../types.ts'

/** A job keeps the rank it was given when it became ready. `ready`, `pick` and `withdraw` take O(log n). */
export abstract class Ranked<Item extends Job> implements Policy<Item> {
  abstract readonly name: string
  protected readonly queue: JobHeap<Item>

  constructor(tie?: (a: Item, b: Item) => number) {
    this.queue = new JobHeap<Item>(tie)
  }

  /** Throws OPTION_INVALID for a job that lacks sense. */
  protected abstract rank(job: Item, now: number, cause: ReadyCause): number

  get size(): number {
    return this.queue.size
  }

  ready(job: Item, now: number, cause: ReadyCause = 'arrived'): void {
    checkNotQueued(job)
    this.queue.push(job, this.rank(job, now, cause))
  }

  pick(_now: number, offer?: Offer<Item>): Item | undefined {
    return offer === undefined ? this.queue.pop() : takeOffered(this.queue, offer)
  }

  peek(_now: number, offer?: Offer<Item>): Item | undefined {
    return offer === undefined ? this.queue.peek() : findOffered(this.queue, offer)
  }

  withdraw(job: Item): boolean {
    return this.queue.remove(job)
  }
}
