/** A handle of a queue that some thread serves. Puts and gets of one turn travel together. */
import { checkInteger, fail } from '../../core/index.ts'
import type { SharedForm } from '../codec/shareable.ts'
import type { QueueBackend } from '../queue/backend.ts'
import type { Layout } from '../queue/layout.ts'
import { checkWait } from '../sync/options.ts'
import { cannotBlock, ServedHandle, type Limits, type ServedForm } from './handle.ts'
import { packingOf, type Pack, type Packing } from './packing.ts'
import { PutWindow } from './put-window.ts'
import { QueueObject } from './queue-object.ts'

const putting = 'putting into the queue'
const getting = 'getting from the queue'
/** A loop that never waits lets the rest of the program run after so many items. */
const itemsPerTurn = 4_096

export class ServedQueue<Item, Batch extends ArrayLike<Item>> implements QueueBackend<Item, Batch> {
  readonly #handle: ServedHandle
  readonly #layout: Layout
  readonly #packing: Packing<Item, Batch>
  readonly #window = new PutWindow()
  #itemsThisTurn = 0

  private constructor(handle: ServedHandle, layout: Layout) {
    this.#handle = handle
    this.#layout = layout
    this.#packing = packingOf(layout)
  }

  static serve<Item, Batch extends ArrayLike<Item>>(layout: Layout): ServedQueue<Item, Batch> {
    return new ServedQueue(ServedHandle.serve(new QueueObject(layout), 'queue'), layout)
  }

  static attach<Item, Batch extends ArrayLike<Item>>(form: ServedForm): ServedQueue<Item, Batch> {
    return new ServedQueue(ServedHandle.attach(form, 'queue'), form.data as Layout)
  }

  get capacity(): number {
    return this.#layout.capacity
  }

  async put(item: Item, limits: Limits): Promise<void> {
    await this.#put([item], limits)
    if (++this.#itemsThisTurn >= itemsPerTurn) await this.#nextTurn()
  }

  putMany(items: ArrayLike<Item>, limits: Limits): Promise<number> {
    return this.#put(items, limits)
  }

  tryPut(item: Item): boolean {
    return this.tryPutMany([item]) === 1
  }

  tryPutMany(items: ArrayLike<Item>): number {
    const { bytes, ends } = this.#packing.pack(items)
    return (this.#handle.now('put', [bytes, ends], 'putting without waiting') ?? 0) as number
  }

  async get(limits: Limits): Promise<Item> {
    const [bytes] = await this.#get(1, limits)
    if (++this.#itemsThisTurn >= itemsPerTurn) await this.#nextTurn()
    return this.#packing.first(bytes)
  }

  async getMany(most: number, limits: Limits): Promise<Batch> {
    checkInteger('most', most, 1, 2 ** 32)
    return this.#packing.all(...(await this.#get(most, limits)))
  }

  tryGet(): { readonly value: Item } | undefined {
    const got = this.#getNow(1)
    return got && { value: this.#packing.first(got[0]) }
  }

  tryGetMany(most: number): Batch | undefined {
    checkInteger('most', most, 1, 2 ** 32)
    const got = this.#getNow(most)
    return got && this.#packing.all(...got)
  }

  putSync(): never {
    return this.#cannotBlock('putSync')
  }

  putManySync(): never {
    return this.#cannotBlock('putManySync')
  }

  getSync(): never {
    return this.#cannotBlock('getSync')
  }

  getManySync(): never {
    return this.#cannotBlock('getManySync')
  }

  joinSync(): never {
    return this.#cannotBlock('joinSync')
  }

  qsize(): number {
    return this.#view[0]
  }

  unfinished(): number {
    return this.#view[1]
  }

  taskDone(): void {
    this.#handle.tell('done')
  }

  async join(limits: Limits): Promise<void> {
    checkWait(limits)
    await this.#handle.call('join', [], { ...limits, what: 'joining the queue' })
  }

  async end(): Promise<void> {
    await this.#handle.call('end', [], { what: 'ending the queue' })
  }

  get closed(): boolean {
    return this.#handle.closed
  }

  close(): void {
    this.#window.close(fail('CLOSED', { what: 'queue' }))
    this.#handle.close()
  }

  form(kind: string): SharedForm {
    return this.#handle.form(kind, this.#layout)
  }

  get #view(): readonly [count: number, unfinished: number] {
    return this.#handle.view as [number, number]
  }

  #put(items: ArrayLike<Item>, limits: Limits): Promise<number> {
    try {
      this.#handle.check()
      checkWait(limits)
      if (limits.signal?.aborted === true)
        throw fail('ABORTED', { what: 'The queue' }, { cause: limits.signal.reason as Error })
      if (items.length === 0) return Promise.resolve(0)
      const pack = this.#packing.pack(items)
      return this.#window.enter(pack.bytes.length, limits, (left) => this.#send(pack, left))
    } catch (error) {
      return Promise.reject(error as Error)
    }
  }

  #send({ bytes, ends }: Pack, limits: Limits): Promise<number> {
    return this.#handle.call('put', [bytes, ends], { ...limits, what: putting }) as Promise<number>
  }

  async #get(most: number, limits: Limits): Promise<[Uint8Array, number[]]> {
    checkWait(limits)
    const late = (pack: unknown): void => this.#handle.giveBack('restore', ...(pack as unknown[]))
    return (await this.#handle.call('get', [most], { ...limits, what: getting, late })) as [Uint8Array, number[]]
  }

  #getNow(most: number): [Uint8Array, number[]] | undefined {
    return this.#handle.now('get', [most], 'getting without waiting') as [Uint8Array, number[]] | undefined
  }

  #nextTurn(): Promise<void> {
    this.#itemsThisTurn = 0
    return new Promise((resolve) => setImmediate(resolve))
  }

  #cannotBlock(method: string): never {
    this.#handle.check()
    throw cannotBlock(method)
  }
}
