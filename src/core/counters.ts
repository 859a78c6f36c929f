/**
 * Named counters over a given buffer: one float64 a counter, exact up to 2^53, written by one
 * lane and readable by anybody who holds the buffer. Over shared memory they stay readable when
 * the lane that counts is blocked or dead.
 *
 * Hot paths use the bare `cells` array and an index kept in a constant.
 */

/** A group of counters with fixed names; `cells[index]` belongs to `names[index]`. */
export class Counters<Name extends string> {
  readonly names: readonly Name[]
  readonly cells: Float64Array
  readonly #indexes: ReadonlyMap<string, number>

  /** `buffer` must hold `Counters.bytesFor(names)` bytes from `byteOffset` on; default: an own one. */
  constructor(names: readonly Name[], buffer?: ArrayBufferLike, byteOffset = 0) {
    this.names = names
    this.cells = new Float64Array(buffer ?? new SharedArrayBuffer(Counters.bytesFor(names)), byteOffset, names.length)
    this.#indexes = new Map(names.map((name, index) => [name, index]))
  }

  static bytesFor(names: readonly string[]): number {
    return names.length * Float64Array.BYTES_PER_ELEMENT
  }

  /** The index of a name in `cells`. */
  at(name: Name): number {
    return this.#indexes.get(name) as number
  }

  add(name: Name, amount = 1): void {
    const index = this.at(name)
    this.cells[index] = (this.cells[index] as number) + amount
  }

  get(name: Name): number {
    return this.cells[this.at(name)] as number
  }

  set(name: Name, value: number): void {
    this.cells[this.at(name)] = value
  }

  /** All values by name, as of now. */
  snapshot(): Record<Name, number> {
    return Object.fromEntries(this.names.map((name, index) => [name, this.cells[index]])) as Record<Name, number>
  }
}
