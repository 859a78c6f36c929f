/**
 * The ends of names that stand in a message being written, so that later names can point at them (RFC 1035 4.1.4).
 *
 * Ends are found by their hash, made from the root up, in a table of fixed size; a search looks at a few places and then gives up,
 * so that no choice of names makes it slow. Only the very same bytes are pointed at, so case is kept.
 */
import type { Name } from './name.ts'

const slots = 4096
const probesLimit = 8

export class NameEnds {
  /** Where the labels of the name taken last begin. */
  readonly starts: Uint8Array = new Uint8Array(128)
  /** How many it has; the root's is not among them. */
  count = 0
  readonly #hashes = new Int32Array(128)
  // Offsets by hash; zero is free, as no name stands in the header.
  readonly #places = new Uint16Array(slots)
  // Which slots were taken, in order, so that they can be given back.
  readonly #taken: number[] = []
  readonly #reach: number

  /** @param reach the first offset that cannot be pointed at; pointers have 14 bits */
  constructor(reach = 0x4000) {
    this.#reach = reach
  }

  /** Takes a name, to look for its ends or to keep them. */
  take(name: Name): void {
    const [starts, hashes] = [this.starts, this.#hashes]
    let count = 0
    for (let at = 0; name[at]! > 0; at += 1 + name[at]!) starts[count++] = at
    let hash = 0x811c_9dc5
    for (let label = count - 1; label >= 0; label--) {
      const start = starts[label]!
      const end = start + name[start]!
      for (let at = start; at <= end; at++) hash = Math.imul(hash ^ name[at]!, 0x0100_0193)
      hashes[label] = hash ^ (hash >>> 15)
    }
    this.count = count
  }

  /** Where the end of the name taken last that begins with a label stands in the message; 0 where it does not. */
  find(message: Uint8Array, name: Name, label: number): number {
    const [hash, start] = [this.#hashes[label]!, this.starts[label]!]
    for (let probe = 0; probe < probesLimit; probe++) {
      const place = this.#places[(hash + probe) & (slots - 1)]!
      if (place === 0) return 0
      if (isAt(message, place, name, start)) return place
    }
    return 0
  }

  /** Notes that the first `labels` ends of the name taken last stand there, the longest at an offset of the message. */
  keep(labels: number, at: number): void {
    for (let label = 0; label < labels; label++) {
      const place = at + this.starts[label]!
      if (place >= this.#reach) return
      this.#put(place, this.#hashes[label]!)
    }
  }

  /** Forgets what stands at an offset and behind it. */
  forget(from: number): void {
    for (;;) {
      const slot = this.#taken.at(-1)
      if (slot === undefined || this.#places[slot]! < from) return
      this.#places[slot] = 0
      this.#taken.pop()
    }
  }

  #put(place: number, hash: number): void {
    for (let probe = 0; probe < probesLimit; probe++) {
      const slot = (hash + probe) & (slots - 1)
      if (this.#places[slot] !== 0) continue
      this.#places[slot] = place
      this.#taken.push(slot)
      return
    }
  }
}

/** True where the end of the name stands at a place, pointers followed. What is there was written here, so they are sound. */
function isAt(message: Uint8Array, place: number, name: Name, start: number): boolean {
  let [at, mine] = [place, start]
  while (mine < name.length) {
    const size = message[at]!
    if (size >= 0xc0) {
      at = (size & 0x3f) * 0x100 + message[at + 1]!
      continue
    }
    for (let left = size; left >= 0; left--) if (message[at++] !== name[mine++]) return false
  }
  return true
}
