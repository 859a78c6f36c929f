/**
 * Records in shared memory: names for the bytes at fixed places.
 *
 *    struct({ n: 'i32', x: 'f64', name: bytes(3) })
 *
 *    0    4    8        16   19   24
 *    | n  | .. |   x    |name| .. |        a number stands at a multiple of its size, bytes anywhere;
 *                                          a record takes a multiple of 8 bytes, and begins at one
 */
import { fail } from '../../core/index.ts'
import { checkInteger } from '../sync/options.ts'
import { arrayClasses, bytesOf, isNumberKind, type ArrayOf, type NumberKind, type NumberOf } from './kinds.ts'
import { maximumBytes, type SharedMemory } from './shared-memory.ts'

/** So many bytes in a row, which a record shows as Uint8Array. */
export interface BytesField {
  readonly bytes: number
}

/** A field of so many bytes. */
export function bytes(count: number): BytesField {
  checkInteger('bytes', count, 1, maximumBytes)
  return { bytes: count }
}

export type StructFields = Readonly<Record<string, NumberKind | BytesField>>

/** The fields as properties: reading and writing them reads and writes the memory. */
export type StructView<Fields extends StructFields> = {
  -readonly [Name in keyof Fields]: Fields[Name] extends NumberKind ? NumberOf<Fields[Name]> : Uint8Array
}

/** Records one after the other. */
export interface StructArray<Fields extends StructFields> extends Iterable<StructView<Fields>> {
  readonly length: number
  /** Throws OPTION_INVALID beyond the end. */
  at(index: number): StructView<Fields>
}

/** Where records can be. */
export type StructMemory = ArrayBuffer | Pick<SharedMemory, 'buffer'>

/** The layout of a record. */
export interface Struct<Fields extends StructFields> {
  /** Of one record, padding included. */
  readonly bytes: number
  /** Bytes from the start of the record to each field. */
  readonly offsets: { readonly [Name in keyof Fields]: number }
  /** The record at that byte, a multiple of 8. Throws OPTION_INVALID if it does not fit in. */
  at(memory: StructMemory, offset?: number): StructView<Fields>
  /** So many records from that byte on. */
  arrayAt(memory: StructMemory, offset: number, length: number): StructArray<Fields>
}

/** An own property would hide a field of the same name. */
const placeOf: unique symbol = Symbol('place')
const alignment = 8

interface Place {
  readonly [placeOf]: { readonly buffer: ArrayBuffer; readonly offset: number }
}

/**
 * Describes a record. Field names are in the order of the layout, so they must not be integers.
 * Values of bytes are copied in; shorter ones are filled up with zeros, longer ones refused. Throws OPTION_INVALID.
 *
 * @example
 * const Trade = struct({ price: 'f64', count: 'i32', symbol: bytes(8) })
 * const trade = Trade.at(SharedMemory.create(Trade.bytes))
 * trade.price = 9.5
 */
export function struct<const Fields extends StructFields>(fields: Fields): Struct<Fields> {
  const prototype = {}
  const offsets: Record<string, number> = {}
  let end = 0
  for (const [name, field] of Object.entries(fields)) {
    checkField(name, field)
    const size = typeof field === 'string' ? bytesOf(field) : 1
    const offset = Math.ceil(end / size) * size
    offsets[name] = offset
    Object.defineProperty(prototype, name, { enumerable: true, ...accessorOf(name, field, offset) })
    end = offset + (typeof field === 'string' ? size : field.bytes)
  }
  const size = Math.max(alignment, Math.ceil(end / alignment) * alignment)
  const at = (memory: StructMemory, offset: number): StructView<Fields> => {
    return Object.create(prototype, {
      [placeOf]: { value: { buffer: bufferOf(memory), offset } },
    }) as StructView<Fields>
  }
  return {
    bytes: size,
    offsets: offsets as Struct<Fields>['offsets'],
    at(memory, offset = 0) {
      checkPlace(memory, offset, size)
      return at(memory, offset)
    },
    arrayAt(memory, offset, length) {
      checkInteger('length', length, 0, maximumBytes)
      checkPlace(memory, offset, size * length)
      return arrayOfStructs((index) => at(memory, offset + index * size), length)
    },
  }
}

function arrayOfStructs<Fields extends StructFields>(
  view: (index: number) => StructView<Fields>,
  length: number,
): StructArray<Fields> {
  return {
    length,
    at(index) {
      checkInteger('index', index, 0, length - 1)
      return view(index)
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield view(index)
    },
  }
}

function accessorOf(name: string, field: NumberKind | BytesField, offset: number): PropertyDescriptor {
  return typeof field === 'string' ? numberAt(field, offset) : bytesAt(name, field.bytes, offset)
}

function numberAt(kind: NumberKind, fieldOffset: number): PropertyDescriptor {
  const size = bytesOf(kind)
  return {
    get(this: Place) {
      const { buffer, offset } = this[placeOf]
      return viewOf(kind, buffer)[(offset + fieldOffset) / size]
    },
    set(this: Place, value: never) {
      const { buffer, offset } = this[placeOf]
      viewOf(kind, buffer)[(offset + fieldOffset) / size] = value
    },
  }
}

function bytesAt(name: string, count: number, fieldOffset: number): PropertyDescriptor {
  const fieldOf = ({ [placeOf]: { buffer, offset } }: Place): Uint8Array => {
    return viewOf('u8', buffer).subarray(offset + fieldOffset, offset + fieldOffset + count)
  }
  return {
    get(this: Place) {
      return fieldOf(this)
    },
    set(this: Place, value: Uint8Array) {
      if (value.length > count) {
        throw fail('OPTION_INVALID', { option: name, rule: `at most ${count} bytes`, got: `${value.length} bytes` })
      }
      const field = fieldOf(this)
      field.set(value)
      field.fill(0, value.length)
    },
  }
}

const views = new WeakMap<ArrayBuffer, Partial<Record<NumberKind, ArrayOf<NumberKind>>>>()

/** All records in one buffer share its typed arrays. Throws CLOSED when the memory is. */
function viewOf<Kind extends NumberKind>(kind: Kind, buffer: ArrayBuffer): ArrayOf<Kind> {
  let known = views.get(buffer)
  if (known === undefined) views.set(buffer, (known = {}))
  if (buffer.byteLength === 0) throw fail('CLOSED', { what: 'shared memory' })
  const size = bytesOf(kind)
  return (known[kind] ??= new arrayClasses[kind](buffer, 0, Math.floor(buffer.byteLength / size))) as ArrayOf<Kind>
}

function bufferOf(memory: StructMemory): ArrayBuffer {
  return memory instanceof ArrayBuffer ? memory : memory.buffer
}

function checkPlace(memory: StructMemory, offset: number, size: number): void {
  const { byteLength } = bufferOf(memory)
  const isRight = Number.isSafeInteger(offset) && offset >= 0 && offset % alignment === 0 && offset + size <= byteLength
  if (isRight) return
  const rule = `a multiple of ${alignment} that leaves ${size} of ${byteLength} bytes`
  throw fail('OPTION_INVALID', { option: 'offset', rule, got: String(offset) })
}

function checkField(name: string, field: unknown): void {
  const rule = 'a kind of number or bytes(count), under a name that is no integer'
  const isBytes = typeof field === 'object' && field !== null && 'bytes' in field
  if (!/^\d+$/.test(name) && (isNumberKind(field) || isBytes)) return
  throw fail('OPTION_INVALID', { option: name, rule, got: String(field) })
}
