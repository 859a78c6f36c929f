/** Writes sorted nodes into an image, in one pass for sizes and one for bytes. */
import { dnsType } from '../wire/types.ts'
import type { BuiltNode, BuiltSet } from './builder.ts'
import { aligned, header, headerBytes, imageMagic, node, nodeBytes, nodeFlag, set, setBytes } from './layout.ts'
import { HashedName, placeOf } from './name-hash.ts'
import { nameOfKey } from './name-key.ts'

/** The image's bytes. Nodes come in canonical order, the apex first; those of NSEC3 apart. */
export function writeImage(
  nodes: readonly BuiltNode[],
  hashed: readonly BuiltNode[],
  records: number,
  shared: boolean,
): Uint8Array {
  const slots = tableSlots(nodes.length)
  const nsecCount = nodes.filter(({ sets }) => sets.some(({ type }) => type === dnsType.NSEC)).length
  const order = headerBytes + slots * 4
  const nsec = order + nodes.length * 4
  const nsec3 = nsec + nsecCount * 4
  const start = nsec3 + hashed.length * 4
  const offsets = new Uint32Array(nodes.length)
  const hashedOffsets = new Uint32Array(hashed.length)
  const middle = place(nodes, offsets, start)
  const total = place(hashed, hashedOffsets, middle)
  const buffer = shared ? new SharedArrayBuffer(total) : new ArrayBuffer(total)
  const writer = new ImageWriter(buffer)
  const { words } = writer
  words[header.magic] = imageMagic
  words[header.totalBytes] = total
  words[header.table] = headerBytes
  words[header.tableMask] = slots - 1
  words[header.order] = order
  words[header.orderCount] = nodes.length
  words[header.nsec] = nsec
  words[header.nsecCount] = nsecCount
  words[header.nsec3] = nsec3
  words[header.nsec3Count] = hashed.length
  words[header.apex] = offsets[0]!
  words[header.records] = records
  words[header.depth] = writer.names(nodes, offsets, slots - 1)
  words.set(offsets, order / 4)
  words.set(hashedOffsets, nsec3 / 4)
  let next = nsec / 4
  nodes.forEach(({ sets }, at) => {
    if (sets.some(({ type }) => type === dnsType.NSEC)) words[next++] = offsets[at]!
  })
  hashed.forEach((one, at) => writer.node(one, hashedOffsets[at]!, 0))
  return writer.bytes
}

function tableSlots(count: number): number {
  let slots = 4
  while (slots * 2 < count * 3) slots *= 2
  return slots
}

/** Notes where each node goes; gives where they end. */
function place(nodes: readonly BuiltNode[], offsets: Uint32Array, start: number): number {
  let at = start
  nodes.forEach(({ key, sets }, index) => {
    offsets[index] = at
    at += aligned(nodeBytes + nameBytesOf(key))
    for (const one of sets) at += setBytes + aligned(bytesOf(one.data) + bytesOf(one.signatures))
  })
  return at
}

/** Labels of a key end with a byte each, as they begin with one in a name; the root adds one, escapes none. */
function nameBytesOf(key: string): number {
  let size = key.length + 1
  for (let at = key.indexOf('\x01'); at >= 0; at = key.indexOf('\x01', at + 2)) size--
  return size
}

function bytesOf(data: readonly Uint8Array[]): number {
  let size = 0
  for (const one of data) size += 2 + one.length
  return size
}

class ImageWriter {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly #name = new HashedName()

  constructor(buffer: ArrayBufferLike) {
    this.bytes = new Uint8Array(buffer)
    this.words = new Uint32Array(buffer)
  }

  /** Writes the nodes, links them and enters them into the table; gives the largest number of labels. */
  names(nodes: readonly BuiltNode[], offsets: Uint32Array, mask: number): number {
    const { words } = this
    // The keys of the ancestors of the node at hand, which begin its key.
    const above: number[] = []
    let depth = 0
    nodes.forEach((one, index) => {
      while (above.length > 0 && !one.key.startsWith(nodes[above.at(-1)!]!.key)) above.pop()
      const at = offsets[index]!
      const parent = above.length === 0 ? 0 : offsets[above.at(-1)!]!
      above.push(index)
      this.node(one, at, parent)
      words[at / 4 + node.place] = index
      words[at / 4 + node.cover] = this.#coverOf(at, parent)
      const name = this.#name
      if (parent !== 0 && name.lower[0] === 1 && name.lower[1] === 0x2a) words[parent / 4 + node.wildcard] = at
      depth = Math.max(depth, name.count)
      let slot = placeOf(name.hashFrom(0), mask)
      while (words[headerBytes / 4 + slot] !== 0) slot = (slot + 1) & mask
      words[headerBytes / 4 + slot] = at
    })
    return depth
  }

  /** A node of its own, its sets behind its name. */
  node({ key, sets }: BuiltNode, at: number, parent: number): void {
    const { words, bytes } = this
    const name = nameOfKey(key)
    this.#name.takeName(name)
    words[at / 4 + node.parent] = parent
    words[at / 4 + node.sizes] = flagsOf(sets, parent !== 0) + name.length * 0x100 + sets.length * 0x1_0000
    bytes.set(name, at + nodeBytes)
    let next = at + aligned(nodeBytes + name.length)
    for (const one of sets) next = this.#set(one, next)
  }

  /** The cut or DNAME that hides this node's own data: above it, or a cut itself. 0 where none does. */
  #coverOf(at: number, parent: number): number {
    const { words } = this
    if (parent !== 0) {
      const above = words[parent / 4 + node.cover]!
      if (above !== 0) return above
      if ((words[parent / 4 + node.sizes]! & nodeFlag.dname) !== 0) return parent
    }
    return (words[at / 4 + node.sizes]! & nodeFlag.cut) === 0 ? 0 : at
  }

  #set(one: BuiltSet, at: number): number {
    const { words } = this
    const [dataBytes, signatureBytes] = [bytesOf(one.data), bytesOf(one.signatures)]
    words[at / 4 + set.typeCount] = one.type + one.data.length * 0x1_0000
    words[at / 4 + set.ttl] = one.ttl
    words[at / 4 + set.signatures] = one.signatures.length
    words[at / 4 + set.signatureTtl] = one.signatureTtl
    words[at / 4 + set.dataBytes] = dataBytes
    words[at / 4 + set.signatureBytes] = signatureBytes
    this.#data(one.signatures, this.#data(one.data, at + setBytes))
    return at + setBytes + aligned(dataBytes + signatureBytes)
  }

  #data(list: readonly Uint8Array[], at: number): number {
    for (const data of list) {
      this.bytes[at] = data.length >>> 8
      this.bytes[at + 1] = data.length
      this.bytes.set(data, at + 2)
      at += 2 + data.length
    }
    return at
  }
}

function flagsOf(sets: readonly BuiltSet[], belowApex: boolean): number {
  let flags = 0
  for (const { type } of sets) {
    if (type === dnsType.NS && belowApex) flags |= nodeFlag.cut
    else if (type === dnsType.DNAME) flags |= nodeFlag.dname
    else if (type === dnsType.CNAME) flags |= nodeFlag.cname
    else if (type === dnsType.NSEC) flags |= nodeFlag.nsec
  }
  return flags
}
