/**
 * A queue between any processes and threads: many may put, many may get. Items are copied into shared memory and out
 * of it; a wait is a promise, or blocks the thread in the forms that end in Sync.
 */
import { isLaneworkError } from '../../core/index.ts'
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'
import { isProcessGone } from '../served/link.ts'
import type { QueueBackend, SyncLimits } from './backend.ts'
import { noLimits, type WaitLimits } from './line.ts'
import { arrivedQueue, backendOf, openQueue } from './open.ts'
import type { QueueStore } from './store.ts'

/** How a queue is made; for `of`, items are numbers. */
export interface QueueOptions<Item = unknown, Batch extends ArrayLike<Item> = Item[]> {
  /** Items that it holds before `put` waits. @default 1,024; with `of` 65,536 */
  readonly capacity?: number
  /** Bytes of all items together, encoded; also the limit of one. Without meaning with `of`. @default 1,048,576 */
  readonly capacityBytes?: number
  /** A typed array, `Float64Array` say: the queue moves its numbers only, in cells of fixed size and much faster. */
  readonly of?: (new (length: number) => Batch & ArrayLike<Item>) & { readonly BYTES_PER_ELEMENT: number }
}

/**
 * First in, first out, between processes and threads; items of one producer stay in order. Items are plain values
 * (no handles), up to `capacityBytes`. Killing a process at any moment leaves the queue good: an item is in it or not.
 *
 * Without the addon the thread that made the queue serves it to the others, for as long as it lives: an item on its way to
 * a getter that is killed is lost. The forms that end in Sync are UNSUPPORTED then, and elsewhere than in that
 * thread also those that begin with try (`timeoutMs: 0` tries once); `qsize` gives what was heard last.
 *
 * @example
 * const queue = new Queue<string>({ capacity: 100 })
 * await queue.put('hello')
 * console.log(await queue.get())
 *
 * @example
 * const samples = new Queue({ of: Float64Array })
 * await samples.putMany([1.5, 2.5])
 * const batch: Float64Array = await samples.getMany(1_000)
 */
export class Queue<Item = unknown, Batch extends ArrayLike<Item> = Item[]> implements Shareable, AsyncIterable<Item> {
  protected readonly kind: string = 'queue'
  readonly #backend: QueueBackend<Item, Batch>

  /**
   * Throws OPTION_INVALID.
   * @param backend internal: what arrived with a handle
   */
  constructor(
    options: QueueOptions<Item, Batch> = {},
    backend: QueueStore | QueueBackend<Item, Batch> = openQueue(options),
  ) {
    this.#backend = backendOf(backend)
  }

  /** Items that it holds at most. */
  get capacity(): number {
    return this.#backend.capacity
  }

  /**
   * Puts an item; waits while there is no room. Bytes must not change until then. Rejects with ITEM_TOO_LONG,
   * NOT_SERIALIZABLE, OPTION_INVALID, CLOSED, TIMED_OUT or ABORTED; the item is not in the queue then.
   */
  put(item: Item, limits: WaitLimits = noLimits): Promise<void> {
    return this.#backend.put(item, limits)
  }

  /** Puts an item if there is room now and no other thread is putting; whether it did. Throws as `put` rejects. */
  tryPut(item: Item): boolean {
    return this.#backend.tryPut(item)
  }

  /** `put` that blocks the thread, for worker code. Throws as `put` rejects. */
  putSync(item: Item, limits: SyncLimits = noLimits): void {
    this.#backend.putSync(item, limits)
  }

  /**
   * Puts all items in order, many at a time; waits while there is no room. Resolves with how many went in: fewer than
   * given only when a limit, or the end of the queue, stopped it after some did. Rejects as `put` does, with none of
   * them in the queue.
   */
  putMany(items: ArrayLike<Item>, limits: WaitLimits = noLimits): Promise<number> {
    return this.#backend.putMany(items, limits)
  }

  /** Puts as many of the items, from the first, as there is room for now; how many these were. */
  tryPutMany(items: ArrayLike<Item>): number {
    return this.#backend.tryPutMany(items)
  }

  /** `putMany` that blocks the thread. */
  putManySync(items: ArrayLike<Item>, limits: SyncLimits = noLimits): number {
    return this.#backend.putManySync(items, limits)
  }

  /** The next item; waits for one. Rejects with CLOSED (ended, and nothing is left), OPTION_INVALID, TIMED_OUT or ABORTED. */
  get(limits: WaitLimits = noLimits): Promise<Item> {
    return this.#backend.get(limits)
  }

  /** The next item, in an object as it may be undefined, if there is one now and no other thread is taking it. */
  tryGet(): { readonly value: Item } | undefined {
    return this.#backend.tryGet()
  }

  /** `get` that blocks the thread, for worker code. */
  getSync(limits: SyncLimits = noLimits): Item {
    return this.#backend.getSync(limits)
  }

  /** The next items, at least one and at most `most`; waits for the first. Rejects as `get` does. */
  getMany(most: number, limits: WaitLimits = noLimits): Promise<Batch> {
    return this.#backend.getMany(most, limits)
  }

  /** What is there now, at most `most` items; undefined when there is none, or another thread is taking them. */
  tryGetMany(most: number): Batch | undefined {
    return this.#backend.tryGetMany(most)
  }

  /** `getMany` that blocks the thread. */
  getManySync(most: number, limits: SyncLimits = noLimits): Batch {
    return this.#backend.getManySync(most, limits)
  }

  /** Items that it holds; others may change that at any time. */
  qsize(): number {
    return this.#backend.qsize()
  }

  /** Whether it holds as many items as it can; one with fewer may still lack bytes for a long item. */
  full(): boolean {
    return this.qsize() >= this.capacity
  }

  empty(): boolean {
    return this.qsize() === 0
  }

  /**
   * Says to all processes that nothing more will be put: `put` is CLOSED at once, and getters get what is left,
   * then CLOSED; `for await` ends.
   */
  end(): Promise<void> {
    return this.#backend.end()
  }

  /** Whether this handle was closed. */
  get closed(): boolean {
    return this.#backend.closed
  }

  /** Lets go of this process's handle; those who wait on it get CLOSED. The queue lives on in other processes. */
  close(): void {
    this.#backend.close()
  }

  /** Gets items until the queue is ended, or this handle closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      let item: Item
      try {
        item = await this.get()
      } catch (error) {
        // Ended, or closed here; not: lost with the process that served it.
        if (isLaneworkError(error, 'CLOSED') && !isProcessGone(error)) return
        throw error
      }
      yield item
    }
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.close()
  }

  /** What travels when a queue is an argument. */
  toShared(): SharedForm {
    return this.#backend.form(this.kind)
  }

  /** @internal For JoinableQueue. */
  protected get joins(): Pick<QueueBackend<Item, Batch>, 'unfinished' | 'taskDone' | 'join' | 'joinSync'> {
    return this.#backend
  }
}

registerShareable(
  'queue',
  (data, descriptors) => new Queue({}, arrivedQueue(data, descriptors)),
  (handle) => !handle.closed,
)
