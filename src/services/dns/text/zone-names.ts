/** A zone's records by name and type, with its cuts: what the checks look things up in. */
import { dnsClass } from '../wire/codes.ts'
import { isWithin, type Name, rootName } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import { NameStore } from '../zone/name-store.ts'

/** A record that may say where it stands. */
export type PlacedRecord = ResourceRecord & { readonly file?: string; readonly line?: number }

/** A name that owns records. */
export interface ZoneName {
  readonly name: Name
  /** By type; RRSIGs among them, all in one list. */
  readonly sets: Map<number, PlacedRecord[]>
}

export interface ZoneNames {
  readonly apex: Name
  readonly class: number
  /** In the order in which they came. */
  readonly names: readonly ZoneName[]
  readonly outside: readonly PlacedRecord[]
  readonly otherClass: readonly PlacedRecord[]
  /** The name, where it owns records. */
  find(name: Name): ZoneName | undefined
  /** The nearest name at or above it, below the apex, that is delegated away; undefined where there is none. */
  cutOf(name: Name): ZoneName | undefined
  /** The nearest name above it, within the zone, that owns a DNAME. */
  redirectOf(name: Name): ZoneName | undefined
}

/** The apex is the owner of the first SOA, unless it is given; without either the root. */
export function zoneNames(records: Iterable<PlacedRecord>, origin?: Name): ZoneNames {
  const all = [...records]
  const soa = all.find(({ type }) => type === dnsType.SOA)
  const apex = origin ?? soa?.name ?? rootName
  const zoneClass = soa?.class ?? all[0]?.class ?? dnsClass.IN
  const names = new Names()
  const outside: PlacedRecord[] = []
  const otherClass: PlacedRecord[] = []
  for (const record of all) {
    if (record.class !== zoneClass) otherClass.push(record)
    else if (!isWithin(record.name, apex)) outside.push(record)
    else names.add(record)
  }
  const find = (name: Name): ZoneName | undefined => names.at(name, 0)
  const redirectAbove = (name: Name): ZoneName | undefined =>
    names.above(name, 1, apex.length + 1, dnsType.DNAME) ?? names.above(apex, 0, apex.length, dnsType.DNAME)
  return {
    apex,
    class: zoneClass,
    names: names.list,
    outside,
    otherClass,
    find,
    cutOf: (name) => (isWithin(name, apex) ? names.above(name, 0, apex.length + 1, dnsType.NS) : undefined),
    redirectOf: (name) => (name.length > apex.length && isWithin(name, apex) ? redirectAbove(name) : undefined),
  }
}

/** Names found by the hash of their ends, so that nothing is made to look for what is above them. */
class Names {
  readonly list: ZoneName[] = []
  readonly #store = new NameStore()
  readonly #hashed = new HashedName()
  #last: ZoneName | undefined

  add(record: PlacedRecord): void {
    // Records of one name mostly share it.
    let found = this.#last?.name === record.name ? this.#last : undefined
    if (found === undefined) {
      const index = this.#store.find(this.#hashed.takeName(record.name), 0)
      found = index < 0 ? this.#added(record.name) : this.list[index]!
      this.#last = found
    }
    const set = found.sets.get(record.type)
    if (set === undefined) found.sets.set(record.type, [record])
    else set.push(record)
  }

  #added(name: Name): ZoneName {
    this.#store.add(this.#hashed, 0)
    const added = { name, sets: new Map<number, PlacedRecord[]>() }
    this.list.push(added)
    return added
  }

  /** The name without its first labels, where it owns records. */
  at(name: Name, label: number): ZoneName | undefined {
    return this.list[this.#store.find(this.#hashed.takeName(name), label)]
  }

  /** The nearest owner of a type among the name without its first labels and those above it, of at least so many bytes. */
  above(name: Name, label: number, leastBytes: number, type: number): ZoneName | undefined {
    const hashed = this.#hashed.takeName(name)
    for (; label <= hashed.count && hashed.length - hashed.startFrom(label) >= leastBytes; label++) {
      const found = this.list[this.#store.find(hashed, label)]
      if (found !== undefined && found.sets.has(type)) return found
    }
    return undefined
  }
}
