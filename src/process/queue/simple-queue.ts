/** The queue with the fewest words. */
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'
import type { WaitLimits } from './line.ts'
import { Queue } from './queue.ts'
import { QueueStore } from './store.ts'

const capacity = 65_536

/** `put`, `get`, `empty`, `close`; between any processes and threads, first in, first out. Holds up to 1 MiB. */
export class SimpleQueue<Item = unknown> implements Shareable {
  readonly #queue: Queue<Item>

  /** Throws UNSUPPORTED without the addon. `store` is for handles that arrive from elsewhere. */
  constructor(store: QueueStore = QueueStore.create({ capacity })) {
    this.#queue = new Queue<Item>({}, store)
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
  (_data, descriptors) => new SimpleQueue(QueueStore.attach(descriptors)),
  (handle) => !handle.closed,
)
