/**
 * A queue for jobs: first in, first out, and a job in the middle can leave at once.
 *
 *     head                       tail
 *      ▼                          ▼
 *   [  A   B   hole   D   hole   .   .   . ]      a job's `place` is its slot; `span` counts A to the slot before tail
 *
 * A job that leaves the middle leaves a hole, which is skipped once it is the first. When the ring is full and half of
 * it are holes it is packed instead of doubled, so all operations take constant time on average, and memory follows the
 * jobs.
 */

/** What stands in a queue: it knows its place, -1 in none. */
export interface Placed {
  place: number
}

const firstCapacity = 64

export class JobRing<Item extends Placed> {
  #slots: (Item | undefined)[] = emptySlots(firstCapacity)
  /** Capacities are powers of two, so a mask does what a remainder would. */
  #mask = firstCapacity - 1
  #head = 0
  #span = 0
  #size = 0

  get size(): number {
    return this.#size
  }

  push(item: Item): void {
    if (this.#span > this.#mask) this.#rebuild()
    const slot = (this.#head + this.#span) & this.#mask
    this.#slots[slot] = item
    item.place = slot
    this.#span++
    this.#size++
  }

  /** Takes the first one out. */
  shift(): Item | undefined {
    const item = this.#span === 0 ? undefined : this.#slots[this.#head]
    if (item !== undefined) this.remove(item)
    return item
  }

  /** The first one for which `accepts` holds; it stays. */
  find(accepts: (item: Item) => boolean): Item | undefined {
    for (let step = 0; step < this.#span; step++) {
      const item = this.#slots[(this.#head + step) & this.#mask]
      if (item !== undefined && accepts(item)) return item
    }
    return undefined
  }

  /** False when the item is not in this ring. */
  remove(item: Item): boolean {
    const slot = item.place
    if (slot < 0 || this.#slots[slot] !== item) return false
    this.#slots[slot] = undefined
    item.place = -1
    this.#size--
    if (slot === this.#head) this.#skipHoles()
    return true
  }

  /** So that the first slot holds a job, and `find` does not pass the same holes each time. */
  #skipHoles(): void {
    while (this.#span > 0 && this.#slots[this.#head] === undefined) {
      this.#head = (this.#head + 1) & this.#mask
      this.#span--
    }
  }

  #rebuild(): void {
    const capacity = this.#mask + 1
    const slots = emptySlots<Item>(this.#size * 2 > capacity ? capacity * 2 : capacity)
    let next = 0
    for (let step = 0; step < this.#span; step++) {
      const item = this.#slots[(this.#head + step) & this.#mask]
      if (item === undefined) continue
      item.place = next
      slots[next++] = item
    }
    this.#slots = slots
    this.#mask = slots.length - 1
    this.#head = 0
    this.#span = this.#size
  }
}

/** Filled, as arrays with holes of V8 are slower to read. */
function emptySlots<Item>(capacity: number): (Item | undefined)[] {
  return Array.from<Item | undefined>({ length: capacity }).fill(undefined)
}
