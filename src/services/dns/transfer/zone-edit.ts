/**
 * A zone being changed: what is touched lies beside the image, name by name, and the rest is read from it. Nobody else sees anything
 * of it until `zone()` makes the next version, or it is dropped.
 */
import { fail } from '../../../core/index.ts'
import { formatName, isWithin, lowerName, type Name, sameName } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import { ZoneBuilder } from '../zone/builder.ts'
import { HashedName } from '../zone/name-hash.ts'
import { Zone } from '../zone/zone.ts'
import { isSameData, nodeRecords, type ZoneChange, zoneChange } from './zone-change.ts'

interface Touched {
  readonly before: readonly ResourceRecord[]
  now: ResourceRecord[]
}

export class ZoneEdit {
  readonly base: Zone
  readonly #touched = new Map<string, Touched>()
  readonly #name = new HashedName()
  #hashed: Map<string, number> | undefined

  constructor(base: Zone) {
    this.base = base
  }

  get origin(): Name {
    return this.base.origin
  }

  /** All records of a name as they are now, signatures among them. */
  recordsOf(name: Name): readonly ResourceRecord[] {
    return this.#touched.get(keyOf(name))?.now ?? this.#inImage(name)
  }

  setOf(name: Name, type: number): readonly ResourceRecord[] {
    return this.recordsOf(name).filter((record) => record.type === type)
  }

  get soa(): ResourceRecord {
    return this.setOf(this.origin, dnsType.SOA)[0]!
  }

  /** Adds a record; what is there already only takes its TTL, as does the whole set (RFC 2181 5.2). */
  add(record: ResourceRecord): void {
    if (!isWithin(record.name, this.origin)) throw refused(record, 'lies outside the zone')
    const touched = this.#touch(record.name)
    const isThere = (other: ResourceRecord): boolean =>
      other.type === record.type && isSameData(other.type, other.data, record.data)
    if (record.type !== dnsType.RRSIG) touched.now = touched.now.map((other) => withTtl(other, record))
    const at = touched.now.findIndex(isThere)
    if (at === -1) touched.now.push(record)
    else touched.now[at] = { ...touched.now[at]!, ttl: record.ttl }
  }

  /** Takes away those records of a name for which `goes` is true; gives how many. */
  remove(name: Name, goes: (record: ResourceRecord) => boolean): number {
    const touched = this.#touch(name)
    const kept = touched.now.filter((record) => !goes(record))
    const gone = touched.now.length - kept.length
    touched.now = kept
    return gone
  }

  /** Puts a SOA in the old one's place. */
  replaceSoa(soa: ResourceRecord): void {
    this.remove(this.origin, ({ type }) => type === dnsType.SOA)
    this.add(soa)
  }

  /**
   * Makes a change that another server or a journal tells: each record that goes must be there, none that comes may. Throws
   * ZONE_INVALID; what was made until then is void with the whole edit.
   */
  apply({ from, removed, added }: ZoneChange): void {
    const { soa } = this
    if (removed[0] === undefined || !isSameData(dnsType.SOA, soa.data, removed[0].data)) {
      throw refused(soa, `is not the version ${from} that a change begins with`)
    }
    for (const record of removed) {
      const gone = this.remove(record.name, (other) => isOne(other, record))
      if (gone === 0) throw refused(record, 'is to go and is not there')
    }
    for (const record of added) {
      if (this.recordsOf(record.name).some((other) => isOne(other, record))) {
        throw refused(record, 'is to come and is there already')
      }
      this.add(record)
    }
  }

  /** What was changed since the base; undefined where it comes to nothing. */
  change(): ZoneChange | undefined {
    const removed: ResourceRecord[] = []
    const added: ResourceRecord[] = []
    for (const { before, now } of this.#touched.values()) {
      removed.push(...before.filter((record) => !now.some((other) => isExact(record, other))))
      added.push(...now.filter((record) => !before.some((other) => isExact(record, other))))
    }
    if (removed.length + added.length === 0) return undefined
    const oldSoa = this.#inImage(this.origin).find(({ type }) => type === dnsType.SOA)!
    const isOther = ({ type }: ResourceRecord): boolean => type !== dnsType.SOA
    return zoneChange([oldSoa, ...removed.filter(isOther)], [this.soa, ...added.filter(isOther)])
  }

  /** The next version. Throws ZONE_INVALID where the zone cannot be so: CNAME beside other data and the like. */
  zone(): Zone {
    const builder = new ZoneBuilder(this.origin)
    const { image } = this.base
    for (const at of image.nodes()) {
      if (this.#touched.has(keyOf(image.nameOf(at)))) continue
      for (const record of nodeRecords(image, at)) builder.add(record)
    }
    for (const { now } of this.#touched.values()) for (const record of now) builder.add(record)
    return new Zone(builder.build())
  }

  #touch(name: Name): Touched {
    const key = keyOf(name)
    let touched = this.#touched.get(key)
    if (touched === undefined) {
      const before = this.#inImage(name)
      touched = { before, now: [...before] }
      this.#touched.set(key, touched)
    }
    return touched
  }

  #inImage(name: Name): ResourceRecord[] {
    const { image } = this.base
    if (!isWithin(name, this.origin)) return []
    const node = image.find(this.#name.takeName(name), 0)
    const hashed = this.#hashedNode(name)
    return [
      ...(node === 0 ? [] : nodeRecords(image, node)),
      ...(hashed === undefined ? [] : nodeRecords(image, hashed)),
    ]
  }

  /** The owner of NSEC3 with this name: no query may find those, so they are looked up apart. */
  #hashedNode(name: Name): number | undefined {
    // A SHA-1 in base32 makes a label of 32 characters.
    if (name[0] !== 32 || name.length !== this.origin.length + 33) return undefined
    if (this.#hashed === undefined) {
      this.#hashed = new Map()
      const { image } = this.base
      let count = 0
      for (const at of image.nodes()) if (count++ >= image.nameCount) this.#hashed.set(keyOf(image.nameOf(at)), at)
    }
    return this.#hashed.get(keyOf(name))
  }
}

/** The name in lower case as a text, one character a byte. */
function keyOf(name: Name): string {
  return Buffer.from(lowerName(name)).toString('latin1')
}

function withTtl(other: ResourceRecord, { type, ttl }: ResourceRecord): ResourceRecord {
  return other.type === type && other.ttl !== ttl ? { ...other, ttl } : other
}

/** One record among those of a name, TTL aside. */
function isOne(a: ResourceRecord, b: ResourceRecord): boolean {
  return a.type === b.type && Buffer.compare(a.data, b.data) === 0
}

function isExact(a: ResourceRecord, b: ResourceRecord): boolean {
  return isOne(a, b) && a.ttl === b.ttl && sameName(a.name, b.name)
}

function refused({ name, type }: ResourceRecord, reason: string): Error {
  const one = { file: 'change', line: 1, column: 1, reason: `${formatName(name)} ${typeName(type)} ${reason}` }
  return fail('ZONE_INVALID', { ...one, others: [] })
}
