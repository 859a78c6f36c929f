/** Cursors over the data of one record (RDATA, RFC 1035 3.2.1). They know type and field, for errors that say where. */
import { fail } from '../../../core/index.ts'
import { type Name, nameBytesLimit } from './name.ts'

export const dataBytesLimit = 0xffff

/** Reads data whose names are uncompressed; never past the end. What it gives are views. Throws DNS_DATA_INVALID. */
export class DataReader {
  readonly bytes: Uint8Array
  /** Name of the type, and of the field being read: for errors. */
  readonly type: string
  field = ''
  at = 0

  constructor(bytes: Uint8Array, type: string) {
    this.bytes = bytes
    this.type = type
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  u8(): number {
    return this.bytes[this.#pass(1)]!
  }

  u16(): number {
    const at = this.#pass(2)
    return this.bytes[at]! * 0x100 + this.bytes[at + 1]!
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  u48(): number {
    return this.u16() * 0x1_0000_0000 + this.u32()
  }

  take(size: number): Uint8Array {
    const at = this.#pass(size)
    return this.bytes.subarray(at, at + size)
  }

  rest(): Uint8Array {
    return this.take(this.left)
  }

  /** A character-string: a length byte and as many bytes (RFC 1035 3.3). */
  string(): Uint8Array {
    return this.take(this.u8())
  }

  name(): Name {
    const start = this.at
    for (;;) {
      const size = this.u8()
      if (size > 63)
        throw this.refuse(size >= 0xc0 ? 'its name is compressed' : 'its name has a label of an unknown kind')
      this.#pass(size)
      if (this.at - start > nameBytesLimit) throw this.refuse(`its name has more than ${nameBytesLimit} bytes`)
      if (size === 0) return this.bytes.subarray(start, this.at)
    }
  }

  refuse(reason: string): Error {
    return fail('DNS_DATA_INVALID', { type: this.type, field: this.field, reason })
  }

  #pass(size: number): number {
    const at = this.at
    if (size > this.bytes.length - at) {
      throw this.refuse(`${size} bytes wanted where ${this.bytes.length - at} are left`)
    }
    this.at = at + size
    return at
  }
}

/** Writes data, at most 65,535 bytes; may be used for one record after the other. Throws DNS_DATA_INVALID. */
export class DataWriter {
  type: string
  field = ''
  length = 0
  /** What was written so far, and room. */
  bytes: Uint8Array = new Uint8Array(512)

  constructor(type: string) {
    this.type = type
  }

  /** Forgets what was written; for the next record. */
  restart(type: string): void {
    this.type = type
    this.field = ''
    this.length = 0
  }

  u8(value: number): void {
    const at = this.grow(1)
    this.bytes[at] = value
  }

  u16(value: number): void {
    const at = this.grow(2)
    this.bytes[at] = value >>> 8
    this.bytes[at + 1] = value
  }

  u32(value: number): void {
    const at = this.grow(4)
    this.bytes[at] = value >>> 24
    this.bytes[at + 1] = value >>> 16
    this.bytes[at + 2] = value >>> 8
    this.bytes[at + 3] = value
  }

  u48(value: number): void {
    this.u16(Math.floor(value / 0x1_0000_0000))
    this.u32(value % 0x1_0000_0000)
  }

  put(bytes: Uint8Array): void {
    const at = this.grow(bytes.length)
    this.bytes.set(bytes, at)
  }

  /** A character-string; at most 255 bytes. */
  string(bytes: Uint8Array): void {
    if (bytes.length > 255) throw this.refuse(`a text of ${bytes.length} bytes; at most 255 fit`)
    this.u8(bytes.length)
    this.put(bytes)
  }

  /** Room for `size` bytes more; gives where they begin. */
  grow(size: number): number {
    const start = this.length
    const end = start + size
    if (end > this.bytes.length) {
      if (end > dataBytesLimit) throw this.refuse(`more than ${dataBytesLimit} bytes of data`)
      const larger = new Uint8Array(Math.min(dataBytesLimit, Math.max(end, this.bytes.length * 4)))
      larger.set(this.bytes.subarray(0, start))
      this.bytes = larger
    }
    this.length = end
    return start
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.bytes.slice(0, this.length)
  }

  refuse(reason: string): Error {
    return fail('DNS_DATA_INVALID', { type: this.type, field: this.field, reason })
  }
}

/** Text of bytes, one character a byte (as `latin1`), which is exact for every byte. */
export function bytesToText(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}

/** Bytes of such a text; undefined where a character is beyond a byte. */
export function textToBytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code > 0xff) return undefined
    bytes[at] = code
  }
  return bytes
}
