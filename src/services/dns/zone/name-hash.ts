/** Hashes of a name's ends, from the root up (FNV-1a over folded bytes), so that every ancestor's hash comes with the name's. */
import { lowerByte, type Name } from '../wire/name.ts'

export const rootHash: number = 0x811c_9dc5 | 0
const prime = 0x0100_0193

/** The hash of a label in front of a name whose hash is known; `at` is where its length stands. */
export function hashLabel(hash: number, bytes: Uint8Array, at: number): number {
  const end = at + bytes[at]!
  for (; at <= end; at++) hash = Math.imul(hash ^ lowerByte[bytes[at]!]!, prime)
  return hash
}

/** Where a hash's search begins in a table of `mask` + 1 places. */
export function placeOf(hash: number, mask: number): number {
  return (hash ^ (hash >>> 15)) & mask
}

/** A name cut into labels, with the hash of each of its ends. One is used again and again. */
export class HashedName {
  /** Where the labels start, from `start` on; the longest end first. The root's is not among them. */
  readonly starts: Uint16Array = new Uint16Array(128)
  /** The hash of the end that starts there. */
  readonly hashes: Int32Array = new Int32Array(128)
  /** How many labels there are. */
  count = 0
  /** The folded name, from 0 on. */
  readonly lower: Uint8Array = new Uint8Array(256)
  length = 0

  /** Takes an uncompressed name at an offset; false where none of at most 255 bytes stands there. */
  take(bytes: Uint8Array, start: number): boolean {
    const { starts, hashes, lower } = this
    let [at, count, length] = [start, 0, 0]
    for (;;) {
      const size = bytes[at]
      if (size === undefined || size > 63) return false
      lower[length] = size
      if (size === 0) break
      starts[count++] = length
      if (length + size > 253) return false
      for (const end = length + size; length < end;) lower[++length] = lowerByte[bytes[++at]!]!
      length++
      at++
    }
    length++
    let hash = rootHash
    for (let label = count - 1; label >= 0; label--) {
      const from = starts[label]!
      const end = from + lower[from]!
      for (let byte = from; byte <= end; byte++) hash = Math.imul(hash ^ lower[byte]!, prime)
      hashes[label] = hash
    }
    this.count = count
    this.length = length
    return true
  }

  takeName(name: Name): this {
    this.take(name, 0)
    return this
  }

  /** The hash of the end with this many labels less in front. */
  hashFrom(label: number): number {
    return label >= this.count ? rootHash : this.hashes[label]!
  }

  startFrom(label: number): number {
    return label >= this.count ? this.length - 1 : this.starts[label]!
  }

  /** A copy of the folded name without its first labels. */
  nameFrom(label: number): Name {
    return this.lower.slice(this.startFrom(label), this.length)
  }
}
