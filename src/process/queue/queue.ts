/**
 * A queue between any processes and threads: many may put, many may get. Items are copied into shared memory and out
 * of it; a wait is a promise, or blocks the thread in the forms that end in Sync.
 */
import { checkInteger, fail, isLaneworkError } from '../../core/index.ts'
import { registerShareable, type Shareable, type SharedForm } from '../codec/shareable.ts'
import { Line, type WaitLimits } from './line.ts'
import { busy, nothing, partly, type Parcel, type Ring } from './ring.ts'
import { QueueStore } from './store.ts'

/** How a queue is made; for `of`, items are numbers. */
export interface QueueOptions<Item = unknown, Batch extends ArrayLike<Item> = Item[]> {
  /** Items that it holds before `put` waits. @default 1,024; with `of` 65,536 */
  readonly capacity?: number
  /** Bytes of all items together, encoded; also the limit of one. Without meaning with `of`. @default 1,048,576 */
  readonly capacityBytes?: number
  /** A typed array, `Float64Array` say: the queue moves its numbers only, in cells of fixed size and much faster. */
  readonly of?: (new (length: number) => Batch & ArrayLike<Item>) & { readonly BYTES_PER_ELEMENT: number }
}

/** Longest wait in milliseconds, for the forms that block the thread. */
export type SyncLimits = Pick<WaitLimits, 'timeoutMs'>

const noLimits: WaitLimits = {}
const settled: Promise<void> = Promise.resolve()
/** A loop that never waits lets the rest of the program run after so many items. */
const itemsPerTurn = 4_096

/**
 * First in, first out, between processes and threads; items of one producer stay in order. Items are plain values
 * (no handles), up to `capacityBytes`. Killing a process at any moment leaves the queue good: an item is in it or not.
 * Needs the addon.
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
  protected readonly store: QueueStore
  protected readonly kind: string = 'queue'
  readonly #ring: Ring<Item, Batch>
  readonly #putters: Line
  readonly #getters: Line
  #closed = false
  #itemsThisTurn = 0

  /** Throws OPTION_INVALID, and UNSUPPORTED without the addon. `store` is for handles that arrive from elsewhere. */
  constructor(options: QueueOptions<Item, Batch> = {}, store: QueueStore = QueueStore.create(options)) {
    this.store = store
    this.#ring = store.ring()
    this.#putters = new Line(store.space, 'putting into the queue')
    this.#getters = new Line(store.items, 'getting from the queue')
  }

  /** Items that it holds at most. */
  get capacity(): number {
    return this.store.layout.capacity
  }

  /**
   * Puts an item; waits while there is no room. Bytes must not change until then. Rejects with ITEM_TOO_LONG,
   * NOT_SERIALIZABLE, CLOSED, TIMED_OUT or ABORTED; the item is not in the queue then.
   */
  put(item: Item, limits: WaitLimits = noLimits): Promise<void> {
    try {
      this.#check(limits)
      if (this.#putters.isEmpty && this.#ring.put(item) === true) {
        this.store.items.wake()
        return ++this.#itemsThisTurn < itemsPerTurn ? settled : this.#nextTurn()
      }
      const parcel = this.#ring.parcel([item])
      return this.#putters.wait(() => this.#send(parcel), limits) as Promise<unknown> as Promise<void>
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** Puts an item if there is room now and no other thread is putting; whether it did. Throws as `put` rejects. */
  tryPut(item: Item): boolean {
    this.#check(noLimits)
    if (this.#putters.try(() => this.#ring.put(item)) !== true) return false
    this.store.items.wake()
    return true
  }

  /** `put` that blocks the thread, for worker code. Throws as `put` rejects. */
  putSync(item: Item, limits: SyncLimits = noLimits): void {
    this.#check(noLimits)
    this.#putters.waitSync(() => this.#ring.put(item), limits)
    this.store.items.wake()
  }

  /**
   * Puts all items in order, many at a time; waits while there is no room. Resolves with how many went in: fewer than
   * given only when a limit, or the end of the queue, stopped it after some did. Rejects as `put` does, with none of
   * them in the queue.
   */
  putMany(items: ArrayLike<Item>, limits: WaitLimits = noLimits): Promise<number> {
    try {
      this.#check(limits)
      const { length } = items
      if (length === 0) return Promise.resolve(0)
      const parcel = this.#ring.parcel(items)
      if (this.#putters.isEmpty && this.#send(parcel) === length) {
        this.#itemsThisTurn += length
        return this.#itemsThisTurn < itemsPerTurn ? Promise.resolve(length) : this.#nextTurn().then(() => length)
      }
      return this.#putters
        .wait(() => this.#send(parcel), limits)
        .catch((error: unknown) => {
          if (parcel.from === 0) throw error
          return parcel.from
        })
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** Puts as many of the items, from the first, as there is room for now; how many these were. */
  tryPutMany(items: ArrayLike<Item>): number {
    this.#check(noLimits)
    const parcel = this.#ring.parcel(items)
    if (items.length > 0) this.#putters.try(() => this.#send(parcel))
    return parcel.from
  }

  /** `putMany` that blocks the thread. */
  putManySync(items: ArrayLike<Item>, limits: SyncLimits = noLimits): number {
    this.#check(noLimits)
    const parcel = this.#ring.parcel(items)
    try {
      if (items.length > 0) this.#putters.waitSync(() => this.#send(parcel), limits)
    } catch (error) {
      if (parcel.from === 0) throw error
    }
    return parcel.from
  }

  /** The next item; waits for one. Rejects with CLOSED (ended, and nothing is left), TIMED_OUT or ABORTED. */
  get(limits: WaitLimits = noLimits): Promise<Item> {
    try {
      this.#check(limits)
      if (this.#getters.isEmpty) {
        const item = this.#takeOne()
        if (item !== nothing && item !== busy)
          return ++this.#itemsThisTurn < itemsPerTurn ? Promise.resolve(item) : this.#nextTurn().then(() => item)
      }
      return this.#getters.wait(() => this.#takeOne(), limits)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** The next item, in an object as it may be undefined, if there is one now and no other thread is taking it. */
  tryGet(): { readonly value: Item } | undefined {
    this.#check(noLimits)
    const value = this.#getters.try(() => this.#takeOne())
    return value === nothing || value === busy ? undefined : { value }
  }

  /** `get` that blocks the thread, for worker code. */
  getSync(limits: SyncLimits = noLimits): Item {
    this.#check(noLimits)
    return this.#getters.waitSync(() => this.#takeOne(), limits)
  }

  /** The next items, at least one and at most `most`; waits for the first. Rejects as `get` does. */
  getMany(most: number, limits: WaitLimits = noLimits): Promise<Batch> {
    try {
      checkInteger('most', most, 1, 2 ** 32)
      this.#check(limits)
      if (this.#getters.isEmpty) {
        const items = this.#takeSome(most)
        if (items !== nothing && items !== busy) {
          this.#itemsThisTurn += items.length
          return this.#itemsThisTurn < itemsPerTurn ? Promise.resolve(items) : this.#nextTurn().then(() => items)
        }
      }
      return this.#getters.wait(() => this.#takeSome(most), limits)
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  /** What is there now, at most `most` items; undefined when there is none, or another thread is taking them. */
  tryGetMany(most: number): Batch | undefined {
    checkInteger('most', most, 1, 2 ** 32)
    this.#check(noLimits)
    const items = this.#getters.try(() => this.#takeSome(most))
    return items === nothing || items === busy ? undefined : items
  }

  /** `getMany` that blocks the thread. */
  getManySync(most: number, limits: SyncLimits = noLimits): Batch {
    checkInteger('most', most, 1, 2 ** 32)
    this.#check(noLimits)
    return this.#getters.waitSync(() => this.#takeSome(most), limits)
  }

  /** Items that it holds; others may change that at any time. */
  qsize(): number {
    this.#check(noLimits)
    return this.#ring.ends.count
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
  async end(): Promise<void> {
    this.#check(noLimits)
    while (this.#ring.ends.end() === busy) await this.#nextTurn()
    this.store.items.wake()
    this.store.space.wake()
  }

  /** Whether this handle was closed. */
  get closed(): boolean {
    return this.#closed
  }

  /** Lets go of this process's handle; those who wait on it get CLOSED. The queue lives on in other processes. */
  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#putters.close()
    this.#getters.close()
    this.store.close()
  }

  /** Gets items until the queue is ended, or this handle closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Item, void, undefined> {
    for (;;) {
      let item: Item
      try {
        item = await this.get()
      } catch (error) {
        if (isLaneworkError(error, 'CLOSED')) return
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
    this.#check(noLimits)
    return { kind: this.kind, data: null, descriptors: this.store.descriptors }
  }

  /** Throws CLOSED, or ABORTED. */
  #check({ signal }: WaitLimits): void {
    if (this.#closed) throw fail('CLOSED', { what: 'queue' })
    if (signal?.aborted) throw fail('ABORTED', { what: 'The queue' }, { cause: signal.reason })
  }

  /** All that is left of the parcel, once nothing is. */
  #send(parcel: Parcel<Item>): number | typeof nothing | typeof busy | typeof partly {
    const put = this.#ring.putSome(parcel)
    if (typeof put !== 'number') return put
    this.store.items.wake()
    return parcel.from === parcel.items.length ? parcel.from : partly
  }

  #takeOne(): Item | typeof nothing | typeof busy {
    const item = this.#ring.get()
    if (item !== nothing && item !== busy) this.store.space.wake()
    return item
  }

  #takeSome(most: number): Batch | typeof nothing | typeof busy {
    const items = this.#ring.getSome(most)
    if (items !== nothing && items !== busy) this.store.space.wake()
    return items
  }

  #nextTurn(): Promise<void> {
    this.#itemsThisTurn = 0
    return new Promise((resolve) => setImmediate(resolve))
  }
}

registerShareable(
  'queue',
  (_data, descriptors) => new Queue({}, QueueStore.attach(descriptors)),
  (handle) => !handle.closed,
)
