/** How a policy with one queue answers an offer. */
import type { Job, Offer } from './types.ts'

interface Queue<Item> {
  find(accepts: (item: Item) => boolean): Item | undefined
  remove(item: Item): boolean
}

/**
 * Takes out the first job that the offer accepts. If that one needs more CPUs than are free, nobody does: if others
 * overtook it, it might wait for ever.
 */
export function takeOffered<Item extends Job>(queue: Queue<Item>, offer: Offer<Item>): Item | undefined {
  const job = findOffered(queue, offer)
  if (job !== undefined) queue.remove(job)
  return job
}

/** The job that `takeOffered` would take out; it stays. */
export function findOffered<Item extends Job>(queue: Queue<Item>, offer: Offer<Item>): Item | undefined {
  const job = queue.find((each) => offer.accepts(each))
  return job === undefined || (job.width ?? 1) > offer.free ? undefined : job
}
