/**
 * V8's structured form, for values that have no tag of their own. Views and handles inside are "host objects" to V8,
 * which asks us how to write them; handles stand as markers while it does, since V8 would take them for plain objects.
 */
import { Deserializer, Serializer } from 'node:v8'

import { fail } from '../../core/index.ts'

/** Stands for an object of ours while V8 writes; being a view, it is given to `_writeHostObject`. */
class Marker extends Uint8Array {
  object: object | undefined
}

/** How what V8 cannot write is written. */
export interface HostObjects {
  /** Whether an object is not V8's. */
  isOurs(value: object): boolean
  /** The bytes of such an object, or of a view. */
  encode(value: object): Uint8Array
}

class Writer extends Serializer {
  readonly #host: HostObjects

  constructor(host: HostObjects) {
    super()
    this.#host = host
    ;(
      this as unknown as { _setTreatArrayBufferViewsAsHostObjects(yes: boolean): void }
    )._setTreatArrayBufferViewsAsHostObjects(true)
  }

  // The names are V8's.
  _writeHostObject(value: object): void {
    const bytes = this.#host.encode(value instanceof Marker ? (value.object as object) : value)
    this.writeUint32(bytes.length)
    this.writeRawBytes(bytes)
  }

  _getDataCloneError = Error
}

class Reader extends Deserializer {
  readonly #nested: (bytes: Buffer) => unknown

  constructor(bytes: Buffer, nested: (bytes: Buffer) => unknown) {
    super(bytes)
    this.#nested = nested
  }

  _readHostObject(): unknown {
    return this.#nested(this.readRawBytes(this.readUint32()))
  }
}

/** Writes a value. Throws NOT_SERIALIZABLE. */
export function structured(value: unknown, host: HostObjects): Buffer {
  const writer = new Writer(host)
  try {
    writer.writeHeader()
    writer.writeValue(withMarkers(value, host, new Map()))
  } catch (error) {
    throw fail(
      'NOT_SERIALIZABLE',
      { what: 'the value', reason: (error as Error).message.replace(/\.$/, '') },
      { cause: error },
    )
  }
  return writer.releaseBuffer()
}

/** Reads it back. */
export function unstructured(bytes: Buffer, nested: (bytes: Buffer) => unknown): unknown {
  const reader = new Reader(bytes, nested)
  reader.readHeader()
  return reader.readValue()
}

/** The same value with markers in place of objects of ours; copies only what leads to one. */
function withMarkers(value: unknown, host: HostObjects, seen: Map<object, unknown>): unknown {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value
  if (host.isOurs(value)) return Object.assign(new Marker(0), { object: value })
  if (seen.has(value)) return seen.get(value)
  seen.set(value, value)
  if (Array.isArray(value)) return markedArray(value, host, seen)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return markedObject(value as Record<string, unknown>, host, seen)
}

function markedArray(value: readonly unknown[], host: HostObjects, seen: Map<object, unknown>): unknown {
  let copy: unknown[] | undefined
  for (const [index, item] of value.entries()) {
    const marked = withMarkers(item, host, seen)
    if (Object.is(marked, item)) continue
    // Unlike a spread this keeps holes.
    copy ??= value.slice()
    copy[index] = marked
  }
  if (copy !== undefined) seen.set(value, copy)
  return copy ?? value
}

function markedObject(value: Record<string, unknown>, host: HostObjects, seen: Map<object, unknown>): unknown {
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(value)) {
    const marked = withMarkers(value[key], host, seen)
    if (Object.is(marked, value[key])) continue
    copy ??= { ...value }
    copy[key] = marked
  }
  if (copy !== undefined) seen.set(value, copy)
  return copy ?? value
}
