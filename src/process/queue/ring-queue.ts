/** A queue as a ring in shared memory: every operation is atomic, also against kill -9. */
import { checkInteger, fail } from '../../core/index.ts'
import type { SharedForm } from '../codec/shareable.ts'
import { checkBlocking, checkWait } from '../sync/options.ts'
import type { QueueBackend, SyncLimits } from './backend.ts'
import { word } from './layout.ts'
import { Line, noLimits, type WaitLimits } from './line.ts'
import { busy, nothing, partly, type Parcel, type Ring } from './ring.ts'
import type { QueueStore } from './store.ts'

const settled: Promise<void> = Promise.resolve()
/** A loop that never waits lets the rest of the program run after so many items. */
const itemsPerTurn = 4_096

export class RingQueue<Item, Batch extends ArrayLike<Item>> implements QueueBackend<Item, Batch> {
  readonly #store: QueueStore
  readonly #ring: Ring<Item, Batch>
  readonly #putters: Line
  readonly #getters: Line
  readonly #joiners: Line
  #closed = false
  #itemsThisTurn = 0

  constructor(store: QueueStore) {
    this.#store = store
    this.#ring = store.ring()
    this.#putters = new Line(store.space, 'putting into the queue')
    this.#getters = new Line(store.items, 'getting from the queue')
    this.#joiners = new Line(store.done, 'joining the queue')
  }

  get capacity(): number {
    return this.#store.layout.capacity
  }

  put(item: Item, limits: WaitLimits): Promise<void> {
    try {
      this.#check(limits)
      if (this.#putters.isEmpty && this.#ring.put(item) === true) {
        this.#store.items.wake()
        return ++this.#itemsThisTurn < itemsPerTurn ? settled : this.#nextTurn()
      }
      const parcel = this.#ring.parcel([item])
      return this.#putters.wait(() => this.#send(parcel), limits) as Promise<unknown> as Promise<void>
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  tryPut(item: Item): boolean {
    this.#check(noLimits)
    if (this.#putters.try(() => this.#ring.put(item)) !== true) return false
    this.#store.items.wake()
    return true
  }

  putSync(item: Item, limits: SyncLimits): void {
    this.#checkBlocking(limits)
    this.#putters.waitSync(() => this.#ring.put(item), limits)
    this.#store.items.wake()
  }

  putMany(items: ArrayLike<Item>, limits: WaitLimits): Promise<number> {
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

  tryPutMany(items: ArrayLike<Item>): number {
    this.#check(noLimits)
    const parcel = this.#ring.parcel(items)
    if (items.length > 0) this.#putters.try(() => this.#send(parcel))
    return parcel.from
  }

  putManySync(items: ArrayLike<Item>, limits: SyncLimits): number {
    this.#checkBlocking(limits)
    const parcel = this.#ring.parcel(items)
    try {
      if (items.length > 0) this.#putters.waitSync(() => this.#send(parcel), limits)
    } catch (error) {
      if (parcel.from === 0) throw error
    }
    return parcel.from
  }

  get(limits: WaitLimits): Promise<Item> {
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

  tryGet(): { readonly value: Item } | undefined {
    this.#check(noLimits)
    const value = this.#getters.try(() => this.#takeOne())
    return value === nothing || value === busy ? undefined : { value }
  }

  getSync(limits: SyncLimits): Item {
    this.#checkBlocking(limits)
    return this.#getters.waitSync(() => this.#takeOne(), limits)
  }

  getMany(most: number, limits: WaitLimits): Promise<Batch> {
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

  tryGetMany(most: number): Batch | undefined {
    checkInteger('most', most, 1, 2 ** 32)
    this.#check(noLimits)
    const items = this.#getters.try(() => this.#takeSome(most))
    return items === nothing || items === busy ? undefined : items
  }

  getManySync(most: number, limits: SyncLimits): Batch {
    checkInteger('most', most, 1, 2 ** 32)
    this.#checkBlocking(limits)
    return this.#getters.waitSync(() => this.#takeSome(most), limits)
  }

  qsize(): number {
    this.#check(noLimits)
    return this.#ring.ends.count
  }

  async end(): Promise<void> {
    this.#check(noLimits)
    while (this.#ring.ends.end() === busy) await this.#nextTurn()
    this.#store.items.wake()
    this.#store.space.wake()
  }

  unfinished(): number {
    this.#check(noLimits)
    const dones = Atomics.load(this.#store.header, word.dones)
    return (Atomics.load(this.#store.header, word.puts) - dones) >>> 0
  }

  taskDone(): void {
    this.#check(noLimits)
    const { header } = this.#store
    let dones = Atomics.load(header, word.dones)
    for (;;) {
      if (dones === Atomics.load(header, word.gets)) throw fail('TASKS_DONE_EXCEEDED', { what: 'queue' })
      const seen = Atomics.compareExchange(header, word.dones, dones, (dones + 1) | 0)
      if (seen === dones) break
      dones = seen
    }
    if (this.unfinished() === 0) this.#store.done.wake()
  }

  async join(limits: WaitLimits): Promise<void> {
    checkWait(limits)
    if (this.unfinished() === 0) return
    await this.#joiners.wait(() => (this.unfinished() === 0 ? true : nothing), limits)
  }

  joinSync(limits: SyncLimits): void {
    this.#checkBlocking(limits)
    this.#joiners.waitSync(() => (this.unfinished() === 0 ? true : nothing), limits)
  }

  form(kind: string): SharedForm {
    this.#check(noLimits)
    return { kind, data: null, descriptors: this.#store.descriptors }
  }

  get closed(): boolean {
    return this.#closed
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#putters.close()
    this.#getters.close()
    this.#joiners.close()
    this.#store.close()
  }

  #check(limits: WaitLimits): void {
    if (this.#closed) throw fail('CLOSED', { what: 'queue' })
    if (limits === noLimits) return
    checkWait(limits)
    const { signal } = limits
    if (signal?.aborted) throw fail('ABORTED', { what: 'The queue' }, { cause: signal.reason })
  }

  #checkBlocking(limits: SyncLimits): void {
    this.#check(noLimits)
    checkBlocking(limits)
  }

  #send(parcel: Parcel<Item>): number | typeof nothing | typeof busy | typeof partly {
    const put = this.#ring.putSome(parcel)
    if (typeof put !== 'number') return put
    this.#store.items.wake()
    return parcel.from === parcel.items.length ? parcel.from : partly
  }

  #takeOne(): Item | typeof nothing | typeof busy {
    const item = this.#ring.get()
    if (item !== nothing && item !== busy) this.#store.space.wake()
    return item
  }

  #takeSome(most: number): Batch | typeof nothing | typeof busy {
    const items = this.#ring.getSome(most)
    if (items !== nothing && items !== busy) this.#store.space.wake()
    return items
  }

  #nextTurn(): Promise<void> {
    this.#itemsThisTurn = 0
    return new Promise((resolve) => setImmediate(resolve))
  }
}
