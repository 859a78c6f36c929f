/** A zone's records by name and type, with its cuts: what the checks look things up in. */
import { dnsClass } from '../wire/codes.ts'
import { isWithin, lowerName, type Name, parentOf, rootName } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'

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
  readonly names: ReadonlyMap<string, ZoneName>
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
  const names = new Map<string, ZoneName>()
  const outside: PlacedRecord[] = []
  const otherClass: PlacedRecord[] = []
  for (const record of all) {
    if (record.class !== zoneClass) otherClass.push(record)
    else if (!isWithin(record.name, apex)) outside.push(record)
    else add(names, record)
  }
  const find = (name: Name): ZoneName | undefined => names.get(keyOf(name))
  // From a name up to the apex, which is left out.
  const above = (name: Name, isFound: (found: ZoneName) => boolean): ZoneName | undefined => {
    for (let at: Name | undefined = name; at !== undefined && at.length > apex.length; at = parentOf(at)) {
      const found = find(at)
      if (found !== undefined && isFound(found)) return found
    }
    return undefined
  }
  return {
    apex,
    class: zoneClass,
    names,
    outside,
    otherClass,
    find,
    cutOf: (name) => (isWithin(name, apex) ? above(name, ({ sets }) => sets.has(dnsType.NS)) : undefined),
    redirectOf(name) {
      if (name.length <= apex.length || !isWithin(name, apex)) return undefined
      const parent = parentOf(name) ?? rootName
      const found = above(parent, ({ sets }) => sets.has(dnsType.DNAME))
      const top = find(apex)
      return found ?? (top?.sets.has(dnsType.DNAME) === true ? top : undefined)
    },
  }
}

function add(names: Map<string, ZoneName>, record: PlacedRecord): void {
  const key = keyOf(record.name)
  let found = names.get(key)
  if (found === undefined) {
    found = { name: record.name, sets: new Map() }
    names.set(key, found)
  }
  const set = found.sets.get(record.type)
  if (set === undefined) found.sets.set(record.type, [record])
  else set.push(record)
}

function keyOf(name: Name): string {
  return Buffer.from(lowerName(name)).toString('latin1')
}
