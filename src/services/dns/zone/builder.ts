/** Compiles records into a zone's image; layout.ts draws it. */
import { fail } from '../../../core/index.ts'
import { className, dnsClass } from '../wire/codes.ts'
import { formatName, isWithin, lowerName, type Name } from '../wire/name.ts'
import { coveredType, type ResourceRecord } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import { writeImage } from './image-writer.ts'
import { ZoneImage } from './image.ts'
import { keyOf, parentKey } from './name-key.ts'

export interface BuildOptions {
  /** Puts the image into memory that threads can share. @default false */
  readonly shared?: boolean
}

/** The records of one set, and the signatures over it. */
export interface BuiltSet {
  readonly type: number
  ttl: number
  signatureTtl: number
  readonly data: Uint8Array[]
  readonly signatures: Uint8Array[]
}

/** One name and its sets by type; none for an empty non-terminal. */
export interface BuiltNode {
  readonly key: string
  readonly sets: BuiltSet[]
}

const beside: ReadonlySet<number> = new Set([dnsType.CNAME, dnsType.NSEC, dnsType.KEY, dnsType.RRSIG])
const recordsInSetLimit = 4096

/** Collects the records of one zone. Records may come in any order, and twice. */
export class ZoneBuilder {
  readonly origin: Name
  readonly #originKey: string
  readonly #nodes = new Map<string, BuiltNode>()
  /** Owners of NSEC3 live apart from the names that can be asked for. */
  readonly #hashed = new Map<string, BuiltNode>()
  #records = 0
  #last: { owner: Name; key: string } | undefined

  constructor(origin: Name) {
    this.origin = lowerName(origin)
    this.#originKey = keyOf(origin)
    this.#nodes.set(this.#originKey, { key: this.#originKey, sets: [] })
  }

  /** Adds a record. Throws ZONE_INVALID where the zone cannot hold it. */
  add(record: ResourceRecord): void {
    const { name, type } = record
    if (record.class !== dnsClass.IN) throw refuse(record, `class ${className(record.class)} where IN is wanted`)
    const key = this.#keyOf(record)
    if (type === dnsType.SOA && key !== this.#originKey) throw refuse(record, 'a SOA record below the origin')
    const covered = coveredType(record)
    const nodes = (covered ?? type) === dnsType.NSEC3 ? this.#hashed : this.#nodes
    let node = nodes.get(key)
    if (node === undefined) {
      node = { key, sets: [] }
      nodes.set(key, node)
    }
    let found = node.sets.find((set) => set.type === (covered ?? type))
    if (found === undefined) {
      found = { type: covered ?? type, ttl: record.ttl, signatureTtl: record.ttl, data: [], signatures: [] }
      node.sets.push(found)
    }
    const into = covered === undefined ? found.data : found.signatures
    if (into.some((data) => Buffer.compare(data, record.data) === 0)) return
    if (into.length >= recordsInSetLimit) {
      throw refuse(record, `more than ${recordsInSetLimit} records of one name and type`)
    }
    // Records of one set have one TTL (RFC 2181 5.2): the smallest.
    if (covered !== undefined)
      found.signatureTtl = into.length === 0 ? record.ttl : Math.min(found.signatureTtl, record.ttl)
    else found.ttl = into.length === 0 ? record.ttl : Math.min(found.ttl, record.ttl)
    into.push(record.data)
    this.#records++
    if (covered === undefined) this.#checkBeside(record, node, name)
  }

  /** The image. Throws ZONE_INVALID without a SOA. */
  build(options: BuildOptions = {}): ZoneImage {
    const apex = this.#nodes.get(this.#originKey)
    const soa = apex?.sets.find(({ type }) => type === dnsType.SOA)
    if (soa === undefined) throw problem(`the zone ${formatName(this.origin)} has no SOA record`)
    if (soa.data.length > 1) throw problem(`the zone ${formatName(this.origin)} has two SOA records`)
    this.#dropLoneSignatures(this.#nodes)
    this.#dropLoneSignatures(this.#hashed)
    this.#addEmptyNames()
    const nodes = sorted(this.#nodes)
    return new ZoneImage(writeImage(nodes, sorted(this.#hashed), this.#records, options.shared ?? false))
  }

  #keyOf(record: ResourceRecord): string {
    const { name } = record
    if (this.#last?.owner === name) return this.#last.key
    if (!isWithin(name, this.origin)) {
      throw refuse(record, `the record lies outside the zone ${formatName(this.origin)}`)
    }
    const key = keyOf(name)
    this.#last = { owner: name, key }
    return key
  }

  /** A CNAME stands alone (RFC 1034 3.6.2, RFC 4035 2.5), and it and DNAME come once (RFC 6672 2.4). */
  #checkBeside(record: ResourceRecord, node: BuiltNode, name: Name): void {
    const { type } = record
    const count = node.sets.find((set) => set.type === type)?.data.length ?? 0
    if ((type === dnsType.CNAME || type === dnsType.DNAME) && count > 1) {
      throw refuse(record, `a second ${typeName(type)} of ${formatName(name)}`)
    }
    const held = node.sets.filter(({ data }) => data.length > 0)
    if (!held.some((set) => set.type === dnsType.CNAME)) return
    const other = held.find((set) => !beside.has(set.type))
    if (other !== undefined) {
      throw refuse(record, `CNAME beside ${typeName(other.type)} at ${formatName(name)}`)
    }
  }

  #dropLoneSignatures(nodes: Map<string, BuiltNode>): void {
    for (const [key, node] of nodes) {
      for (let at = node.sets.length - 1; at >= 0; at--) {
        const set = node.sets[at]!
        if (set.data.length > 0) continue
        this.#records -= set.signatures.length
        node.sets.splice(at, 1)
      }
      if (node.sets.length === 0 && key !== this.#originKey) nodes.delete(key)
    }
  }

  /** Names that exist because something is below them (RFC 4592 2.2.2). */
  #addEmptyNames(): void {
    // Those that are added meanwhile come along, and have all above them already.
    for (const key of this.#nodes.keys()) {
      if (key === this.#originKey) continue
      for (let above = parentKey(key); above !== undefined && !this.#nodes.has(above); above = parentKey(above)) {
        this.#nodes.set(above, { key: above, sets: [] })
      }
    }
  }
}

function sorted(nodes: ReadonlyMap<string, BuiltNode>): BuiltNode[] {
  const list = [...nodes.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
  for (const { sets } of list) {
    if (sets.length > 1) sets.sort((a, b) => a.type - b.type)
    for (const { data } of sets) if (data.length > 1) data.sort(Buffer.compare)
  }
  return list
}

function refuse(record: ResourceRecord & { file?: string; line?: number }, reason: string): Error {
  return problem(reason, record.file, record.line)
}

function problem(reason: string, file = 'zone', line = 1): Error {
  const one = { file, line, column: 1, reason }
  return fail('ZONE_INVALID', { ...one, others: [] })
}
