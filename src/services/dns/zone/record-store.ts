/**
 * The sets of names and the data of their records, as lists of numbers in flat arrays.
 *
 *   node ─▶ set (by type) ─▶ set        set ─▶ data ─▶ data (canonical order)     data: size (16 bits) and bytes
 *                                       set ─▶ signature ─▶ signature
 */
import { withRoom } from './grow.ts'

/** Most records, and most signatures, of a set. */
export const recordsInSetLimit = 4096

/** What became of a record that was put into a set. */
export type Put = 'added' | 'known' | 'full'

const none = -1

/** Numbers of a set, by their place. */
const field = {
  type: 0,
  next: 1,
  ttl: 2,
  signatureTtl: 3,
  data: 4,
  signatures: 5,
  counts: 6,
  dataBytes: 7,
  signatureBytes: 8,
}
const fields = 9

export class RecordStore {
  /** Records, without those that were there already. */
  records = 0
  // The first set of each name.
  #heads = new Int32Array(64)
  #nodes = 0
  #sets = new Int32Array(64 * fields)
  #setCount = 0
  // Of each record: the next one's number, and where its data is.
  #next = new Int32Array(64)
  #at = new Uint32Array(64)
  #recordCount = 0
  #bytes = new Uint8Array(4096)
  #used = 0

  /** The set of a type, or -1. */
  setOf(node: number, type: number): number {
    let set = this.firstSet(node)
    while (set !== none && this.#sets[set + field.type]! < type) set = this.nextSet(set)
    return set !== none && this.#sets[set + field.type] === type ? set : none
  }

  /** The set of a type, made where there is none. */
  setFor(node: number, type: number): number {
    this.#takeNodes(node)
    let [before, set] = [none, this.#heads[node]!]
    for (; set !== none && this.#sets[set + field.type]! < type; set = this.nextSet(set)) before = set
    if (set !== none && this.#sets[set + field.type] === type) return set
    const made = this.#setCount++ * fields
    this.#sets = withRoom(this.#sets, made + fields)
    this.#sets.fill(0, made, made + fields)
    this.#sets[made + field.type] = type
    this.#sets[made + field.next] = set
    this.#sets[made + field.data] = this.#sets[made + field.signatures] = none
    if (before === none) this.#heads[node] = made
    else this.#sets[before + field.next] = made
    return made
  }

  /**
   * Puts a record among the set's data, or among its signatures. Records of one set have one TTL (RFC 2181 5.2): the smallest.
   */
  put(set: number, isSignature: boolean, ttl: number, data: Uint8Array): Put {
    const count = isSignature ? this.signatureCount(set) : this.countOf(set)
    const head = set + (isSignature ? field.signatures : field.data)
    let [before, record, order] = [none, this.#sets[head]!, 1]
    while (record !== none && (order = this.#compare(record, data)) < 0) {
      before = record
      record = this.#next[record]!
    }
    if (record !== none && order === 0) return 'known'
    if (count >= recordsInSetLimit) return 'full'
    const made = this.#keep(data, record)
    if (before === none) this.#sets[head] = made
    else this.#next[before] = made
    const ttlAt = set + (isSignature ? field.signatureTtl : field.ttl)
    if (count === 0 || ttl < this.#sets[ttlAt]! >>> 0) this.#sets[ttlAt] = ttl
    this.#sets[set + field.counts] = this.#sets[set + field.counts]! + (isSignature ? 0x1_0000 : 1)
    const bytesAt = set + (isSignature ? field.signatureBytes : field.dataBytes)
    this.#sets[bytesAt] = this.#sets[bytesAt]! + 2 + data.length
    this.records++
    return 'added'
  }

  /** Forgets sets that have signatures and nothing that these could be over. */
  dropLoneSignatures(): void {
    for (let node = 0; node < this.#nodes; node++) {
      let before = none
      for (let set = this.#heads[node]!; set !== none; set = this.nextSet(set)) {
        if (this.countOf(set) > 0) {
          before = set
          continue
        }
        this.records -= this.signatureCount(set)
        if (before === none) this.#heads[node] = this.nextSet(set)
        else this.#sets[before + field.next] = this.nextSet(set)
      }
    }
  }

  /** The node's set with the lowest type; -1 where it has none. */
  firstSet(node: number): number {
    return node < this.#nodes ? this.#heads[node]! : none
  }

  nextSet(set: number): number {
    return this.#sets[set + field.next]!
  }

  typeOf(set: number): number {
    return this.#sets[set + field.type]!
  }

  ttlOf(set: number): number {
    return this.#sets[set + field.ttl]! >>> 0
  }

  /** That of the signatures; of the data where there are none. */
  signatureTtl(set: number): number {
    return this.signatureCount(set) === 0 ? this.ttlOf(set) : this.#sets[set + field.signatureTtl]! >>> 0
  }

  countOf(set: number): number {
    return this.#sets[set + field.counts]! & 0xffff
  }

  signatureCount(set: number): number {
    return this.#sets[set + field.counts]! >>> 16
  }

  /** Bytes that the set's data takes, sizes included. */
  dataBytes(set: number): number {
    return this.#sets[set + field.dataBytes]!
  }

  signatureBytes(set: number): number {
    return this.#sets[set + field.signatureBytes]!
  }

  /** The data of the set's first record, in canonical order; a view. */
  firstData(set: number): Uint8Array {
    return this.#dataOf(this.#sets[set + field.data]!)
  }

  /** The data of each record of the set; views. */
  *dataOf(set: number): Generator<Uint8Array, void> {
    for (let record = this.#sets[set + field.data]!; record !== none; record = this.#next[record]!) {
      yield this.#dataOf(record)
    }
  }

  /** Writes data and signatures, each behind its size; gives where they end. */
  write(set: number, to: Uint8Array, at: number): number {
    for (const head of [field.data, field.signatures]) {
      for (let record = this.#sets[set + head]!; record !== none; record = this.#next[record]!) {
        const from = this.#at[record]!
        const size = 2 + this.#bytes[from]! * 0x100 + this.#bytes[from + 1]!
        // Mostly short: a loop is sooner done than a view is made.
        if (size < 64) for (let byte = 0; byte < size; byte++) to[at + byte] = this.#bytes[from + byte]!
        else to.set(this.#bytes.subarray(from, from + size), at)
        at += size
      }
    }
    return at
  }

  #dataOf(record: number): Uint8Array {
    const at = this.#at[record]!
    return this.#bytes.subarray(at + 2, at + 2 + this.#bytes[at]! * 0x100 + this.#bytes[at + 1]!)
  }

  /** As Buffer.compare. */
  #compare(record: number, data: Uint8Array): number {
    const bytes = this.#bytes
    const at = this.#at[record]!
    const size = bytes[at]! * 0x100 + bytes[at + 1]!
    const common = Math.min(size, data.length)
    for (let byte = 0; byte < common; byte++) {
      const difference = bytes[at + 2 + byte]! - data[byte]!
      if (difference !== 0) return difference
    }
    return size - data.length
  }

  #keep(data: Uint8Array, next: number): number {
    const record = this.#recordCount++
    this.#next = withRoom(this.#next, record + 1)
    this.#next[record] = next
    this.#at = withRoom(this.#at, record + 1)
    const at = (this.#at[record] = this.#used)
    this.#used = at + 2 + data.length
    const bytes = (this.#bytes = withRoom(this.#bytes, this.#used))
    bytes[at] = data.length >>> 8
    bytes[at + 1] = data.length
    if (data.length < 64) for (let byte = 0; byte < data.length; byte++) bytes[at + 2 + byte] = data[byte]!
    else bytes.set(data, at + 2)
    return record
  }

  #takeNodes(node: number): void {
    if (node < this.#nodes) return
    const before = this.#heads.length
    this.#heads = withRoom(this.#heads, node + 1)
    if (this.#nodes === 0) this.#heads.fill(none)
    else if (this.#heads.length > before) this.#heads.fill(none, before)
    this.#nodes = node + 1
  }
}
