/** Values to bytes: our own tags for what is small and common, V8's serialiser for the rest. */
import { fail } from '../../core/index.ts'
import { checkCall, loadNative } from '../../native/index.ts'
import type { OwnedDescriptor } from '../memory/owned-descriptor.ts'
import { Segment } from '../memory/segment.ts'
import { isShareable, type Shareable } from './shareable.ts'
import { structured, type HostObjects } from './structured.ts'
import { mappedArrays, mappedBytes, smallArray, smallDepth, tag } from './tags.ts'
import { kindOf } from './typed.ts'

/** What can go along with the bytes; what is absent cannot. */
export interface Luggage {
  /** Whether descriptors can go along at all. */
  readonly takesDescriptors: boolean
  /** Descriptors that are sent with the bytes, in the order in which the decoder takes them. */
  readonly descriptors: number[]
  /** What ends here once the message is sent: memory made for it, handles that moved. */
  readonly parting: Parting[]
  /** Objects that threads of one process may share. */
  readonly locals: unknown[] | undefined
}

interface Parting {
  /** After the message was sent. */
  readonly sent: () => void
  /** When it will not be sent. */
  readonly kept: () => void
}

/** How much luggage there was before a value. */
export interface LuggageMark {
  readonly descriptors: number
  readonly parting: number
  readonly locals?: number
}

/** Appends encoded values to `bytes`, which grows; `length` bytes are in use. */
export class Encoder implements HostObjects {
  bytes: Buffer
  length = 0
  readonly luggage: Luggage | undefined
  #view: DataView

  /** Without luggage, handles and shared memory are NOT_SERIALIZABLE. */
  constructor(luggage?: Luggage, sizeBytes = 1024) {
    this.luggage = luggage
    this.bytes = Buffer.allocUnsafeSlow(sizeBytes)
    this.#view = new DataView(this.bytes.buffer)
  }

  /** Appends a value. Throws NOT_SERIALIZABLE; what was written before stays. */
  value(value: unknown): void {
    if (!this.#small(value, 0)) this.#structured(value)
  }

  /** Makes room for `more` bytes at `length`. */
  reserve(more: number): void {
    const needed = this.length + more
    if (needed <= this.bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.bytes.length * 2))
    grown.set(this.bytes.subarray(0, this.length))
    this.bytes = grown
    this.#view = new DataView(grown.buffer)
  }

  uint8(value: number): void {
    this.reserve(1)
    this.bytes[this.length++] = value
  }

  uint32(value: number): void {
    this.reserve(4)
    this.#view.setUint32(this.length, value, true)
    this.length += 4
  }

  /** Writes over four bytes that were written before. */
  patchUint32(at: number, value: number): void {
    this.#view.setUint32(at, value, true)
  }

  varint(value: number): void {
    this.reserve(5)
    let rest = value >>> 0
    while (rest >= 0x80) {
      this.bytes[this.length++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    this.bytes[this.length++] = rest
  }

  raw(bytes: Uint8Array): void {
    this.reserve(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Writes what has a tag of its own; false, with nothing written, when it is V8's. */
  #small(value: unknown, depth: number): boolean {
    switch (typeof value) {
      case 'number':
        this.#number(value)
        return true
      case 'string':
        this.#string(value)
        return true
      case 'boolean':
        this.uint8(value ? tag.true : tag.false)
        return true
      case 'undefined':
        this.uint8(tag.undefined)
        return true
      case 'object':
        return this.#object(value, depth)
      default:
        return false
    }
  }

  #object(value: object | null, depth: number): boolean {
    if (value === null) {
      this.uint8(tag.null)
      return true
    }
    if (Array.isArray(value)) return this.#array(value, depth)
    if (ArrayBuffer.isView(value)) {
      this.#arrayView(value)
      return true
    }
    if (isShareable(value)) {
      this.#handle(value)
      return true
    }
    return this.#local(value)
  }

  #number(value: number): void {
    if ((value | 0) === value && (value !== 0 || 1 / value > 0)) {
      this.uint8(tag.int32)
      this.varint((value << 1) ^ (value >> 31))
      return
    }
    this.reserve(9)
    this.bytes[this.length] = tag.float64
    this.#view.setFloat64(this.length + 1, value, true)
    this.length += 9
  }

  #string(value: string): void {
    const { length } = value
    if (length <= 32 && this.#ascii(value)) return
    if (!value.isWellFormed()) {
      this.#text(tag.utf16, value, 'utf16le', length * 2)
      return
    }
    this.#text(tag.utf8, value, 'utf8', Buffer.byteLength(value))
  }

  #text(kind: number, value: string, encoding: BufferEncoding, bytes: number): void {
    this.uint8(kind)
    this.varint(bytes)
    this.reserve(bytes)
    this.length += this.bytes.write(value, this.length, encoding)
  }

  /** Short text, byte by byte; cheaper than a call into Node. */
  #ascii(value: string): boolean {
    const { length } = value
    this.reserve(length + 2)
    const { bytes } = this
    const start = this.length
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index)
      if (code > 0x7f) return false
      bytes[start + 2 + index] = code
    }
    bytes[start] = tag.latin1
    bytes[start + 1] = length
    this.length = start + 2 + length
    return true
  }

  #array(value: readonly unknown[], depth: number): boolean {
    const { length } = value
    if (length > 4 && typeof value[0] === 'number' && this.#numbers(value)) return true
    if (length > smallArray || depth >= smallDepth || Object.keys(value).length !== length) return false
    const start = this.length
    const went = this.#mark()
    this.uint8(tag.array)
    this.varint(length)
    for (let index = 0; index < length; index++) {
      if (this.#small(value[index], depth + 1)) continue
      this.length = start
      this.unpack(went)
      return false
    }
    return true
  }

  /** An array of numbers and nothing else: four bytes each when all are 32-bit integers, eight otherwise. */
  #numbers(value: readonly unknown[]): boolean {
    const { length } = value
    let whole = true
    for (let index = 0; index < length; index++) {
      const item = value[index]
      if (typeof item !== 'number') return false
      if (whole && ((item | 0) !== item || (item === 0 && 1 / item < 0))) whole = false
    }
    const numbers = value as readonly number[]
    this.uint8(whole ? tag.ints : tag.floats)
    this.varint(length)
    this.reserve(length * 8)
    const view = this.#view
    let at = this.length
    if (whole) for (let index = 0; index < length; index++, at += 4) view.setInt32(at, numbers[index] as number, true)
    else for (let index = 0; index < length; index++, at += 8) view.setFloat64(at, numbers[index] as number, true)
    this.length = at
    return true
  }

  #arrayView(view: ArrayBufferView): void {
    const locals = this.luggage?.locals
    // Between threads shared memory itself goes along; a process gets a copy of the bytes.
    if (locals !== undefined && isSharedBuffer(view.buffer)) {
      this.#localObject(view, locals)
      return
    }
    const bytes = view instanceof Uint8Array ? view : new Uint8Array(view.buffer, view.byteOffset, view.byteLength)
    if (bytes.length >= mappedBytes && this.#mapped(view, bytes)) return
    const kind = kindOf(view)
    if (kind === 0) this.uint8(tag.bytes)
    else if (Buffer.isBuffer(view)) this.uint8(tag.buffer)
    else {
      this.uint8(tag.typed)
      this.uint8(kind)
    }
    this.varint(bytes.length)
    this.raw(bytes)
  }

  /** One copy into memory of its own, which the receiver maps; false where that is not possible, or not now. */
  #mapped(view: ArrayBufferView, bytes: Uint8Array): boolean {
    const { luggage } = this
    if (luggage === undefined || !luggage.takesDescriptors || luggage.descriptors.length >= mappedArrays) return false
    const copy = copyOf(bytes)
    if (copy === undefined) return false
    const close = (): void => copy.close()
    luggage.parting.push({ sent: close, kept: close })
    luggage.descriptors.push(copy.number)
    this.uint8(tag.mapped)
    this.uint8(kindOf(view))
    this.varint(bytes.length)
    return true
  }

  #handle(value: Shareable): void {
    const { kind, data, descriptors, moved } = value.toShared()
    const { luggage } = this
    if (luggage === undefined || (!luggage.takesDescriptors && descriptors.length > 0)) {
      const reason =
        luggage === undefined
          ? 'handles travel as arguments and through pipes only'
          : 'descriptors cannot travel this way'
      throw fail('NOT_SERIALIZABLE', { what: `a ${kind}`, reason })
    }
    this.uint8(tag.handle)
    this.value(kind)
    this.value(data)
    this.varint(descriptors.length)
    if (moved === undefined) return lend(luggage, descriptors)
    luggage.descriptors.push(...descriptors)
    luggage.parting.push({ sent: moved, kept: () => {} })
  }

  /** What only threads of one process can have in common. */
  #local(value: object): boolean {
    const locals = this.luggage?.locals
    if (locals === undefined || !isLocal(value)) return false
    this.#localObject(value, locals)
    return true
  }

  #localObject(value: object, locals: unknown[]): void {
    this.uint8(tag.local)
    this.varint(locals.push(value) - 1)
  }

  #structured(value: unknown): void {
    const went = this.#mark()
    try {
      const bytes = structured(value, this)
      this.uint8(tag.structured)
      this.varint(bytes.length)
      this.raw(bytes)
    } catch (error) {
      this.unpack(went)
      throw error
    }
  }

  isOurs(value: object): boolean {
    return isShareable(value) || (this.luggage?.locals !== undefined && isLocal(value))
  }

  /** A handle or view inside a value of V8's, as bytes of its own; its luggage is ours. */
  encode(value: object): Uint8Array {
    const inner = new Encoder(
      this.luggage,
      ArrayBuffer.isView(value) ? Math.min(value.byteLength, mappedBytes) + 16 : 256,
    )
    inner.value(value)
    return inner.bytes.subarray(0, inner.length)
  }

  #mark(): LuggageMark {
    const { luggage } = this
    return { descriptors: luggage?.descriptors.length ?? 0, parting: luggage?.parting.length ?? 0 }
  }

  /** Takes the luggage of a value out again that will be written anew, or not at all. */
  unpack({ descriptors, parting, locals }: LuggageMark): void {
    if (this.luggage === undefined) return
    if (locals !== undefined) this.luggage.locals?.splice(locals)
    this.luggage.descriptors.splice(descriptors)
    for (const { kept } of this.luggage.parting.splice(parting)) kept()
  }
}

/** A copy to map, unless the system has no more: then the bytes travel as they are. */
function copyOf(bytes: Uint8Array): OwnedDescriptor | undefined {
  if (loadNative() === undefined) return undefined
  try {
    return Segment.copyOf(bytes)
  } catch {
    return undefined
  }
}

/** Sends duplicates, since the handle may be closed before the message leaves. */
function lend(luggage: Luggage, descriptors: readonly number[]): void {
  const native = loadNative()
  if (native === undefined) {
    luggage.descriptors.push(...descriptors)
    return
  }
  for (const descriptor of descriptors) {
    const own = checkCall(native.claim(native.duplicate(descriptor)), 'dup', `descriptor ${descriptor}`)
    const close = (): void => void native.close(own)
    luggage.descriptors.push(own)
    luggage.parting.push({ sent: close, kept: close })
  }
}

/** What only threads of one process can have in common. */
function isLocal(value: object): boolean {
  return isSharedBuffer(value) || value instanceof MessagePort
}

function isSharedBuffer(value: unknown): boolean {
  return typeof SharedArrayBuffer !== 'undefined' && value instanceof SharedArrayBuffer
}
