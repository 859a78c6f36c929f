/** Compiles records into a zone's image; layout.ts draws it. */
import { fail } from '../../../core/index.ts'
import { className, dnsClass } from '../wire/codes.ts'
import { formatName, isWithin, lowerName, type Name } from '../wire/name.ts'
import { coveredType, type ResourceRecord } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import { canonicalOrder } from './canonical-order.ts'
import { servedChain } from './denial-chain.ts'
import { imageBytesLimit, ImageWriter } from './image-writer.ts'
import { ZoneImage } from './image.ts'
import { HashedName } from './name-hash.ts'
import { Nodes } from './nodes.ts'
import { type RecordStore, recordsInSetLimit } from './record-store.ts'

export interface BuildOptions {
  /** Puts the image into memory that threads can share. @default false */
  readonly shared?: boolean
}

const beside: ReadonlySet<number> = new Set([dnsType.CNAME, dnsType.NSEC, dnsType.KEY, dnsType.RRSIG])

/** Collects the records of one zone. Records may come in any order, and twice. */
export class ZoneBuilder {
  readonly origin: Name
  readonly #name = new HashedName()
  /** The apex is the first of them. */
  readonly #nodes = new Nodes()
  /** Owners of NSEC3 live apart from the names that can be asked for. */
  readonly #hashed = new Nodes()
  #last: { owner: Name; nodes: Nodes; node: number } | undefined

  constructor(origin: Name) {
    this.origin = lowerName(origin)
    this.#nodes.names.add(this.#name.takeName(this.origin), 0)
  }

  /** Adds a record; its data is copied. Throws ZONE_INVALID where the zone cannot hold it. */
  add(record: ResourceRecord): void {
    const { name, type } = record
    if (record.class !== dnsClass.IN) throw refuse(record, `class ${className(record.class)} where IN is wanted`)
    const covered = coveredType(record)
    const setType = covered ?? type
    const nodes = setType === dnsType.NSEC3 ? this.#hashed : this.#nodes
    const node = this.#nodeOf(record, nodes)
    if (type === dnsType.SOA && node !== 0) throw refuse(record, 'a SOA record below the origin')
    const { sets } = nodes
    const set = sets.setFor(node, setType)
    const put = sets.put(set, covered !== undefined, record.ttl, record.data)
    if (put === 'full') throw refuse(record, `more than ${recordsInSetLimit} records of one name and type`)
    if (put === 'added' && covered === undefined) this.#checkBeside(record, sets, node, set, name)
  }

  /** The image. Throws ZONE_INVALID without a SOA. */
  build(options: BuildOptions = {}): ZoneImage {
    const soa = this.#nodes.sets.setOf(0, dnsType.SOA)
    const count = soa < 0 ? 0 : this.#nodes.sets.countOf(soa)
    if (count === 0) throw problem(`the zone ${formatName(this.origin)} has no SOA record`)
    if (count > 1) throw problem(`the zone ${formatName(this.origin)} has two SOA records`)
    this.#nodes.sets.dropLoneSignatures()
    this.#hashed.sets.dropLoneSignatures()
    const order = canonicalOrder(this.#nodes.names, this.#existing())
    const chain = servedChain(this.#nodes.sets, this.#hashed.sets, canonicalOrder(this.#hashed.names, this.#owners()))
    const writer = new ImageWriter(this.#nodes, order, this.#hashed, chain)
    if (writer.bytesWanted > imageBytesLimit) {
      throw problem(`the zone ${formatName(this.origin)} takes more than ${imageBytesLimit} bytes`)
    }
    return new ZoneImage(writer.write(options.shared ?? false))
  }

  #nodeOf(record: ResourceRecord, nodes: Nodes): number {
    const { name } = record
    const last = this.#last
    if (last?.owner === name && last.nodes === nodes) return last.node
    if (!isWithin(name, this.origin)) {
      throw refuse(record, `the record lies outside the zone ${formatName(this.origin)}`)
    }
    const hashed = this.#name.takeName(name)
    const found = nodes.names.find(hashed, 0)
    const node = found >= 0 ? found : nodes.names.add(hashed, 0)
    this.#last = { owner: name, nodes, node }
    return node
  }

  /** A CNAME stands alone (RFC 1034 3.6.2, RFC 4035 2.5), and it and DNAME come once (RFC 6672 2.4). */
  #checkBeside(record: ResourceRecord, sets: RecordStore, node: number, own: number, name: Name): void {
    const { type } = record
    if ((type === dnsType.CNAME || type === dnsType.DNAME) && sets.countOf(own) > 1) {
      throw refuse(record, `a second ${typeName(type)} of ${formatName(name)}`)
    }
    let [hasCname, other] = [false, -1]
    for (let set = sets.firstSet(node); set >= 0; set = sets.nextSet(set)) {
      if (sets.countOf(set) === 0) continue
      if (sets.typeOf(set) === dnsType.CNAME) hasCname = true
      else if (other < 0 && !beside.has(sets.typeOf(set))) other = sets.typeOf(set)
    }
    if (hasCname && other >= 0) throw refuse(record, `CNAME beside ${typeName(other)} at ${formatName(name)}`)
  }

  /** The apex, names that own something, and those that exist because something is below them (RFC 4592 2.2.2). */
  #existing(): Int32Array {
    const { names, sets } = this.#nodes
    const given = names.count
    const isThere = new Uint8Array(given)
    const wanted: { list: Int32Array; count: number } = { list: new Int32Array(given), count: 0 }
    isThere[0] = 1
    put(wanted, 0)
    for (let node = 1; node < given; node++) {
      if (sets.firstSet(node) < 0 || isThere[node] === 1) continue
      isThere[node] = 1
      put(wanted, node)
      const name = this.#name.takeName(names.nameOf(node))
      for (let label = 1; ; label++) {
        let above = names.find(name, label)
        // What is made here has all above it already.
        if (above >= given || (above >= 0 && isThere[above] === 1)) break
        if (above < 0) above = names.add(name, label)
        else isThere[above] = 1
        put(wanted, above)
      }
    }
    return wanted.list.subarray(0, wanted.count)
  }

  #owners(): Int32Array {
    const { names, sets } = this.#hashed
    return Int32Array.from({ length: names.count }, (_, node) => node).filter((node) => sets.firstSet(node) >= 0)
  }
}

function put(wanted: { list: Int32Array; count: number }, node: number): void {
  if (wanted.count === wanted.list.length) {
    const longer = new Int32Array(wanted.count * 2)
    longer.set(wanted.list)
    wanted.list = longer
  }
  wanted.list[wanted.count++] = node
}

function refuse(record: ResourceRecord & { file?: string; line?: number }, reason: string): Error {
  return problem(reason, record.file, record.line)
}

function problem(reason: string, file = 'zone', line = 1): Error {
  const one = { file, line, column: 1, reason }
  return fail('ZONE_INVALID', { ...one, others: [] })
}
