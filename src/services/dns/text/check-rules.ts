/** Rules of zones (RFC 1034, 1035, 2181, 4592, 6672): each looks at one name and notes what is wrong with it. */
import { isLaneworkError } from '../../../core/index.ts'
import { isWildcard, isWithin, type Name, parseName, sameName } from '../wire/name.ts'
import { recordValue, type RecordValue } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import type { Note } from './check-zone.ts'
import type { PlacedRecord, ZoneName, ZoneNames } from './zone-names.ts'

/** What may stand beside a CNAME, and beside a delegation: what signs and denies (RFC 4035 2.4, 2.5). */
const besideCname = new Set([dnsType.CNAME, dnsType.RRSIG, dnsType.NSEC, dnsType.KEY, dnsType.SIG])
const atCut = new Set([dnsType.NS, dnsType.DS, dnsType.RRSIG, dnsType.NSEC, dnsType.A, dnsType.AAAA])

export function checkApex(zone: ZoneNames, note: Note): void {
  const { apex, outside, otherClass } = zone
  for (const record of outside) note('out-of-zone', record, 'the record is not within the zone')
  for (const record of otherClass) note('other-class', record, 'the record is of another class than the zone')
  const top = zone.find(apex)
  const soas = top?.sets.get(dnsType.SOA) ?? []
  if (soas.length === 0) note('no-soa', apex, 'the zone has no SOA')
  const others = soas.slice(1).filter((soa) => Buffer.compare(soa.data, soas[0]?.data ?? soa.data) !== 0)
  for (const soa of others) note('several-soas', soa, 'the zone has another SOA already')
  if (top?.sets.has(dnsType.NS) !== true) note('no-apex-ns', apex, 'the zone names no server for itself (NS)')
}

/** A set has one TTL (RFC 2181 5.2), and no record twice. */
export function checkSets({ sets }: ZoneName, note: Note): void {
  for (const [type, set] of sets) {
    const [first] = set
    if (first === undefined) continue
    const seen = new Set<string>()
    for (const record of set) {
      const data = Buffer.from(record.data).toString('latin1')
      if (seen.has(data)) note('twice', record, `the same ${typeName(type)} record stands there already`)
      seen.add(data)
      // Signatures have the TTL of what they sign.
      if (type !== dnsType.RRSIG && record.ttl !== first.ttl) {
        note('ttl-differs', record, `TTL ${record.ttl}, where the set of ${typeName(type)} records has ${first.ttl}`)
      }
    }
  }
}

export function checkAliases(zone: ZoneNames, { name, sets }: ZoneName, note: Note): void {
  const cnames = sets.get(dnsType.CNAME) ?? []
  const other = [...sets.keys()].find((type) => !besideCname.has(type))
  const [first] = cnames
  if (first !== undefined && other !== undefined) {
    note('cname-and-other', first, `a CNAME stands alone, but there is ${typeName(other)} as well`)
  }
  if (hasSeveral(cnames)) note('several-cnames', cnames[1] ?? name, 'a name has one CNAME at most')
  const dnames = sets.get(dnsType.DNAME) ?? []
  if (hasSeveral(dnames)) note('several-dnames', dnames[1] ?? name, 'a name has one DNAME at most')
  const redirect = zone.redirectOf(name)
  if (redirect !== undefined && !isDenial(sets)) {
    note('below-dname', firstOf(sets) ?? name, 'the DNAME above hides it (RFC 6672 2.4)')
  }
}

function hasSeveral(records: readonly PlacedRecord[]): boolean {
  return records.some((record) => Buffer.compare(record.data, records[0]?.data ?? record.data) !== 0)
}

/** Hashed names lie below the apex, whatever it owns. */
function isDenial(sets: ReadonlyMap<number, unknown>): boolean {
  return [...sets.keys()].every((type) => type === dnsType.NSEC3 || type === dnsType.RRSIG)
}

function firstOf(sets: ReadonlyMap<number, PlacedRecord[]>): PlacedRecord | undefined {
  return [...sets.values()][0]?.[0]
}

/** What stands at a delegation and below it: servers, the child's keys, glue, and nothing else. */
export function checkCuts(zone: ZoneNames, { name, sets }: ZoneName, note: Note): void {
  const isApex = sameName(name, zone.apex)
  const soa = isApex ? undefined : sets.get(dnsType.SOA)?.[0]
  if (soa !== undefined) note('soa-below-apex', soa, 'an SOA stands at the apex only')
  const servers = sets.get(dnsType.NS)?.[0]
  if (servers !== undefined && isWildcard(name))
    note('wildcard-ns', servers, 'what a wildcard delegates is not defined')
  const ds = sets.get(dnsType.DS)?.[0]
  if (ds !== undefined && (isApex || servers === undefined)) note('ds-without-ns', ds, 'DS stands at delegations only')
  const cut = zone.cutOf(name)
  if (cut === undefined) return
  const isAtCut = cut.name.length === name.length
  for (const [type, [first]] of sets) {
    if (first === undefined || type === dnsType.RRSIG) continue
    const isGlue = type === dnsType.A || type === dnsType.AAAA
    if (isAtCut ? !atCut.has(type) : !isGlue) {
      const rule = isAtCut ? 'beside-delegation' : 'occluded'
      note(rule, first, `${typeName(type)} is hidden by the delegation of ${isAtCut ? 'this name' : 'a name above'}`)
    }
  }
}

/** What the records of a name point at: addresses where they are needed, and no aliases (RFC 2181 10.3). */
export function checkTargets(zone: ZoneNames, { name, sets }: ZoneName, note: Note): void {
  const isBelowCut = (zone.cutOf(name)?.name.length ?? Infinity) < name.length
  for (const type of [dnsType.NS, dnsType.MX, dnsType.SRV]) {
    for (const record of isBelowCut ? [] : (sets.get(type) ?? [])) {
      const target = targetOf(record, note)
      if (target !== undefined && target.length > 1) checkTarget(zone, record, target, note)
    }
  }
}

function targetOf(record: PlacedRecord, note: Note): Name | undefined {
  let value: RecordValue
  try {
    value = recordValue(record)
  } catch (error) {
    if (!isLaneworkError(error, 'DNS_DATA_INVALID')) throw error
    note('bad-data', record, error.message.replace(/\.$/, ''))
    return undefined
  }
  if (value.type === 'NS') return parseName(value.host)
  if (value.type === 'MX') return parseName(value.exchange)
  return value.type === 'SRV' ? parseName(value.target) : undefined
}

function checkTarget(zone: ZoneNames, record: PlacedRecord, target: Name, note: Note): void {
  if (!isWithin(target, zone.apex)) return
  const type = typeName(record.type)
  const found = zone.find(target)
  const isServer = record.type === dnsType.NS
  if (found?.sets.has(dnsType.CNAME) === true) {
    return note(isServer ? 'ns-to-alias' : 'target-is-alias', record, `${type} points at a CNAME`)
  }
  if (found?.sets.has(dnsType.A) === true || found?.sets.has(dnsType.AAAA) === true) return
  const cut = zone.cutOf(target)
  if (cut !== undefined) {
    // Of another delegation its own servers know; of this one nobody else does.
    if (isServer && isWithin(target, record.name)) {
      note('missing-glue', record, 'the server lies within what it serves, and its address is missing')
    }
    return
  }
  if (zone.redirectOf(target) !== undefined)
    return note(isServer ? 'ns-to-alias' : 'target-is-alias', record, `${type} points below a DNAME`)
  if (hasWildcard(zone, target)) return
  if (isServer) note('missing-glue', record, 'the server lies within the zone, and its address is missing')
  else if (found === undefined) note('target-without-name', record, `${type} points at a name that is not there`)
  else note('target-without-address', record, `${type} points at a name without an address`)
}

/** True where a wildcard may stand for the name (RFC 4592); it is then looked at no further. */
function hasWildcard(zone: ZoneNames, name: Name): boolean {
  for (let at = name.subarray(1 + (name[0] ?? 0)); at.length >= zone.apex.length; at = at.subarray(1 + (at[0] ?? 0))) {
    if (zone.find(Uint8Array.of(1, 0x2a, ...at)) !== undefined) return true
    if (at.length <= 1) return false
  }
  return false
}
