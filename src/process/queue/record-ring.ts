/**
 * A ring of values of any size: a table of slots, and an arena that holds their bytes one after the other.
 *
 *   slot   | start | kind (2 bits), length |
 *   arena  |......[ 7 ][ 8   ][ 9 ][ 10     ]...|      7 = gets, 11 = puts
 *
 * A record starts at a multiple of eight, takes eight bytes at least and never wraps; one that does not fit before
 * the end goes to the start. Where the free bytes are follows from the slots of the first and the last item, so the
 * counters are all there is to commit. Values are encoded before the lock is taken, as that may run code of the user.
 */
import { fail } from '../../core/index.ts'
import { Decoder, Encoder } from '../codec/index.ts'
import { failPoints } from './fail-point.ts'
import { headerBytes, slotTableBytes, word, type Layout } from './layout.ts'
import { busy, nothing, RingEnds, type Parcel, type Ring } from './ring.ts'

const kind = { encoded: 0, bytes: 1, buffer: 2 } as const
const kindShift = 30
const lengthMask = 2 ** kindShift - 1
/** Up to here a loop copies faster than a call. */
const shortBytes = 32
/** A larger buffer for encoding is not kept. */
const keptBytes = 1_048_576

interface RecordParcel<Item> extends Parcel<Item> {
  /** What is not bytes itself, encoded; item n ends at `ends[n]`. */
  readonly encoder: Encoder | undefined
  readonly ends: readonly number[]
}

/** Values of any size, copied in and out. */
export class RecordRing<Item> implements Ring<Item, Item[]> {
  readonly ends: RingEnds
  readonly #header: Int32Array
  readonly #slots: Int32Array
  readonly #mask: number
  readonly #arena: Buffer
  readonly #arenaBytes: number
  readonly #decoder: Decoder
  #spare: Encoder | undefined
  /** Where the last record of the put in progress ends. */
  #tail = 0

  constructor(memory: ArrayBuffer, header: Int32Array, layout: Layout) {
    this.ends = new RingEnds(header)
    this.#header = header
    this.#slots = new Int32Array(memory, headerBytes, layout.slots * 2)
    this.#mask = layout.slots - 1
    this.#arena = Buffer.from(memory, headerBytes + slotTableBytes(layout), layout.bodyBytes)
    this.#arenaBytes = layout.bodyBytes
    this.#decoder = new Decoder(this.#arena)
  }

  put(item: Item): true | typeof nothing | typeof busy {
    this.ends.checkOpen()
    if (item instanceof Uint8Array) {
      this.#checkLength(item.length)
      return this.#putOne(bytesKind(item), item, item.length)
    }
    if (this.ends.count >= this.ends.capacity) return nothing
    const encoder = this.#takeEncoder()
    try {
      encoder.value(item)
      this.#checkLength(encoder.length)
      return this.#putOne(kind.encoded, encoder.bytes, encoder.length)
    } finally {
      if (encoder.bytes.length <= keptBytes) this.#spare = encoder
    }
  }

  parcel(items: ArrayLike<Item>): RecordParcel<Item> {
    let encoder: Encoder | undefined
    const ends: number[] = []
    for (let index = 0; index < items.length; index++) {
      const item = items[index]
      const start = encoder?.length ?? 0
      if (item instanceof Uint8Array) {
        this.#checkLength(item.length)
      } else {
        encoder ??= new Encoder(undefined, 256)
        encoder.value(item)
        this.#checkLength(encoder.length - start)
      }
      ends.push(encoder?.length ?? 0)
    }
    return { items, from: 0, encoder, ends }
  }

  putSome(parcel: RecordParcel<Item>): number | typeof nothing | typeof busy {
    const { ends } = this
    ends.checkOpen()
    if (ends.count >= ends.capacity) return nothing
    if (!ends.putLock.take()) return busy
    let put = 0
    try {
      failPoints.reached?.('put.locked')
      const puts = Atomics.load(this.#header, word.puts)
      const gets = Atomics.load(this.#header, word.gets)
      put = this.#appendAll(parcel, puts, gets)
      if (put > 0) this.#commitPuts((puts + put) | 0)
    } finally {
      ends.putLock.release()
    }
    failPoints.reached?.('put.unlocked')
    parcel.from += put
    return put === 0 ? nothing : put
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
      try {
        return this.#read(gets)
      } finally {
        // Also what cannot be read is taken, or nobody would ever get past it.
        this.#commitGets((gets + 1) | 0)
      }
    } finally {
      ends.getLock.release()
      failPoints.reached?.('get.unlocked')
    }
  }

  getSome(most: number): Item[] | typeof nothing | typeof busy {
    const { ends } = this
    const header = this.#header
    if (Atomics.load(header, word.puts) === Atomics.load(header, word.gets)) return ends.nothingLeft()
    if (!ends.getLock.take()) return busy
    try {
      failPoints.reached?.('get.locked')
      const gets = Atomics.load(header, word.gets)
      const count = Math.min((Atomics.load(header, word.puts) - gets) >>> 0, most)
      if (count === 0) return ends.nothingLeft()
      const items: Item[] = []
      try {
        for (let index = 0; index < count; index++) items.push(this.#read((gets + index) | 0))
      } catch (error) {
        // The items before it go out first; on its own, what cannot be read is taken and reported.
        if (items.length === 0) {
          this.#commitGets((gets + 1) | 0)
          throw error
        }
      }
      this.#commitGets((gets + items.length) | 0)
      return items
    } finally {
      ends.getLock.release()
      failPoints.reached?.('get.unlocked')
    }
  }

  #putOne(kind: number, bytes: Uint8Array, length: number): true | typeof nothing | typeof busy {
    const { ends } = this
    if (!ends.putLock.take()) return busy
    try {
      failPoints.reached?.('put.locked')
      ends.checkOpen()
      const puts = Atomics.load(this.#header, word.puts)
      const gets = Atomics.load(this.#header, word.gets)
      const count = (puts - gets) | 0
      if (count >= ends.capacity) return nothing
      this.#tail = count === 0 ? 0 : this.#endOf(puts - 1)
      const start = this.#place(length, count === 0 ? -1 : this.#startOf(gets))
      if (start < 0) return nothing
      this.#copyIn(bytes, 0, length, start)
      this.#writeSlot(puts, start, length, kind)
      this.#commitPuts((puts + 1) | 0)
    } finally {
      ends.putLock.release()
    }
    failPoints.reached?.('put.unlocked')
    return true
  }

  /** Writes what fits, without committing it. */
  #appendAll(parcel: RecordParcel<Item>, puts: number, gets: number): number {
    this.ends.checkOpen()
    const { items, from, encoder, ends } = parcel
    const held = (puts - gets) | 0
    const most = Math.min(items.length - from, this.ends.capacity - held)
    this.#tail = held === 0 ? 0 : this.#endOf(puts - 1)
    let head = held === 0 ? -1 : this.#startOf(gets)
    for (let index = 0; index < most; index++) {
      const item = items[from + index]
      const isBytes = item instanceof Uint8Array
      const begin = isBytes ? 0 : from + index === 0 ? 0 : (ends[from + index - 1] as number)
      const length = isBytes ? item.length : (ends[from + index] as number) - begin
      const start = this.#place(length, head)
      if (start < 0) return index
      if (isBytes) this.#copyIn(item, 0, length, start)
      else if (encoder !== undefined) this.#copyIn(encoder.bytes, begin, begin + length, start)
      this.#writeSlot(puts + index, start, length, isBytes ? bytesKind(item) : kind.encoded)
      if (head < 0) head = 0
    }
    return Math.max(0, most)
  }

  /** Where a record goes after `#tail`, which it moves; -1 when there is no room. `head` is -1 in an empty ring. */
  #place(length: number, head: number): number {
    const size = length === 0 ? 8 : (length + 7) & ~7
    let start = this.#tail
    if (head < 0) start = 0
    else if (start > head) {
      if (this.#arenaBytes - start < size) {
        if (head < size) return -1
        start = 0
      }
    } else if (head - start < size) return -1
    this.#tail = start + size
    return start
  }

  #startOf(counter: number): number {
    return this.#slots[(counter & this.#mask) * 2] as number
  }

  #endOf(counter: number): number {
    const at = (counter & this.#mask) * 2
    const length = (this.#slots[at + 1] as number) & lengthMask
    return (this.#slots[at] as number) + (length === 0 ? 8 : (length + 7) & ~7)
  }

  #writeSlot(counter: number, start: number, length: number, kind: number): void {
    const at = (counter & this.#mask) * 2
    this.#slots[at] = start
    this.#slots[at + 1] = length | (kind << kindShift)
  }

  #commitPuts(puts: number): void {
    failPoints.reached?.('put.written')
    Atomics.store(this.#header, word.puts, puts)
    failPoints.reached?.('put.committed')
  }

  #commitGets(gets: number): void {
    failPoints.reached?.('get.copied')
    Atomics.store(this.#header, word.gets, gets)
    failPoints.reached?.('get.committed')
  }

  /** A copy of the item, which the caller owns. */
  #read(counter: number): Item {
    const at = (counter & this.#mask) * 2
    const start = this.#slots[at] as number
    const form = this.#slots[at + 1] as number
    const length = form & lengthMask
    const shape = form >>> kindShift
    if (shape === kind.bytes) return this.#copyOut(new Uint8Array(length), start, length) as Item
    if (shape === kind.buffer) return this.#copyOut(Buffer.allocUnsafe(length), start, length) as Item
    this.#decoder.read(this.#arena, start, start + length)
    return this.#decoder.value() as Item
  }

  #copyOut(target: Uint8Array, start: number, length: number): Uint8Array {
    const arena = this.#arena
    if (length > shortBytes) arena.copy(target, 0, start, start + length)
    else for (let index = 0; index < length; index++) target[index] = arena[start + index] as number
    return target
  }

  #copyIn(source: Uint8Array, begin: number, end: number, start: number): void {
    const arena = this.#arena
    const length = end - begin
    if (length <= shortBytes) {
      for (let index = 0; index < length; index++) arena[start + index] = source[begin + index] as number
    } else arena.set(source.length === length ? source : source.subarray(begin, end), start)
  }

  #checkLength(sizeBytes: number): void {
    if (sizeBytes > this.#arenaBytes) throw fail('ITEM_TOO_LONG', { sizeBytes, limitBytes: this.#arenaBytes })
  }

  /** Encoding may put into this very queue; whoever comes second gets an encoder of its own. */
  #takeEncoder(): Encoder {
    const encoder = this.#spare ?? new Encoder(undefined, 256)
    this.#spare = undefined
    encoder.length = 0
    return encoder
  }
}

function bytesKind(item: Uint8Array): number {
  return Buffer.isBuffer(item) ? kind.buffer : kind.bytes
}
