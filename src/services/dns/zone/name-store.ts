/**
 * Names by number, in the order in which they came: their folded bytes one behind the other, and a table that finds them. Nothing is
 * kept as an object, so that a million names take some 50 bytes each.
 *
 *   table: hash -> number + 1 │ number -> start, hash │ bytes
 */
import type { Name } from '../wire/name.ts'
import { withRoom } from './grow.ts'
import { type HashedName, placeOf } from './name-hash.ts'

export class NameStore {
  count = 0
  #bytes = new Uint8Array(1024)
  #used = 0
  // One more than there are names: a name ends where the next one starts.
  #starts = new Uint32Array(64)
  #hashes = new Int32Array(64)
  #table = new Int32Array(64)

  /** The number of a name without its first labels; -1 where it is not here. */
  find(name: HashedName, label: number): number {
    const [table, mask] = [this.#table, this.#table.length - 1]
    const [hash, start] = [name.hashFrom(label), name.startFrom(label)]
    for (let slot = placeOf(hash, mask); ; slot = (slot + 1) & mask) {
      const index = table[slot]! - 1
      if (index < 0 || (this.#hashes[index] === hash && this.#isNamed(index, name, start))) return index
    }
  }

  /** Takes a name that is not here; gives its number. */
  add(name: HashedName, label: number): number {
    const index = this.count++
    const start = name.startFrom(label)
    const end = this.#used + name.length - start
    this.#bytes = withRoom(this.#bytes, end)
    this.#bytes.set(name.lower.subarray(start, name.length), this.#used)
    this.#used = end
    this.#starts = withRoom(this.#starts, index + 2)
    this.#starts[index + 1] = end
    this.#hashes = withRoom(this.#hashes, index + 1)
    this.#hashes[index] = name.hashFrom(label)
    if (this.count * 3 > this.#table.length * 2) this.#rehash()
    else this.#enter(index)
    return index
  }

  /** The folded name; a view. */
  nameOf(index: number): Name {
    return this.#bytes.subarray(this.#starts[index], this.#starts[index + 1])
  }

  /** All names' bytes; name `index` begins at `startOf(index)`. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  startOf(index: number): number {
    return this.#starts[index]!
  }

  sizeOf(index: number): number {
    return this.#starts[index + 1]! - this.#starts[index]!
  }

  hashOf(index: number): number {
    return this.#hashes[index]!
  }

  #isNamed(index: number, name: HashedName, start: number): boolean {
    const [bytes, at] = [this.#bytes, this.#starts[index]!]
    const size = name.length - start
    if (this.#starts[index + 1]! - at !== size) return false
    for (let byte = 0; byte < size; byte++) if (bytes[at + byte] !== name.lower[start + byte]) return false
    return true
  }

  #rehash(): void {
    this.#table = new Int32Array(this.#table.length * 2)
    for (let index = 0; index < this.count; index++) this.#enter(index)
  }

  #enter(index: number): void {
    const [table, mask] = [this.#table, this.#table.length - 1]
    let slot = placeOf(this.#hashes[index]!, mask)
    while (table[slot] !== 0) slot = (slot + 1) & mask
    table[slot] = index + 1
  }
}
