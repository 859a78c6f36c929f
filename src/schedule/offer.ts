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
  const job = queue.find((each) => offer.accepts(each))
  if (job === undefined || (job.width ?? 1) > offer.free) return undefined
  queue.remove(job)
  return job
}
