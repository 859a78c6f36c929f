/** Which backend a queue gets: the ring where the addon is, else one that this thread serves. */
import { loadNative } from '../../native/index.ts'
import { servedForm } from '../served/handle.ts'
import { ServedQueue } from '../served/queue.ts'
import type { QueueBackend } from './backend.ts'
import { internalParameter } from '../sync/options.ts'
import { RingQueue } from './ring-queue.ts'
import { layoutOf, QueueStore, type StoreOptions } from './store.ts'

/** Of a new queue. Throws OPTION_INVALID. */
export function openQueue<Item, Batch extends ArrayLike<Item>>(options: StoreOptions): QueueBackend<Item, Batch> {
  return loadNative() === undefined
    ? ServedQueue.serve(layoutOf(options))
    : new RingQueue<Item, Batch>(QueueStore.create(options))
}

/** Of a handle that arrived. */
export function arrivedQueue<Item, Batch extends ArrayLike<Item>>(
  data: unknown,
  descriptors: readonly number[],
): QueueBackend<Item, Batch> {
  const served = servedForm(data)
  return served === undefined ? new RingQueue(QueueStore.attach(descriptors)) : ServedQueue.attach(served)
}

/** Throws OPTION_INVALID. */
export function backendOf<Item, Batch extends ArrayLike<Item>>(
  given: QueueStore | QueueBackend<Item, Batch>,
): QueueBackend<Item, Batch> {
  if (given instanceof QueueStore) return new RingQueue(given)
  if (given instanceof RingQueue || given instanceof ServedQueue) return given
  throw internalParameter('queue', given)
}
