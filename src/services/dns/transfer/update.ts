/**
 * Dynamic update (RFC 2136), pure: a zone and a message give a response code, and the change where there is one.
 *
 *   zone section: which zone │ prerequisites: what must hold │ updates: what to change │ all, or nothing
 */
import { isLaneworkError } from '../../../core/index.ts'
import { dnsClass, rcode } from '../wire/codes.ts'
import type { Message } from '../wire/message-types.ts'
import { isWithin, lowerName, type Name, sameName } from '../wire/name.ts'
import { checkData, type ResourceRecord } from '../wire/record.ts'
import { dnsType, typeName } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import { isNewer, nextSerial, soaTimes, withSerial } from './serial.ts'
import type { ZoneChange } from './zone-change.ts'
import { dataKey, ZoneEdit } from './zone-edit.ts'

export interface UpdateResult {
  readonly rcode: number
  /** Why it was refused, for people. */
  readonly reason?: string
  /** The next version and what leads to it; absent where nothing changed. */
  readonly change?: ZoneChange
  readonly zone?: Zone
}

/** Types that are questions and no records (RFC 6895 3.1), TSIG and OPT among them. */
function isMeta(type: number): boolean {
  return type === dnsType.OPT || type === 0 || (type >= 128 && type <= 255)
}

/** Signatures, and what promises them: a zone with these could not be updated again, as nothing here signs. */
const signing: ReadonlySet<number> = new Set([
  dnsType.DNSKEY,
  dnsType.NSEC,
  dnsType.NSEC3,
  dnsType.NSEC3PARAM,
  dnsType.RRSIG,
])
/** A TTL above this is none (RFC 2181 8). */
const ttlLimit = 0x7fff_ffff

/** Checks the prerequisites, makes the updates on a zone of their own, and raises the serial. Never throws for what a message may hold. */
export function updateZone(zone: Zone, { answers, authorities }: Message): UpdateResult {
  const edit = new ZoneEdit(zone)
  const refused = checkPrerequisites(edit, answers) ?? prescan(edit, authorities)
  if (refused !== undefined) return refused
  if (zone.image.nsecCount > 0 || zone.image.nsec3Count > 0 || edit.countOf(zone.origin, dnsType.DNSKEY) > 0) {
    return { rcode: rcode.REFUSED, reason: 'the zone is signed, and updates cannot be signed here' }
  }
  try {
    for (const record of authorities) updateOne(edit, record)
    if (edit.change() === undefined) return { rcode: rcode.NOERROR }
    raiseSerial(edit, zone.serial)
    return { rcode: rcode.NOERROR, change: edit.change()!, zone: edit.zone() }
  } catch (error) {
    if (!isLaneworkError(error, 'ZONE_INVALID')) throw error
    return { rcode: rcode.REFUSED, reason: error.detail.reason }
  }
}

function result(code: number, reason: string): UpdateResult {
  return { rcode: code, reason }
}

/** RFC 2136 3.2: all of them hold, or undefined's place is taken by what does not. */
function checkPrerequisites(edit: ZoneEdit, prerequisites: readonly ResourceRecord[]): UpdateResult | undefined {
  const wanted: ResourceRecord[] = []
  for (const record of prerequisites) {
    const { name, type, class: ofClass, ttl, data } = record
    if (ttl !== 0) return result(rcode.FORMERR, 'a prerequisite has a TTL')
    if (!isWithin(name, edit.origin)) return result(rcode.NOTZONE, 'a prerequisite lies outside the zone')
    if (ofClass === dnsClass.IN) {
      if (isMeta(type)) return result(rcode.FORMERR, 'a prerequisite is of a type that no record has')
      wanted.push(record)
      continue
    }
    if (
      (ofClass !== dnsClass.ANY && ofClass !== dnsClass.NONE) ||
      data.length > 0 ||
      (type !== dnsType.ANY && isMeta(type))
    ) {
      return result(rcode.FORMERR, 'a prerequisite is none')
    }
    const isThere = type === dnsType.ANY ? edit.hasName(name) : edit.countOf(name, type) > 0
    if (isThere === (ofClass === dnsClass.ANY)) continue
    if (isThere) return result(type === dnsType.ANY ? rcode.YXDOMAIN : rcode.YXRRSET, 'what must not be there is there')
    return result(type === dnsType.ANY ? rcode.NXDOMAIN : rcode.NXRRSET, 'what must be there is missing')
  }
  return checkSets(edit, wanted)
}

/** Whole sets must be as told, in any order, TTLs aside (RFC 2136 3.2.3). */
function checkSets(edit: ZoneEdit, wanted: readonly ResourceRecord[]): UpdateResult | undefined {
  const sets = new Map<string, { name: Name; type: number; keys: Set<string> }>()
  for (const { name, type, data } of wanted) {
    const key = `${type} ${Buffer.from(lowerName(name)).toString('latin1')}`
    let told = sets.get(key)
    if (told === undefined) sets.set(key, (told = { name, type, keys: new Set() }))
    told.keys.add(dataKey(type, data))
  }
  for (const { name, type, keys } of sets.values()) {
    if (!edit.isSet(name, type, keys)) return result(rcode.NXRRSET, 'a set is not as it must be')
  }
  return undefined
}

/** RFC 2136 3.4.1: everything is looked at before anything is done. */
function prescan({ origin }: ZoneEdit, updates: readonly ResourceRecord[]): UpdateResult | undefined {
  for (const { name, type, class: ofClass, ttl, data } of updates) {
    if (!isWithin(name, origin)) return result(rcode.NOTZONE, 'an update lies outside the zone')
    if (ofClass === dnsClass.IN) {
      if (isMeta(type) || !isSound(type, data)) return result(rcode.FORMERR, 'a record to add is none')
      if (signing.has(type))
        return result(rcode.REFUSED, `${typeName(type)} is not added, as nothing here signs the zone`)
    } else if (ofClass === dnsClass.ANY) {
      if (ttl !== 0 || data.length > 0 || (type !== dnsType.ANY && isMeta(type))) {
        return result(rcode.FORMERR, 'a set to delete is none')
      }
    } else if (ofClass !== dnsClass.NONE || ttl !== 0 || isMeta(type)) {
      return result(rcode.FORMERR, 'an update is none of those there are')
    }
  }
  return undefined
}

function isSound(type: number, data: Uint8Array): boolean {
  try {
    checkData(type, data)
    return true
  } catch {
    return false
  }
}

/** RFC 2136 3.4.2; what must not be done is passed over in silence, as it says. */
function updateOne(edit: ZoneEdit, record: ResourceRecord): void {
  if (record.class === dnsClass.IN) return addRecord(edit, record)
  const { name, type } = record
  const isApex = sameName(name, edit.origin)
  if (record.class === dnsClass.ANY) {
    for (const one of type === dnsType.ANY ? [...edit.typesOf(name)] : [type]) {
      if (!isApex || (one !== dnsType.SOA && one !== dnsType.NS)) edit.removeSet(name, one)
    }
    return
  }
  if (isApex && (type === dnsType.SOA || (type === dnsType.NS && edit.countOf(name, type) === 1))) return
  edit.remove(record)
}

/** What stands beside a CNAME may (RFC 4035 2.5, RFC 2136 3.4.2.2). */
const besideCname: ReadonlySet<number> = new Set([dnsType.CNAME, dnsType.RRSIG, dnsType.NSEC, dnsType.KEY])

function addRecord(edit: ZoneEdit, record: ResourceRecord): void {
  const { name, type } = record
  if (type === dnsType.SOA) {
    const [old, young] = [soaTimes(edit.soa.data)!, soaTimes(record.data)!]
    if (sameName(name, edit.origin) && isNewer(young.serial, old.serial)) edit.replaceSoa(soundTtl(record))
    return
  }
  if (type === dnsType.CNAME) {
    for (const other of edit.typesOf(name)) if (!besideCname.has(other)) return
  } else if (!besideCname.has(type) && edit.countOf(name, dnsType.CNAME) > 0) return
  // There is one of these at a name: the new one takes the old one's place.
  if (type === dnsType.CNAME || type === dnsType.DNAME) edit.removeSet(name, type)
  edit.add(soundTtl(record))
}

function soundTtl(record: ResourceRecord): ResourceRecord {
  return record.ttl > ttlLimit ? { ...record, ttl: 0 } : record
}

/** Where the update brought no newer SOA itself (RFC 2136 3.6). */
function raiseSerial(edit: ZoneEdit, before: number): void {
  const { soa } = edit
  if (!isNewer(soaTimes(soa.data)!.serial, before)) edit.replaceSoa(withSerial(soa, nextSerial(before)))
}
