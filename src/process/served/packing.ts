/**
 * Items of a queue as they travel and wait: encoded by who puts them, decoded by who gets them, and only counted in
 * between. A pack is their bytes one after the other; item n ends at `ends[n]`. Numbers all have one size, and no ends.
 */
import { fail } from '../../core/index.ts'
import { Decoder, Encoder } from '../codec/index.ts'
import { tag } from '../codec/tags.ts'
import { numbersOf, type Layout } from '../queue/layout.ts'
import type { TypedArrayClass } from '../typed-arrays.ts'

export interface Pack {
  readonly bytes: Uint8Array
  readonly ends: readonly number[]
  readonly count: number
}

export interface Packing<Item, Batch> {
  /** Throws NOT_SERIALIZABLE, ITEM_TOO_LONG. */
  pack(items: ArrayLike<Item>): Pack
  first(bytes: Uint8Array): Item
  all(bytes: Uint8Array, ends: readonly number[]): Batch
}

export function packingOf<Item, Batch>(layout: Layout): Packing<Item, Batch> {
  const of = numbersOf(layout.form)
  return (of === undefined ? new ValuePacking(layout.bodyBytes) : new NumberPacking(of)) as never
}

class ValuePacking implements Packing<unknown, unknown[]> {
  readonly #limitBytes: number
  readonly #decoder = new Decoder()

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes
  }

  pack(items: ArrayLike<unknown>): Pack {
    const encoder = new Encoder(undefined, 256)
    const ends: number[] = []
    for (let index = 0; index < items.length; index++) {
      const start = encoder.length
      encoder.value(items[index])
      const sizeBytes = sizeOf(encoder.bytes, start, encoder.length)
      if (sizeBytes > this.#limitBytes) throw fail('ITEM_TOO_LONG', { sizeBytes, limitBytes: this.#limitBytes })
      ends.push(encoder.length)
    }
    return { bytes: new Uint8Array(encoder.bytes.buffer, 0, encoder.length), ends, count: items.length }
  }

  first(bytes: Uint8Array): unknown {
    this.#decoder.read(asBuffer(bytes), 0, bytes.length)
    return this.#decoder.value()
  }

  all(bytes: Uint8Array, ends: readonly number[]): unknown[] {
    this.#decoder.read(asBuffer(bytes), 0, bytes.length)
    return ends.map(() => this.#decoder.value())
  }
}

/** What an item counts: bytes by their number, anything else by its encoded form. */
export function sizeOf(bytes: Uint8Array, start: number, end: number): number {
  const kind = bytes[start]
  if (kind !== tag.bytes && kind !== tag.buffer) return end - start
  let at = start + 1
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++
  return end - at - 1
}

class NumberPacking implements Packing<unknown, unknown> {
  readonly #of: TypedArrayClass
  readonly #type: string

  constructor(of: TypedArrayClass) {
    this.#of = of
    this.#type = typeof new of(1)[0]
  }

  pack(items: ArrayLike<unknown>): Pack {
    const numbers = new this.#of(items.length)
    // A typed array holds nothing but numbers, of which the first tells the type.
    const checked = ArrayBuffer.isView(items) ? Math.min(1, items.length) : items.length
    for (let index = 0; index < checked; index++) this.#check(items[index])
    numbers.set(items as never)
    return { bytes: new Uint8Array(numbers.buffer), ends: [], count: items.length }
  }

  first(bytes: Uint8Array): unknown {
    return this.#numbers(bytes)[0]
  }

  all(bytes: Uint8Array): unknown {
    return this.#numbers(bytes)
  }

  #numbers(bytes: Uint8Array): ArrayLike<unknown> {
    const { buffer } = new Uint8Array(bytes)
    return new this.#of(buffer as ArrayBuffer, 0, bytes.length / this.#of.BYTES_PER_ELEMENT)
  }

  #check(item: unknown): void {
    if (typeof item === this.#type) return
    throw fail('NOT_SERIALIZABLE', {
      what: `a value of type ${item === null ? 'null' : typeof item}`,
      reason: `this queue holds ${this.#type}s (${this.#of.name}) only`,
    })
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
