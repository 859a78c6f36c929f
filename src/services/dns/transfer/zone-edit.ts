/**
 * A zone being changed: what is touched lies beside the image, name by name, and the rest is read from it. Nobody else sees anything
 * of it until `zone()` makes the next version, or it is dropped.
 */
import { fail } from '../../../core/index.ts'
import { formatName, isWithin, lowerName, type Name } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import { ZoneBuilder } from '../zone/builder.ts'
import { HashedName } from '../zone/name-hash.ts'
import { recordsInSetLimit } from '../zone/record-store.ts'
import { Zone } from '../zone/zone.ts'
import { foldedData, isSameData, nodeRecords, type ZoneChange, zoneChange } from './zone-change.ts'

/** Records of a name and type. Those whose data differ in the case of names alone share a key. */
interface EditedSet {
  /** What all of them have; undefined for signatures, and as long as they have what they came with. */
  ttl: number | undefined
  count: number
  readonly byKey: Map<string, ResourceRecord[]>
}

interface Touched {
  readonly before: readonly ResourceRecord[]
  readonly sets: Map<number, EditedSet>
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

  /** Types that the name has now, RRSIG among them. */
  typesOf(name: Name): Iterable<number> {
    return this.#touch(name).sets.keys()
  }

  hasName(name: Name): boolean {
    return this.#touch(name).sets.size > 0
  }

  /** Records of a name and type. */
  countOf(name: Name, type: number): number {
    return this.#touch(name).sets.get(type)?.count ?? 0
  }

  /** True where the set has these data and no others, names in them in any case. The keys are those of `dataKey`. */
  isSet(name: Name, type: number, keys: ReadonlySet<string>): boolean {
    const held = this.#touch(name).sets.get(type)?.byKey
    if (held === undefined || held.size !== keys.size) return false
    for (const key of keys) if (!held.has(key)) return false
    return true
  }

  get soa(): ResourceRecord {
    const [soa] = recordsOf(this.#touch(this.origin).sets.get(dnsType.SOA))
    return soa!
  }

  /**
   * Adds a record; what is there already only takes its TTL, as does the whole set (RFC 2181 5.2). Throws ZONE_INVALID where the zone
   * cannot hold it.
   */
  add(record: ResourceRecord): void {
    if (!isWithin(record.name, this.origin)) throw refused(record, 'lies outside the zone')
    const { type, ttl, data } = record
    const set = setFor(this.#touch(record.name), type)
    const isSignature = type === dnsType.RRSIG
    if (!isSignature) set.ttl = ttl
    const key = dataKey(type, data)
    const same = set.byKey.get(key)
    if (same !== undefined) {
      if (isSignature) same[0] = { ...same[0]!, ttl }
      return
    }
    // Those of signatures are of several sets.
    if (!isSignature && set.count >= recordsInSetLimit) {
      throw refused(record, `is one more than the ${recordsInSetLimit} records that a set may have`)
    }
    set.byKey.set(key, [record])
    set.count++
  }

  /** Takes a record away, names in its data in any case; true where it was there. */
  remove({ name, type, data }: ResourceRecord): boolean {
    const { sets } = this.#touch(name)
    const set = sets.get(type)
    const key = dataKey(type, data)
    const gone = set?.byKey.get(key)
    if (set === undefined || gone === undefined) return false
    set.byKey.delete(key)
    set.count -= gone.length
    if (set.count === 0) sets.delete(type)
    return true
  }

  /** Takes all records of a name and type away. */
  removeSet(name: Name, type: number): void {
    this.#touch(name).sets.delete(type)
  }

  /** Puts a SOA in the old one's place. */
  replaceSoa(soa: ResourceRecord): void {
    this.removeSet(this.origin, dnsType.SOA)
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
      if (!this.#removeExact(record)) throw refused(record, 'is to go and is not there')
    }
    for (const record of added) {
      if (this.#hasExact(record)) throw refused(record, 'is to come and is there already')
      this.add(record)
    }
  }

  /** What was changed since the base; undefined where it comes to nothing. */
  change(): ZoneChange | undefined {
    const removed: ResourceRecord[] = []
    const added: ResourceRecord[] = []
    for (const { before, sets } of this.#touched.values()) {
      const now = [...allOf(sets)]
      const [old, young] = [new Set(before.map(exactKey)), new Set(now.map(exactKey))]
      for (const record of before) if (!young.has(exactKey(record))) removed.push(record)
      for (const record of now) if (!old.has(exactKey(record))) added.push(record)
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
    for (const { sets } of this.#touched.values()) {
      for (const set of sets.values()) {
        // A set is a list in order, which what belongs at its head is put into at once.
        const last = [...recordsOf(set)].toSorted((one, other) => Buffer.compare(other.data, one.data))
        for (const record of last) builder.add(record)
      }
    }
    return new Zone(builder.build())
  }

  #hasExact({ name, type, data }: ResourceRecord): boolean {
    const same = this.#touch(name).sets.get(type)?.byKey.get(dataKey(type, data))
    return same?.some((other) => Buffer.compare(other.data, data) === 0) ?? false
  }

  #removeExact({ name, type, data }: ResourceRecord): boolean {
    const { sets } = this.#touch(name)
    const set = sets.get(type)
    const key = dataKey(type, data)
    const same = set?.byKey.get(key)
    const at = same?.findIndex((other) => Buffer.compare(other.data, data) === 0) ?? -1
    if (set === undefined || same === undefined || at === -1) return false
    same.splice(at, 1)
    if (same.length === 0) set.byKey.delete(key)
    if (--set.count === 0) sets.delete(type)
    return true
  }

  #touch(name: Name): Touched {
    const key = keyOf(name)
    let touched = this.#touched.get(key)
    if (touched === undefined) {
      const before = this.#inImage(name)
      touched = { before, sets: new Map() }
      for (const record of before) put(setFor(touched, record.type), record)
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

/** The same for data that is the same, names in them in any case (RFC 2136 1.1.1). */
export function dataKey(type: number, data: Uint8Array): string {
  return textOf(foldedData(type, data))
}

function exactKey({ type, ttl, data }: ResourceRecord): string {
  return `${type} ${ttl} ${textOf(data)}`
}

function textOf({ buffer, byteOffset, length }: Uint8Array): string {
  return Buffer.from(buffer, byteOffset, length).toString('latin1')
}

function setFor({ sets }: Touched, type: number): EditedSet {
  let set = sets.get(type)
  if (set === undefined) {
    set = { ttl: undefined, count: 0, byKey: new Map() }
    sets.set(type, set)
  }
  return set
}

function put(set: EditedSet, record: ResourceRecord): void {
  const key = dataKey(record.type, record.data)
  const same = set.byKey.get(key)
  if (same === undefined) set.byKey.set(key, [record])
  else same.push(record)
  set.count++
}

function* allOf(sets: ReadonlyMap<number, EditedSet>): Generator<ResourceRecord, void> {
  for (const set of sets.values()) yield* recordsOf(set)
}

function* recordsOf(set: EditedSet | undefined): Generator<ResourceRecord, void> {
  if (set === undefined) return
  for (const same of set.byKey.values()) {
    for (const record of same) {
      yield set.ttl === undefined || set.ttl === record.ttl ? record : { ...record, ttl: set.ttl }
    }
  }
}

function refused({ name, type }: ResourceRecord, reason: string): Error {
  const one = { file: 'change', line: 1, column: 1, reason: `${formatName(name)} ${typeName(type)} ${reason}` }
  return fail('ZONE_INVALID', { ...one, others: [] })
}
