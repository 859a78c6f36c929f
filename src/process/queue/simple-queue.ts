/** The queue with the fewest words. */
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'
import type { QueueBackend } from './backend.ts'
import type { WaitLimits } from './line.ts'
import { arrivedQueue, openQueue } from './open.ts'
import { Queue } from './queue.ts'

const capacity = 65_536

/** `put`, `get`, `empty`, `close`; between any processes and threads, first in, first out. Holds up to 1 MiB. */
export class SimpleQueue<Item = unknown> implements Shareable {
  readonly #queue: Queue<Item>

  /** @param backend internal: what arrived with a handle */
  constructor(backend: QueueBackend<Item, Item[]> = openQueue({ capacity })) {
    this.#queue = new Queue<Item>({}, backend)
  }

  /** Puts an item; waits while there is no room. Rejects as `Queue.put` does. */
  put(item: Item, limits?: WaitLimits): Promise<void> {
    return this.#queue.put(item, limits)
  }

  /** The next item; waits for one. Rejects as `Queue.get` does. */
  get(limits?: WaitLimits): Promise<Item> {
    return this.#queue.get(limits)
  }

  /** Whether it holds nothing; others may change that at any time. Throws CLOSED. */
  empty(): boolean {
    return this.#queue.empty()
  }

  /** Whether this handle was closed. */
  get closed(): boolean {
    return this.#queue.closed
  }

  /** Lets go of this process's handle; those who wait on it get CLOSED. */
  close(): void {
    this.#queue.close()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** What travels when the queue is an argument. */
  toShared(): SharedForm {
    return { ...this.#queue.toShared(), kind: 'simple-queue' }
  }
}

registerShareable(
  'simple-queue',
  (data, descriptors) => new SimpleQueue(arrivedQueue<unknown, unknown[]>(data, descriptors)),
  (handle) => !handle.closed,
)
