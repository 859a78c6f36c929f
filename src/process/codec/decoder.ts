/** Bytes to values; the reverse of encoder.ts. */
import { fail } from '../../core/index.ts'
import { Segment } from '../memory/segment.ts'
import { arrayOf } from './array-of.ts'
import { reviverOf } from './shareable.ts'
import { unstructured } from './structured.ts'
import { tag } from './tags.ts'
import { viewOf } from './typed.ts'

const shortBytes = 128

/** Reads values from `position` to `end`. What it gives never refers to the bytes it was read from. */
export class Decoder {
  #bytes: Buffer
  #view: DataView
  position: number
  end: number
  /** Descriptors that came along; each handle or mapped array takes its own from the front. */
  descriptors: number[]
  /** Objects that came along, between threads. */
  locals: readonly unknown[]

  constructor(bytes: Buffer = Buffer.alloc(0)) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.position = 0
    this.end = bytes.length
    this.descriptors = []
    this.locals = []
  }

  /** Goes to other bytes. */
  read(bytes: Buffer, start: number, end: number): void {
    if (bytes !== this.#bytes) {
      this.#bytes = bytes
      this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    }
    this.position = start
    this.end = end
  }

  uint8(): number {
    this.#need(1)
    return this.#bytes[this.position++] as number
  }

  uint32(): number {
    this.#need(4)
    const value = this.#view.getUint32(this.position, true)
    this.position += 4
    return value
  }

  varint(): number {
    let value = 0
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.uint8()
      value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value >>> 0
    }
    throw invalid('a number of more than five bytes')
  }

  /** The next value. Throws FRAME_INVALID. */
  value(): unknown {
    const kind = this.uint8()
    switch (kind) {
      case tag.undefined:
        return undefined
      case tag.null:
        return null
      case tag.false:
        return false
      case tag.true:
        return true
      case tag.int32: {
        const zigzag = this.varint()
        return (zigzag >>> 1) ^ -(zigzag & 1)
      }
      case tag.float64:
        this.#need(8)
        this.position += 8
        return this.#view.getFloat64(this.position - 8, true)
      case tag.latin1:
        return this.#text('latin1')
      case tag.utf8:
        return this.#text('utf8')
      case tag.utf16:
        return this.#text('utf16le')
      case tag.bytes:
        return this.#copy(this.varint())
      case tag.buffer:
        return Buffer.from(this.#take(this.varint()))
      case tag.array:
        return this.#array(this.varint())
      case tag.ints:
        return this.#ints(this.varint())
      case tag.floats:
        return this.#floats(this.varint())
      default:
        return this.#rare(kind)
    }
  }

  #rare(kind: number): unknown {
    switch (kind) {
      case tag.typed:
        return this.#typed(this.uint8(), this.varint())
      case tag.mapped:
        return this.#mapped(this.uint8(), this.varint())
      case tag.handle:
        return this.#handle(this.value(), this.value(), this.varint())
      case tag.local:
        return this.locals[this.varint()]
      case tag.structured:
        return unstructured(this.#take(this.varint()), (bytes) => this.#nested(bytes))
      default:
        throw invalid(`the tag ${kind}`)
    }
  }

  #need(bytes: number): void {
    if (this.position + bytes > this.end) throw invalid('a value that is cut off')
  }

  /** The bytes themselves, valid until the caller uses them otherwise. */
  #take(bytes: number): Buffer {
    this.#need(bytes)
    const start = this.position
    this.position += bytes
    return this.#bytes.subarray(start, this.position)
  }

  /** Short copies byte by byte: cheaper than a view of the source. */
  #copy(count: number): Uint8Array {
    if (count > shortBytes) return new Uint8Array(this.#take(count))
    this.#need(count)
    const bytes = this.#bytes
    const start = this.position
    const copy = new Uint8Array(count)
    for (let index = 0; index < count; index++) copy[index] = bytes[start + index] as number
    this.position = start + count
    return copy
  }

  #text(encoding: BufferEncoding): string {
    const bytes = this.varint()
    this.#need(bytes)
    const start = this.position
    this.position += bytes
    return this.#bytes.toString(encoding, start, this.position)
  }

  #array(count: number): unknown[] {
    this.#need(count)
    const values: unknown[] = []
    for (let index = 0; index < count; index++) values.push(this.value())
    return values
  }

  #ints(count: number): number[] {
    this.#need(count * 4)
    const values = arrayOf<number>(count)
    const view = this.#view
    for (let index = 0, at = this.position; index < count; index++, at += 4) values[index] = view.getInt32(at, true)
    this.position += count * 4
    return values
  }

  #floats(count: number): number[] {
    this.#need(count * 8)
    const values = arrayOf<number>(count)
    const view = this.#view
    for (let index = 0, at = this.position; index < count; index++, at += 8) values[index] = view.getFloat64(at, true)
    this.position += count * 8
    return values
  }

  #typed(kind: number, bytes: number): ArrayBufferView {
    const memory = new Uint8Array(this.#take(bytes)).buffer
    return viewOf(kind, memory, 0, bytes) ?? unknownKind(kind)
  }

  #mapped(kind: number, bytes: number): ArrayBufferView {
    const descriptor = this.descriptors.shift()
    if (descriptor === undefined) throw invalid('an array without its memory')
    return viewOf(kind, Segment.adopt(descriptor), 0, bytes) ?? unknownKind(kind)
  }

  #handle(kind: unknown, data: unknown, count: number): object {
    const descriptors = this.descriptors.splice(0, count)
    const revive = reviverOf(String(kind))
    if (revive === undefined || descriptors.length < count)
      throw invalid(`a handle of the unknown kind ${String(kind)}`)
    return revive(data, descriptors)
  }

  #nested(bytes: Buffer): unknown {
    const inner = new Decoder(bytes)
    inner.descriptors = this.descriptors
    inner.locals = this.locals
    return inner.value()
  }
}

function unknownKind(kind: number): never {
  throw invalid(`the kind of array ${kind}`)
}

function invalid(reason: string): Error {
  return fail('FRAME_INVALID', { framing: 'values', reason })
}
