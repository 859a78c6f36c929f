/**
 * A zone compiled into one buffer, to be looked up without making anything: nodes and sets are their offsets in it. The buffer may
 * be shared, or mapped by many processes; nobody writes it any more.
 */
import { fail } from '../../../core/index.ts'
import { dnsClass } from '../wire/codes.ts'
import { formatName, type Name } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { aligned, header, imageMagic, markFactor, markMask, node, nodeBytes, set, setBytes } from './layout.ts'
import { type HashedName, placeOf } from './name-hash.ts'

let images = 0
const nodeStarts = new Float64Array(128)

export class ZoneImage {
  /** Tells images of this thread apart. */
  readonly id: number = ++images
  /** The whole image. */
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  /** The node of the zone's own name. */
  readonly apex: number
  readonly origin: Name
  /** Names that can be asked for, empty non-terminals and names below cuts among them. */
  readonly nameCount: number
  readonly recordCount: number
  readonly nsecCount: number
  /** Owners of the NSEC3 chain that is served. */
  readonly nsec3Count: number
  /** Labels of the zone's own name. */
  readonly originLabels: number
  /** Stands for a zone that should be here and is not: its one record is a SOA of zeros. */
  readonly isStandIn: boolean
  readonly #table: number
  readonly #mask: number
  readonly #markMask: number
  readonly #depth: number

  /** Takes the bytes of an image. Throws ZONE_INVALID where they are none. */
  constructor(image: Uint8Array) {
    const bytes = image.byteOffset % 4 === 0 ? image : image.slice()
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
    if (words[header.magic] !== imageMagic || words[header.totalBytes] !== bytes.length) {
      const one = { file: 'image', line: 1, column: 1, reason: 'these bytes are no image of a zone' }
      throw fail('ZONE_INVALID', { ...one, others: [] })
    }
    this.bytes = bytes
    this.words = words
    this.apex = words[header.apex]!
    this.nameCount = words[header.orderCount]!
    this.recordCount = words[header.records]!
    this.nsecCount = words[header.nsecCount]!
    this.nsec3Count = words[header.nsec3Count]!
    this.#table = words[header.table]! / 4
    this.#mask = words[header.tableMask]!
    this.#markMask = markMask(bytes.length)
    this.#depth = words[header.depth]!
    this.origin = this.nameOf(this.apex).slice()
    let labels = 0
    for (let at = 0; this.origin[at]! > 0; at += 1 + this.origin[at]!) labels++
    this.originLabels = labels
    this.isStandIn = this.recordCount === 1 && isZero(this.dataOf(this.setOf(this.apex, dnsType.SOA))[0])
  }

  /** The serial of the zone (RFC 1982). */
  get serial(): number {
    const data = this.dataOf(this.setOf(this.apex, dnsType.SOA))[0]!
    return new DataView(data.buffer, data.byteOffset + data.length - 20).getUint32(0)
  }

  /** The node of a name without its first `label` labels; 0 where there is none. */
  find(name: HashedName, label: number): number {
    const { words } = this
    const hash = name.hashFrom(label)
    const marks = this.#markMask
    const mark = Math.imul(hash, markFactor)
    for (let slot = placeOf(hash, this.#mask); ; slot = (slot + 1) & this.#mask) {
      const word = words[this.#table + slot]! | 0
      if (word === 0) return 0
      if (((word ^ mark) & marks) !== 0) continue
      const at = ((word & ~marks) << 2) >>> 0
      if (this.#isNamed(at, name, name.startFrom(label))) return at
    }
  }

  /** How many labels to leave out until the name may exist here; no name has more labels than the deepest one. */
  firstLabel(name: HashedName): number {
    return name.count > this.#depth ? name.count - this.#depth : 0
  }

  #isNamed(at: number, name: HashedName, start: number): boolean {
    const { bytes } = this
    const size = name.length - start
    if (((this.words[at / 4 + node.sizes]! >>> 8) & 0xff) !== size) return false
    for (let byte = 0; byte < size; byte++) if (bytes[at + nodeBytes + byte] !== name.lower[start + byte]) return false
    return true
  }

  /** The node's name in lower case; a view. */
  nameOf(at: number): Name {
    const start = at + nodeBytes
    return this.bytes.subarray(start, start + this.nameBytes(at))
  }

  nameBytes(at: number): number {
    return (this.words[at / 4 + node.sizes]! >>> 8) & 0xff
  }

  flagsOf(at: number): number {
    return this.words[at / 4 + node.sizes]! & 0xff
  }

  parentOf(at: number): number {
    return this.words[at / 4 + node.parent]!
  }

  /** The cut or DNAME that hides the node's data; 0 where none does. */
  coverOf(at: number): number {
    return this.words[at / 4 + node.cover]!
  }

  /** The node of `*` below this one; 0 where there is none. */
  wildcardOf(at: number): number {
    return this.words[at / 4 + node.wildcard]!
  }

  /** How many sets the node has; none for an empty non-terminal. */
  setCount(at: number): number {
    return this.words[at / 4 + node.sizes]! >>> 16
  }

  /** The set of a type; 0 where there is none. */
  setOf(at: number, type: number): number {
    const { words } = this
    let next = this.firstSet(at)
    for (let left = words[at / 4 + node.sizes]! >>> 16; left > 0; left--) {
      const found = words[next / 4]! & 0xffff
      if (found === type) return next
      if (found > type) return 0
      next = this.nextSet(next)
    }
    return 0
  }

  firstSet(at: number): number {
    return at + aligned(nodeBytes + this.nameBytes(at))
  }

  nextSet(at: number): number {
    const { words } = this
    return at + setBytes + aligned(words[at / 4 + set.dataBytes]! + words[at / 4 + set.signatureBytes]!)
  }

  typeOf(at: number): number {
    return this.words[at / 4]! & 0xffff
  }

  countOf(at: number): number {
    return this.words[at / 4]! >>> 16
  }

  ttlOf(at: number): number {
    return this.words[at / 4 + set.ttl]!
  }

  signatureCount(at: number): number {
    return this.words[at / 4 + set.signatures]!
  }

  signatureTtl(at: number): number {
    return this.words[at / 4 + set.signatureTtl]!
  }

  /** Bytes of the set's data, sizes included. */
  dataBytes(at: number): number {
    return this.words[at / 4 + set.dataBytes]!
  }

  /** Bytes of the signatures over it, sizes included. */
  signatureBytes(at: number): number {
    return this.words[at / 4 + set.signatureBytes]!
  }

  /** Where the set's signatures begin. */
  signaturesAt(at: number): number {
    return at + setBytes + this.words[at / 4 + set.dataBytes]!
  }

  /** The data of the set's records; views. */
  dataOf(at: number): Uint8Array[] {
    return this.#list(at + setBytes, this.countOf(at))
  }

  /** The data of the signatures over the set; views. */
  signaturesOf(at: number): Uint8Array[] {
    return this.#list(this.signaturesAt(at), this.signatureCount(at))
  }

  #list(start: number, count: number): Uint8Array[] {
    const list: Uint8Array[] = []
    for (let at = start; list.length < count;) {
      const size = this.bytes[at]! * 0x100 + this.bytes[at + 1]!
      list.push(this.bytes.subarray(at + 2, at + 2 + size))
      at += 2 + size
    }
    return list
  }

  /** The last owner of NSEC that is not behind the name, in canonical order; the apex's where all are. 0 without NSEC. */
  nsecBefore(name: HashedName): number {
    return this.#lastBefore(this.words[header.nsec]!, this.nsecCount, name)
  }

  /** The owner of the NSEC3 that is the name's, or covers it; `name` is a hash below the origin. 0 without NSEC3. */
  nsec3Before(name: HashedName): number {
    return this.#lastBefore(this.words[header.nsec3]!, this.nsec3Count, name)
  }

  /** The node that owns the NSEC3 records of a name, of whatever chain; 0 where there is none. */
  nsec3Owner(name: HashedName): number {
    const list = this.words[header.nsec3]!
    const others = list + this.nsec3Count * 4
    for (const at of [
      this.#lastBefore(list, this.nsec3Count, name),
      this.#lastBefore(others, this.words[header.hashedCount]! - this.nsec3Count, name),
    ]) {
      if (at !== 0 && this.#isNamed(at, name, 0)) return at
    }
    return 0
  }

  /** Behind the last comes the first. */
  #lastBefore(list: number, count: number, name: HashedName): number {
    if (count === 0) return 0
    const { words } = this
    let [low, high] = [0, count]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#order(words[list / 4 + middle]!, name) <= 0) low = middle + 1
      else high = middle
    }
    return words[list / 4 + (low === 0 ? count : low) - 1]!
  }

  /** As compareNames, of a node's name and another; the labels of the zone's name are equal. */
  #order(at: number, name: HashedName): number {
    const { bytes } = this
    const { lower, starts } = name
    let inNode = 0
    for (let next = at + nodeBytes; bytes[next]! > 0; next += 1 + bytes[next]!) nodeStarts[inNode++] = next
    inNode -= this.originLabels
    let inName = name.count - this.originLabels
    while (inNode > 0 && inName > 0) {
      const [one, other] = [nodeStarts[--inNode]!, starts[--inName]!]
      const [sizeOne, sizeOther] = [bytes[one]!, lower[other]!]
      const size = sizeOne < sizeOther ? sizeOne : sizeOther
      for (let byte = 1; byte <= size; byte++) {
        const difference = bytes[one + byte]! - lower[other + byte]!
        if (difference !== 0) return difference
      }
      if (sizeOne !== sizeOther) return sizeOne - sizeOther
    }
    return inNode - inName
  }

  /** The NSEC3PARAM data that names the chain of NSEC3 that is served; undefined where none is. */
  get nsec3Parameters(): Uint8Array | undefined {
    const index = this.words[header.parameters]!
    return index === 0 ? undefined : this.dataOf(this.setOf(this.apex, dnsType.NSEC3PARAM))[index - 1]
  }

  /** All nodes in canonical order, then the owners of NSEC3, those of the served chain first. */
  *nodes(): Generator<number, void> {
    const { words } = this
    const [order, nsec3] = [words[header.order]! / 4, words[header.nsec3]! / 4]
    for (let at = 0; at < this.nameCount; at++) yield words[order + at]!
    for (let at = 0; at < words[header.hashedCount]!; at++) yield words[nsec3 + at]!
  }

  /** All records, node after node, each set followed by the signatures over it; the data are views. */
  *records(): Generator<ResourceRecord, void> {
    for (const at of this.nodes()) {
      const name = this.nameOf(at)
      let next = this.firstSet(at)
      for (let left = this.setCount(at); left > 0; left--) {
        yield* this.recordsOf(next, name)
        next = this.nextSet(next)
      }
    }
  }

  /** The records of one set, then its signatures. */
  *recordsOf(at: number, name: Name): Generator<ResourceRecord, void> {
    const type = this.typeOf(at)
    for (const data of this.dataOf(at)) yield { name, type, class: dnsClass.IN, ttl: this.ttlOf(at), data }
    for (const data of this.signaturesOf(at)) {
      yield { name, type: dnsType.RRSIG, class: dnsClass.IN, ttl: this.signatureTtl(at), data }
    }
  }

  toString(): string {
    return `ZoneImage(${formatName(this.origin)}, ${this.recordCount} records)`
  }
}

function isZero(soa: Uint8Array | undefined): boolean {
  return soa !== undefined && soa.length === 22 && soa.every((byte) => byte === 0)
}
