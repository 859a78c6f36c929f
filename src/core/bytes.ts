/**
 * Cursors over bytes for the codecs: every read is checked against the end, every write grows
 * the buffer within a limit. Offsets and sizes are in bytes; integers are big-endian (network
 * order) unless the name ends in LE.
 */
import { fail } from './errors.ts'

/** Thrown type is FRAME_INVALID: bytes from a peer ended before the value did. */
function endOfBytes(wanted: number, left: number): Error {
  return fail('FRAME_INVALID', { framing: 'bytes', reason: `${wanted} bytes wanted where ${left} are left` })
}

/** Reads values one after the other; never past the end. */
export class ByteReader {
  readonly bytes: Uint8Array
  readonly #view: DataView
  #offset = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get offset(): number {
    return this.#offset
  }

  get left(): number {
    return this.bytes.length - this.#offset
  }

  /** Moves to an absolute offset; throws FRAME_INVALID outside the bytes. */
  seek(offset: number): void {
    if (!(offset >= 0 && offset <= this.bytes.length)) throw endOfBytes(offset, this.bytes.length)
    this.#offset = offset
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2))
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4))
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8))
  }

  u16LE(): number {
    return this.#view.getUint16(this.#take(2), true)
  }

  u32LE(): number {
    return this.#view.getUint32(this.#take(4), true)
  }

  u64LE(): bigint {
    return this.#view.getBigUint64(this.#take(8), true)
  }

  /** A view of the next `size` bytes, not a copy. */
  take(size: number): Uint8Array {
    const start = this.#take(size)
    return this.bytes.subarray(start, start + size)
  }

  #take(size: number): number {
    const start = this.#offset
    if (!(size >= 0 && size <= this.bytes.length - start)) throw endOfBytes(size, this.left)
    this.#offset = start + size
    return start
  }
}

/** Appends values; grows by doubling up to `limitBytes`, then throws MESSAGE_TOO_LONG. */
export class ByteWriter {
  readonly #limitBytes: number
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(options: { sizeBytes?: number; limitBytes?: number } = {}) {
    this.#limitBytes = options.limitBytes ?? 65_536
    this.#bytes = new Uint8Array(Math.min(options.sizeBytes ?? 512, this.#limitBytes))
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  u8(value: number): this {
    // Grown first and on its own line: growing may replace the view.
    const at = this.#grow(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, value)
    return this
  }

  u32(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value)
    return this
  }

  u64(value: bigint): this {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value)
    return this
  }

  u16LE(value: number): this {
    const at = this.#grow(2)
    this.#view.setUint16(at, value, true)
    return this
  }

  u32LE(value: number): this {
    const at = this.#grow(4)
    this.#view.setUint32(at, value, true)
    return this
  }

  u64LE(value: bigint): this {
    const at = this.#grow(8)
    this.#view.setBigUint64(at, value, true)
    return this
  }

  put(bytes: Uint8Array): this {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** Overwrites two bytes written earlier: a length or count that is known only at the end. */
  patchU16(offset: number, value: number): this {
    if (offset < 0 || offset + 2 > this.#length) throw endOfBytes(2, this.#length - offset)
    this.#view.setUint16(offset, value)
    return this
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  #grow(size: number): number {
    const start = this.#length
    const needed = start + size
    if (needed > this.#bytes.length) this.#reallocate(needed)
    this.#length = needed
    return start
  }

  #reallocate(needed: number): void {
    if (needed > this.#limitBytes) throw fail('MESSAGE_TOO_LONG', { sizeBytes: needed, limitBytes: this.#limitBytes })
    const larger = new Uint8Array(Math.min(this.#limitBytes, Math.max(needed, this.#bytes.length * 2)))
    larger.set(this.#bytes.subarray(0, this.#length))
    this.#bytes = larger
    this.#view = new DataView(larger.buffer)
  }
}
