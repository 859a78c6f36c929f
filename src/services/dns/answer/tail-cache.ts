/**
 * Tails by what they depend on, four numbers of which the first is never zero, in a table of fixed size: a new one takes the place of an
 * old one. What is asked for the first time is noted and not kept, as most of a large zone's answers are not asked for again so soon.
 */
import { keptTail, type Tail } from './tail.ts'

const probes = 4

export class TailCache {
  readonly #keys: Int32Array
  readonly #tails: (Tail | undefined)[]
  /** What was wanted last, by its hash. */
  readonly #wanted: Int32Array
  readonly #mask: number
  #bytes = 0
  readonly #bytesLimit: number

  /** @param slots a power of two */
  constructor(slots: number, bytesLimit: number) {
    this.#keys = new Int32Array(slots * 4)
    this.#tails = Array.from({ length: slots }, () => undefined)
    this.#wanted = new Int32Array(slots)
    this.#mask = slots - 1
    this.#bytesLimit = bytesLimit
  }

  get(a: number, b: number, c: number, d: number): Tail | undefined {
    const keys = this.#keys
    let slot = spread(a, b, c, d) & this.#mask
    for (let probe = 0; probe < probes; probe++) {
      const at = slot * 4
      if (keys[at] === a && keys[at + 1] === b && keys[at + 2] === c && keys[at + 3] === d) return this.#tails[slot]
      slot = (slot + 1) & this.#mask
    }
    return undefined
  }

  /** Keeps a copy of the tail from the second time on. */
  put(a: number, b: number, c: number, d: number, tail: Tail): void {
    const first = spread(a, b, c, d)
    if (this.#wanted[first & this.#mask] !== first) {
      this.#wanted[first & this.#mask] = first
      return
    }
    // Objects and arrays around the bytes weigh more than they do.
    const bytes = tail.bytes.length + tail.pointers.length * 4 + 500
    if (this.#bytes + bytes > this.#bytesLimit) this.clear()
    let slot = first & this.#mask
    for (let probe = 1; probe < probes && this.#tails[slot] !== undefined; probe++) slot = (slot + 1) & this.#mask
    const old = this.#tails[slot]
    if (old !== undefined) this.#bytes -= old.bytes.length + old.pointers.length * 4 + 500
    this.#bytes += bytes
    this.#keys[slot * 4] = a
    this.#keys[slot * 4 + 1] = b
    this.#keys[slot * 4 + 2] = c
    this.#keys[slot * 4 + 3] = d
    this.#tails[slot] = keptTail(tail)
  }

  clear(): void {
    // Nothing is kept: there is nothing to clear, but for what was wanted, which does no harm.
    if (this.#bytes === 0) return
    this.#tails.fill(undefined)
    this.#keys.fill(0)
    this.#bytes = 0
  }
}

function spread(a: number, b: number, c: number, d: number): number {
  let hash =
    Math.imul(a ^ Math.imul(b, 0x9e37_79b1), 0x85eb_ca6b) ^ Math.imul(c ^ Math.imul(d, 0x27d4_eb2f), 0xc2b2_ae35)
  hash ^= hash >>> 15
  return Math.imul(hash, 0x2c1b_3c6d) >>> 4
}
