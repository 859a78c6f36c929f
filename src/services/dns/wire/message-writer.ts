/**
 * Writes names into messages, compressed (RFC 1035 4.1.4): a name that ends as an earlier one did points at it.
 *
 * Ends of names are found by their hash, made from the root up, in a table of fixed size; a search looks at a few places and
 * then gives up, so that no choice of names makes it slow. Only the very same bytes are pointed at, so case is kept. What is
 * written may grow past the limit of a message; who writes looks after each record and cuts it off.
 */
import type { Name } from './name.ts'

const slots = 4096
const probesLimit = 8
/** Pointers have 14 bits. */
const reach = 0x4000
export const messageBytesLimit = 0xffff

const starts = new Uint8Array(128)
const hashes = new Uint32Array(128)

export class MessageWriter {
  length = 0
  #bytes: Uint8Array = new Uint8Array(512)
  // Offsets of ends of names by their hash; zero is free, as no name stands in the header.
  readonly #places: Uint16Array | undefined
  // What was written into the table, in order, so that it can be taken back.
  readonly #taken: number[] = []

  constructor(compress: boolean) {
    this.#places = compress ? new Uint16Array(slots) : undefined
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
    const places = this.#places
    if (places === undefined) return this.put(name)
    const count = hashEnds(name)
    let [found, known] = [packed ? 0 : count, 0]
    while (found < count) {
      known = this.#find(places, name, starts[found]!, hashes[found]!)
      if (known > 0) break
      found++
    }
    const at = this.length
    this.put(name.subarray(0, found === count ? name.length : starts[found]))
    if (found < count) this.u16(0xc000 + known)
    for (let label = 0; label < found; label++) this.#keep(places, at + starts[label]!, hashes[label]!)
  }

  /** Forgets what was written from an offset on. */
  cut(length: number): void {
    this.length = length
    for (;;) {
      const slot = this.#taken.at(-1)
      if (slot === undefined || this.#places === undefined || this.#places[slot]! < length) return
      this.#places[slot] = 0
      this.#taken.pop()
    }
  }

  /** A copy of what was written. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(0, this.length)
  }

  #find(places: Uint16Array, name: Name, start: number, hash: number): number {
    for (let probe = 0; probe < probesLimit; probe++) {
      const place = places[(hash + probe) % slots]!
      if (place === 0) return 0
      if (this.#isAt(place, name, start)) return place
    }
    return 0
  }

  /** True where the end of the name stands at a place, pointers followed. What is here was written here, so they are sound. */
  #isAt(place: number, name: Name, start: number): boolean {
    const bytes = this.#bytes
    let [at, mine] = [place, start]
    while (mine < name.length) {
      const length = bytes[at]!
      if (length >= 0xc0) {
        at = (length & 0x3f) * 0x100 + bytes[at + 1]!
        continue
      }
      for (let left = length; left >= 0; left--) if (bytes[at++] !== name[mine++]) return false
    }
    return true
  }

  #keep(places: Uint16Array, place: number, hash: number): void {
    if (place >= reach) return
    for (let probe = 0; probe < probesLimit; probe++) {
      const slot = (hash + probe) % slots
      if (places[slot] !== 0) continue
      places[slot] = place
      this.#taken.push(slot)
      return
    }
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

/** Starts and hashes of each end of the name but the root, the longest first; gives how many. */
function hashEnds(name: Name): number {
  let count = 0
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) starts[count++] = at
  let hash = 0x811c_9dc5
  for (let label = count - 1; label >= 0; label--) {
    const start = starts[label]!
    const end = start + 1 + name[start]!
    for (let at = start; at < end; at++) hash = Math.imul(hash ^ name[at]!, 0x0100_0193)
    hashes[label] = hash >>> 0
  }
  return count
}
