/** What the handles of one queue share: its memory, and an eventfd each for items, for space and for what is done. */
import { checkInteger, checkKnownKeys } from '../../core/index.ts'
import { OwnedDescriptor } from '../memory/owned-descriptor.ts'
import { needAddon, Segment } from '../memory/segment.ts'
import { newEvent, WaitPoint } from '../sync/wait-point.ts'
import type { TypedArrayClass } from '../typed-arrays.ts'
import { CellRing } from './cell-ring.ts'
import {
  cellLayout,
  headerBytes,
  readLayout,
  recordForm,
  recordLayout,
  totalBytes,
  word,
  writeLayout,
  type Layout,
} from './layout.ts'
import { RecordRing } from './record-ring.ts'
import type { Ring } from './ring.ts'

export interface StoreOptions {
  readonly capacity?: number | undefined
  readonly capacityBytes?: number | undefined
  readonly of?: unknown
}

const defaultCapacity = 1_024
const defaultNumbers = 65_536
const defaultCapacityBytes = 1_048_576
const mostItems = 2 ** 24
const mostBytes = 2 ** 30 - 8

/** One process's hold on a queue. */
export class QueueStore {
  readonly header: Int32Array
  readonly layout: Layout
  readonly items: WaitPoint
  readonly space: WaitPoint
  readonly done: WaitPoint
  /** Segment, items, space, done. */
  readonly descriptors: readonly number[]
  readonly #segment: Segment
  readonly #events: readonly OwnedDescriptor[]

  constructor(segment: Segment, events: readonly number[]) {
    this.#segment = segment
    this.#events = events.map((event) => new OwnedDescriptor(event))
    this.descriptors = [segment.descriptor, ...events]
    this.header = new Int32Array(segment.buffer, 0, headerBytes / 4)
    this.layout = readLayout(this.header)
    const [items = -1, space = -1, done = -1] = events
    this.items = new WaitPoint(this.header, word.items, items)
    this.space = new WaitPoint(this.header, word.space, space)
    this.done = new WaitPoint(this.header, word.done, done)
  }

  /** A new queue. Throws OPTION_INVALID, UNSUPPORTED without the addon. */
  static create(options: StoreOptions): QueueStore {
    const layout = layoutOf(options)
    const segment = Segment.create(totalBytes(layout), 'lanework-queue')
    writeLayout(new Int32Array(segment.buffer, 0, headerBytes / 4), layout)
    return new QueueStore(segment, [newEvent(), newEvent(), newEvent()])
  }

  /** A queue that exists; the descriptors belong to the store from now on. */
  static attach(descriptors: readonly number[]): QueueStore {
    const [memory = -1, ...events] = descriptors
    const segment = Segment.attach(memory)
    try {
      return new QueueStore(segment, events)
    } catch (error) {
      segment.close()
      closeAll(events)
      throw error
    }
  }

  ring<Item, Batch>(): Ring<Item, Batch> {
    const { buffer } = this.#segment
    return this.layout.form === recordForm
      ? (new RecordRing<Item>(buffer, this.header, this.layout) as unknown as Ring<Item, Batch>)
      : new CellRing<Item, Batch>(buffer, this.header, this.layout)
  }

  close(): void {
    for (const point of [this.items, this.space, this.done]) point.close()
    this.#segment.close()
    for (const event of this.#events) event.close()
  }
}

/** Throws OPTION_INVALID. */
export function layoutOf(options: StoreOptions): Layout {
  checkKnownKeys('options', options, ['capacity', 'capacityBytes', 'of'])
  const { capacity, capacityBytes, of } = options
  if (of !== undefined) {
    const numbers = checkInteger('capacity', capacity ?? defaultNumbers, 1, mostItems)
    return cellLayout(numbers, of as TypedArrayClass)
  }
  const bytes = checkInteger('capacityBytes', capacityBytes ?? defaultCapacityBytes, 8, mostBytes)
  return recordLayout(checkInteger('capacity', capacity ?? defaultCapacity, 1, mostItems), bytes)
}

function closeAll(descriptors: readonly number[]): void {
  const native = needAddon('queues between processes')
  for (const descriptor of descriptors) native.close(descriptor)
}
