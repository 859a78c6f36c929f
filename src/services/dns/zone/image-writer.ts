/** Writes nodes into an image, in one pass for sizes and one for bytes. */
import { dnsType } from '../wire/types.ts'
import type { ServedChain } from './denial-chain.ts'
import {
  aligned,
  header,
  headerBytes,
  imageMagic,
  markFactor,
  markMask,
  node,
  nodeBytes,
  nodeFlag,
  set,
  setBytes,
} from './layout.ts'
import { placeOf } from './name-hash.ts'
import type { Nodes } from './nodes.ts'
import type { RecordStore } from './record-store.ts'

/** Offsets have 32 bits. */
export const imageBytesLimit = 0xffff_ffff

export class ImageWriter {
  /** Bytes that the image will have. */
  readonly bytesWanted: number
  readonly #nodes: Nodes
  readonly #order: Int32Array
  readonly #hashed: Nodes
  readonly #chain: ServedChain
  readonly #slots: number
  readonly #nsecCount: number
  readonly #start: number
  #bytes: Uint8Array = new Uint8Array(0)
  #words: Uint32Array = new Uint32Array(0)

  /** `order` are the nodes in canonical order, the apex first. */
  constructor(nodes: Nodes, order: Int32Array, hashed: Nodes, chain: ServedChain) {
    this.#nodes = nodes
    this.#order = order
    this.#hashed = hashed
    this.#chain = chain
    this.#slots = tableSlots(order.length)
    let nsecCount = 0
    for (const one of order) if (nodes.sets.setOf(one, dnsType.NSEC) >= 0) nsecCount++
    this.#nsecCount = nsecCount
    this.#start = headerBytes + (this.#slots + order.length + nsecCount + chain.owners.length) * 4
    let total = this.#start
    for (const one of order) total += sizeOf(nodes, one)
    for (const one of chain.owners) total += sizeOf(hashed, one)
    this.bytesWanted = total
  }

  write(shared: boolean): Uint8Array {
    const total = this.bytesWanted
    const buffer = shared ? new SharedArrayBuffer(total) : new ArrayBuffer(total)
    this.#bytes = new Uint8Array(buffer)
    const words = (this.#words = new Uint32Array(buffer))
    const nodeCount = this.#order.length
    const order = headerBytes + this.#slots * 4
    const nsec = order + nodeCount * 4
    const nsec3 = nsec + this.#nsecCount * 4
    words[header.magic] = imageMagic
    words[header.totalBytes] = total
    words[header.table] = headerBytes
    words[header.tableMask] = this.#slots - 1
    words[header.order] = order
    words[header.orderCount] = nodeCount
    words[header.nsec] = nsec
    words[header.nsecCount] = this.#nsecCount
    words[header.nsec3] = nsec3
    words[header.nsec3Count] = this.#chain.count
    words[header.hashedCount] = this.#chain.owners.length
    words[header.apex] = this.#start
    words[header.records] = this.#nodes.sets.records + this.#hashed.sets.records
    words[header.parameters] = this.#chain.parameters + 1
    let at = this.#writeNodes(order / 4, nsec / 4)
    this.#chain.owners.forEach((one, index) => {
      words[nsec3 / 4 + index] = at
      at = this.#node(this.#hashed, one, at, 0)
    })
    return this.#bytes
  }

  /** Writes the nodes, links them and enters them into the table; gives where they end. */
  #writeNodes(order: number, nsec: number): number {
    const words = this.#words
    const { names } = this.#nodes
    // The node written last at each depth: in canonical order the parent is the last one a label higher.
    const lastAt = new Float64Array(129)
    const apexLabels = labelsOf(names.bytes, names.startOf(0))
    let [at, deepest] = [this.#start, 0]
    this.#order.forEach((one, index) => {
      const labels = labelsOf(names.bytes, names.startOf(one))
      const parent = labels > apexLabels ? lastAt[labels - 1]! : 0
      lastAt[labels] = at
      deepest = Math.max(deepest, labels)
      words[order + index] = at
      const end = this.#node(this.#nodes, one, at, parent)
      words[at / 4 + node.place] = index
      words[at / 4 + node.cover] = this.#coverOf(at, parent)
      if ((words[at / 4 + node.sizes]! & nodeFlag.nsec) !== 0) words[nsec++] = at
      if (parent !== 0 && this.#isWildcard(at)) words[parent / 4 + node.wildcard] = at
      this.#enter(names.hashOf(one), at)
      at = end
    })
    words[header.depth] = deepest
    return at
  }

  #isWildcard(at: number): boolean {
    return this.#bytes[at + nodeBytes] === 1 && this.#bytes[at + nodeBytes + 1] === 0x2a
  }

  #enter(hash: number, at: number): void {
    const words = this.#words
    const [mask, marks] = [this.#slots - 1, markMask(this.bytesWanted)]
    let slot = placeOf(hash, mask)
    while (words[headerBytes / 4 + slot] !== 0) slot = (slot + 1) & mask
    words[headerBytes / 4 + slot] = at / 4 + ((Math.imul(hash, markFactor) & marks) >>> 0)
  }

  /** A node of its own, its sets behind its name; gives where it ends. */
  #node({ names, sets }: Nodes, one: number, at: number, parent: number): number {
    const [words, bytes] = [this.#words, this.#bytes]
    const [start, size] = [names.startOf(one), names.sizeOf(one)]
    let [flags, count] = [0, 0]
    for (let byte = 0; byte < size; byte++) bytes[at + nodeBytes + byte] = names.bytes[start + byte]!
    let next = at + aligned(nodeBytes + size)
    for (let of = sets.firstSet(one); of >= 0; of = sets.nextSet(of)) {
      flags |= flagOf(sets.typeOf(of), parent !== 0)
      count++
      next = this.#set(sets, of, next)
    }
    words[at / 4 + node.parent] = parent
    words[at / 4 + node.sizes] = flags + size * 0x100 + count * 0x1_0000
    return next
  }

  /** The cut or DNAME that hides this node's own data: above it, or a cut itself. 0 where none does. */
  #coverOf(at: number, parent: number): number {
    const words = this.#words
    if (parent !== 0) {
      const above = words[parent / 4 + node.cover]!
      if (above !== 0) return above
      if ((words[parent / 4 + node.sizes]! & nodeFlag.dname) !== 0) return parent
    }
    return (words[at / 4 + node.sizes]! & nodeFlag.cut) === 0 ? 0 : at
  }

  #set(sets: RecordStore, one: number, at: number): number {
    const words = this.#words
    words[at / 4 + set.typeCount] = sets.typeOf(one) + sets.countOf(one) * 0x1_0000
    words[at / 4 + set.ttl] = sets.ttlOf(one)
    words[at / 4 + set.signatures] = sets.signatureCount(one)
    words[at / 4 + set.signatureTtl] = sets.signatureTtl(one)
    words[at / 4 + set.dataBytes] = sets.dataBytes(one)
    words[at / 4 + set.signatureBytes] = sets.signatureBytes(one)
    return aligned(sets.write(one, this.#bytes, at + setBytes))
  }
}

function tableSlots(count: number): number {
  let slots = 4
  while (slots * 2 < count * 3) slots *= 2
  return slots
}

function sizeOf({ names, sets }: Nodes, one: number): number {
  let size = aligned(nodeBytes + names.sizeOf(one))
  for (let of = sets.firstSet(one); of >= 0; of = sets.nextSet(of)) {
    size += setBytes + aligned(sets.dataBytes(of) + sets.signatureBytes(of))
  }
  return size
}

function labelsOf(bytes: Uint8Array, start: number): number {
  let labels = 0
  for (let at = start; bytes[at]! > 0; at += 1 + bytes[at]!) labels++
  return labels
}

function flagOf(type: number, belowApex: boolean): number {
  if (type === dnsType.NS && belowApex) return nodeFlag.cut
  if (type === dnsType.DNAME) return nodeFlag.dname
  if (type === dnsType.CNAME) return nodeFlag.cname
  return type === dnsType.NSEC ? nodeFlag.nsec : 0
}
