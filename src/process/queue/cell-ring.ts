/** A ring of numbers of one kind: cells in place of records, moved in bulk by TypedArray.set. */
import { fail } from '../../core/index.ts'
import { failPoints } from './fail-point.ts'
import type { TypedArray, TypedArrayClass } from '../typed-arrays.ts'
import { headerBytes, numbersOf, word, type Layout } from './layout.ts'
import { busy, nothing, RingEnds, type Parcel, type Ring } from './ring.ts'

/** `set` without the difference between numbers and bigints, which `of` has decided. */
interface Settable {
  set(source: ArrayLike<unknown>, offset?: number): void
  subarray(begin: number, end: number): TypedArray
}

/** Numbers in fixed cells. */
export class CellRing<Item, Batch> implements Ring<Item, Batch> {
  readonly ends: RingEnds
  readonly #header: Int32Array
  readonly #cells: TypedArray
  readonly #of: TypedArrayClass
  readonly #mask: number
  readonly #type: 'number' | 'bigint'

  constructor(memory: ArrayBuffer, header: Int32Array, layout: Layout) {
    const of = numbersOf(layout.form)
    if (of === undefined) throw fail('UNSUPPORTED', { feature: 'this queue', reason: `its form is ${layout.form}` })
    this.ends = new RingEnds(header)
    this.#header = header
    this.#of = of
    this.#cells = new of(memory, headerBytes, layout.slots)
    this.#mask = layout.slots - 1
    this.#type = typeof this.#cells[0] as 'number' | 'bigint'
  }

  put(item: Item): true | typeof nothing | typeof busy {
    this.#check(item)
    const { ends } = this
    ends.checkOpen()
    if (!ends.putLock.take()) return busy
    try {
      failPoints.reached?.('put.locked')
      ends.checkOpen()
      const puts = Atomics.load(this.#header, word.puts)
      if (((puts - Atomics.load(this.#header, word.gets)) | 0) >= ends.capacity) return nothing
      this.#cells[puts & this.#mask] = item as number
      this.#commit('put', (puts + 1) | 0)
    } finally {
      ends.putLock.release()
    }
    failPoints.reached?.('put.unlocked')
    return true
  }

  parcel(items: ArrayLike<Item>): Parcel<Item> {
    // A typed array holds nothing but numbers, of which the first tells the type.
    const checked = ArrayBuffer.isView(items) ? Math.min(1, items.length) : items.length
    for (let index = 0; index < checked; index++) this.#check(items[index] as Item)
    return { items, from: 0 }
  }

  putSome(parcel: Parcel<Item>): number | typeof nothing | typeof busy {
    const { ends } = this
    ends.checkOpen()
    if (!ends.putLock.take()) return busy
    let count = 0
    try {
      failPoints.reached?.('put.locked')
      ends.checkOpen()
      const puts = Atomics.load(this.#header, word.puts)
      const held = (puts - Atomics.load(this.#header, word.gets)) | 0
      count = Math.min(parcel.items.length - parcel.from, ends.capacity - held)
      if (count <= 0) return nothing
      this.#copyIn(parcel.items, parcel.from, count, puts & this.#mask)
      this.#commit('put', (puts + count) | 0)
    } finally {
      ends.putLock.release()
    }
    failPoints.reached?.('put.unlocked')
    parcel.from += count
    return count
  }

  get(): Item | typeof nothing | typeof busy {
    const { ends } = this
    const header = this.#header
    if (Atomics.load(header, word.puts) === Atomics.load(header, word.gets)) return ends.nothingLeft()
    if (!ends.getLock.take()) return busy
    try {
      failPoints.reached?.('get.locked')
      const gets = Atomics.load(header, word.gets)
      if (Atomics.load(header, word.puts) === gets) return ends.nothingLeft()
      const item = this.#cells[gets & this.#mask] as Item
      this.#commit('get', (gets + 1) | 0)
      return item
    } finally {
      ends.getLock.release()
      failPoints.reached?.('get.unlocked')
    }
  }

  getSome(most: number): Batch | typeof nothing | typeof busy {
    const { ends } = this
    const header = this.#header
    if (Atomics.load(header, word.puts) === Atomics.load(header, word.gets)) return ends.nothingLeft()
    if (!ends.getLock.take()) return busy
    try {
      failPoints.reached?.('get.locked')
      const gets = Atomics.load(header, word.gets)
      const count = Math.min((Atomics.load(header, word.puts) - gets) >>> 0, most)
      if (count === 0) return ends.nothingLeft()
      const items = this.#copyOut(gets & this.#mask, count)
      this.#commit('get', (gets + count) | 0)
      return items
    } finally {
      ends.getLock.release()
      failPoints.reached?.('get.unlocked')
    }
  }

  #commit(end: 'put' | 'get', counter: number): void {
    failPoints.reached?.(end === 'put' ? 'put.written' : 'get.copied')
    Atomics.store(this.#header, end === 'put' ? word.puts : word.gets, counter)
    failPoints.reached?.(end === 'put' ? 'put.committed' : 'get.committed')
  }

  #copyIn(items: ArrayLike<Item>, from: number, count: number, at: number): void {
    const cells = this.#cells as unknown as Settable
    const first = Math.min(count, this.#mask + 1 - at)
    cells.set(part(items, from, from + first), at)
    if (first < count) cells.set(part(items, from + first, from + count), 0)
  }

  #copyOut(at: number, count: number): Batch {
    const first = Math.min(count, this.#mask + 1 - at)
    if (first === count) return this.#cells.slice(at, at + count) as Batch
    const items = new this.#of(count) as unknown as Settable
    const cells = this.#cells as unknown as Settable
    items.set(cells.subarray(at, at + first) as ArrayLike<unknown>)
    items.set(cells.subarray(0, count - first) as ArrayLike<unknown>, first)
    return items as Batch
  }

  #check(item: Item): void {
    if (typeof item === this.#type) return
    throw fail('NOT_SERIALIZABLE', {
      what: `a value of type ${item === null ? 'null' : typeof item}`,
      reason: `this queue holds ${this.#type}s (${this.#of.name}) only`,
    })
  }
}

function part(items: ArrayLike<unknown>, from: number, to: number): ArrayLike<unknown> {
  if (from === 0 && to === items.length) return items
  if (ArrayBuffer.isView(items)) return (items as unknown as Settable).subarray(from, to) as ArrayLike<unknown>
  return Array.prototype.slice.call(items, from, to)
}
