/**
 * Sorts names canonically (RFC 4034 6.1) without comparing them as names: each gets a key of 32-bit words that order as it does, and the
 * keys are sorted word by word (three-way radix quicksort; J. L. Bentley, R. Sedgewick, "Fast Algorithms for Sorting and Searching
 * Strings", 1997).
 *
 * A key's last word is filled with zeros; as zero stands for the end of a label alone, that changes no order.
 */
import { keyBytesLimit, writeKey } from './name-key.ts'
import type { NameStore } from './name-store.ts'

/** The numbers of some names of a store in canonical order. */
export function canonicalOrder(names: NameStore, wanted: Int32Array): Int32Array {
  const keys = new Keys(names, wanted)
  const order = Int32Array.from(wanted, (_, at) => at)
  if (!keys.areSorted()) new Sorter(keys, order).sort()
  for (let at = 0; at < order.length; at++) order[at] = wanted[order[at]!]!
  return order
}

class Keys {
  readonly starts: Uint32Array
  readonly words: Uint32Array

  constructor(names: NameStore, wanted: Int32Array) {
    this.starts = new Uint32Array(wanted.length + 1)
    // A word more than each name can need; most names have no byte below 2.
    let room = 0
    for (const index of wanted) room += (names.sizeOf(index) * 2 + 3) >>> 2
    const words = new Uint32Array(room + 1)
    const scratch = new Uint8Array(keyBytesLimit)
    let used = 0
    wanted.forEach((index, at) => {
      let size = writeKey(names.bytes, names.startOf(index), scratch)
      while ((size & 3) !== 0) scratch[size++] = 0
      for (let byte = 0; byte < size; byte += 4) {
        words[used++] =
          scratch[byte]! * 0x100_0000 + scratch[byte + 1]! * 0x1_0000 + scratch[byte + 2]! * 0x100 + scratch[byte + 3]!
      }
      this.starts[at + 1] = used
    })
    this.words = words
  }

  /** Word `depth` of a key; zero behind its end. */
  word(key: number, depth: number): number {
    const at = this.starts[key]! + depth
    return at < this.starts[key + 1]! ? this.words[at]! : 0
  }

  compare(a: number, b: number, depth: number): number {
    const end = Math.max(this.starts[a + 1]! - this.starts[a]!, this.starts[b + 1]! - this.starts[b]!)
    for (; depth < end; depth++) {
      const difference = this.word(a, depth) - this.word(b, depth)
      if (difference !== 0) return difference
    }
    return 0
  }

  areSorted(): boolean {
    for (let at = 1; at < this.starts.length - 1; at++) if (this.compare(at - 1, at, 0) > 0) return false
    return true
  }
}

/** From here down insertion is faster. */
const smallSize = 12

class Sorter {
  readonly #keys: Keys
  readonly #order: Int32Array
  /** The word of each key at the depth at hand, beside its place in the order. */
  readonly #words: Uint32Array
  /** What is left to sort: from, to, depth, and whether the words are those of this depth. */
  readonly #waiting: number[] = []

  constructor(keys: Keys, order: Int32Array) {
    this.#keys = keys
    this.#order = order
    this.#words = new Uint32Array(order.length)
  }

  sort(): void {
    const waiting = this.#waiting
    waiting.push(0, this.#order.length, 0, 0)
    while (waiting.length > 0) {
      const hasWords = waiting.pop()!
      const [depth, to, from] = [waiting.pop()!, waiting.pop()!, waiting.pop()!]
      if (to - from <= smallSize) this.#insert(from, to, depth)
      else {
        if (hasWords === 0)
          for (let at = from; at < to; at++) this.#words[at] = this.#keys.word(this.#order[at]!, depth)
        this.#split(from, to, depth)
      }
    }
  }

  /** Parts what is below, at and above the middle of three words; what is at it goes on with the next word. */
  #split(from: number, to: number, depth: number): void {
    const words = this.#words
    const pivot = middleOf(words[from]!, words[(from + to) >>> 1]!, words[to - 1]!)
    let [below, at, above] = [from, from, to]
    while (at < above) {
      const word = words[at]!
      if (word < pivot) this.#swap(below++, at++)
      else if (word > pivot) this.#swap(at, --above)
      else at++
    }
    this.#later(from, below, depth, 1)
    this.#later(above, to, depth, 1)
    // Keys that end here are equal, and no two are.
    this.#later(below, above, depth + 1, 0)
  }

  #later(from: number, to: number, depth: number, hasWords: number): void {
    if (to - from > 1) this.#waiting.push(from, to, depth, hasWords)
  }

  #swap(a: number, b: number): void {
    const [order, words] = [this.#order, this.#words]
    const [key, word] = [order[a]!, words[a]!]
    order[a] = order[b]!
    words[a] = words[b]!
    order[b] = key
    words[b] = word
  }

  #insert(from: number, to: number, depth: number): void {
    const order = this.#order
    for (let at = from + 1; at < to; at++) {
      const key = order[at]!
      let place = at
      for (; place > from && this.#keys.compare(order[place - 1]!, key, depth) > 0; place--) {
        order[place] = order[place - 1]!
      }
      order[place] = key
    }
  }
}

function middleOf(a: number, b: number, c: number): number {
  return a < b ? (b < c ? b : Math.max(a, c)) : a < c ? a : Math.max(b, c)
}
