/**
 * A binary heap of jobs by rank, the lowest first; equal ranks leave in the order in which they came.
 * Ranks and order lie beside the jobs in arrays of numbers, so a comparison touches no object, and a rank is what it was
 * when the job came. Each job knows its place, so one can be taken from the middle in O(log n).
 * A rule for ties, if there is one, decides between equal ranks before the order does.
 */
import type { Placed } from './ring.ts'

export class JobHeap<Item extends Placed> {
  readonly #items: Item[] = []
  readonly #ranks: number[] = []
  readonly #orders: number[] = []
  readonly #tie: ((a: Item, b: Item) => number) | undefined
  #nextOrder = 0
  #frontOrder = 0

  constructor(tie?: (a: Item, b: Item) => number) {
    this.#tie = tie
  }

  get size(): number {
    return this.#items.length
  }

  push(item: Item, rank: number): void {
    this.#rise(this.#items.length, item, rank, this.#nextOrder++)
  }

  /** Before all that have the same rank. */
  pushFront(item: Item, rank: number): void {
    this.#rise(this.#items.length, item, rank, --this.#frontOrder)
  }

  /** The first one; it stays. */
  peek(): Item | undefined {
    return this.#items[0]
  }

  /** Takes the first one out. */
  pop(): Item | undefined {
    const item = this.#items[0]
    if (item !== undefined) this.remove(item)
    return item
  }

  /** The first one, in order, for which `accepts` holds; it stays. O(k log n) when k were looked at. */
  find(accepts: (item: Item) => boolean): Item | undefined {
    const aside: { item: Item; rank: number; order: number }[] = []
    let found = this.#items[0]
    while (found !== undefined && !accepts(found)) {
      aside.push({ item: found, rank: this.#ranks[0] as number, order: this.#orders[0] as number })
      this.remove(found)
      found = this.#items[0]
    }
    for (const { item, rank, order } of aside) this.#rise(this.#items.length, item, rank, order)
    return found
  }

  /** False when the item is not in this heap. */
  remove(item: Item): boolean {
    const at = item.place
    if (at < 0 || this.#items[at] !== item) return false
    item.place = -1
    const last = this.#items.pop()
    const rank = this.#ranks.pop()
    const order = this.#orders.pop()
    if (last === undefined || rank === undefined || order === undefined || last === item) return true
    // The last one fills the gap; it may belong above it as well as below.
    if (at > 0 && this.#isBefore(last, rank, order, (at - 1) >> 1)) this.#rise(at, last, rank, order)
    else this.#sink(at, last, rank, order)
    return true
  }

  #rise(from: number, item: Item, rank: number, order: number): void {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!this.#isBefore(item, rank, order, parent)) break
      this.#move(parent, at)
      at = parent
    }
    this.#put(at, item, rank, order)
  }

  #sink(from: number, item: Item, rank: number, order: number): void {
    let at = from
    for (;;) {
      const child = this.#lesserChild(at)
      if (child === -1 || this.#isBefore(item, rank, order, child)) break
      this.#move(child, at)
      at = child
    }
    this.#put(at, item, rank, order)
  }

  #lesserChild(at: number): number {
    const left = 2 * at + 1
    const right = left + 1
    if (left >= this.#items.length) return -1
    return right < this.#items.length && this.#precedes(right, left) ? right : left
  }

  #isBefore(item: Item, rank: number, order: number, at: number): boolean {
    const other = this.#ranks[at] as number
    if (rank !== other) return rank < other
    const verdict = this.#tie === undefined ? 0 : this.#tie(item, this.#items[at] as Item)
    return verdict === 0 ? order < (this.#orders[at] as number) : verdict < 0
  }

  #precedes(at: number, other: number): boolean {
    return this.#isBefore(this.#items[at] as Item, this.#ranks[at] as number, this.#orders[at] as number, other)
  }

  #move(from: number, to: number): void {
    this.#put(to, this.#items[from] as Item, this.#ranks[from] as number, this.#orders[from] as number)
  }

  #put(at: number, item: Item, rank: number, order: number): void {
    this.#items[at] = item
    this.#ranks[at] = rank
    this.#orders[at] = order
    item.place = at
  }
}
