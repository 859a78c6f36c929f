/**
 * Writes names into messages, compressed (RFC 1035 4.1.4): a name that ends as an earlier one did points at it. What is written may
 * grow past the limit of a message; who writes looks after each record and cuts it off.
 */
import { NameEnds } from './name-ends.ts'
import type { Name } from './name.ts'

export const messageBytesLimit = 0xffff

export class MessageWriter {
  length = 0
  #bytes: Uint8Array = new Uint8Array(512)
  readonly #ends: NameEnds | undefined

  constructor(compress: boolean) {
    this.#ends = compress ? new NameEnds() : undefined
  }

  u8(value: number): void {
    const at = this.#grow(1)
    this.#bytes[at] = value
  }

  u16(value: number): void {
    const at = this.#grow(2)
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  u32(value: number): void {
    this.u16(value >>> 16)
    this.u16(value & 0xffff)
  }

  put(bytes: Uint8Array): void {
    const at = this.#grow(bytes.length)
    this.#bytes.set(bytes, at)
  }

  patchU16(at: number, value: number): void {
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
  }

  /** A name; compressed where that is on and `packed` is not false. Later names may point at it either way. */
  name(name: Name, packed = true): void {
    const ends = this.#ends
    if (ends === undefined) return this.put(name)
    ends.take(name)
    const { count } = ends
    let [found, known] = [packed ? 0 : count, 0]
    for (; found < count; found++) {
      known = ends.find(this.#bytes, name, found)
      if (known > 0) break
    }
    const at = this.length
    this.put(name.subarray(0, found === count ? name.length : ends.starts[found]))
    if (found < count) this.u16(0xc000 + known)
    ends.keep(found, at)
  }

  /** Forgets what was written from an offset on. */
  cut(length: number): void {
    this.length = length
    this.#ends?.forget(length)
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  #grow(size: number): number {
    const start = this.length
    const end = start + size
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 4))
      larger.set(this.#bytes.subarray(0, start))
      this.#bytes = larger
    }
    this.length = end
    return start
  }
}
