/** Rules of signed zones (RFC 4034, 4035, 5155): signatures fit their sets, and the chain of denial is closed. */
import { isLaneworkError } from '../../../core/index.ts'
import { compareNames, formatName, type Name, parseName, sameName } from '../wire/name.ts'
import { coveredType, recordValue, type ValueOf } from '../wire/record.ts'
import { dnsType, type TypeName, typeName } from '../wire/types.ts'
import type { Note } from './check-zone.ts'
import { base32Of } from './encodings.ts'
import { formatTime } from './words.ts'
import type { PlacedRecord, ZoneName, ZoneNames } from './zone-names.ts'

/** The value of a record whose type is known; noted and undefined where its data is not sound. */
function valueOf<Type extends TypeName>(record: PlacedRecord, note: Note): ValueOf<Type> | undefined {
  try {
    return recordValue(record) as unknown as ValueOf<Type>
  } catch (error) {
    if (!isLaneworkError(error, 'DNS_DATA_INVALID')) throw error
    note('bad-data', record, error.message.replace(/\.$/, ''))
    return undefined
  }
}

/** What the zone answers with authority at a name: all above its cuts, and at those only DS and what denies. */
function isSigned(type: number, isCut: boolean): boolean {
  if (type === dnsType.RRSIG) return false
  return !isCut || type === dnsType.DS || type === dnsType.NSEC
}

export function checkSignatures(zone: ZoneNames, now: number, note: Note): void {
  const isSignedZone = zone.find(zone.apex)?.sets.has(dnsType.DNSKEY) === true
  for (const { name, sets } of zone.names) {
    const signatures = sets.get(dnsType.RRSIG) ?? []
    const covered = new Set(signatures.map((record) => coveredType(record)))
    for (const record of signatures) checkSignature(zone, record, sets, now, note)
    const cut = zone.cutOf(name)
    if (!isSignedZone || (cut !== undefined && cut.name.length < name.length)) continue
    for (const [type, [first]] of sets) {
      if (first === undefined || covered.has(type) || !isSigned(type, cut !== undefined)) continue
      note('rrsig-missing', first, `the zone is signed, but this set of ${typeName(type)} records is not`)
    }
  }
}

function checkSignature(zone: ZoneNames, record: PlacedRecord, sets: ZoneName['sets'], now: number, note: Note): void {
  const value = valueOf<'RRSIG'>(record, note)
  if (value === undefined) return
  const set = sets.get(coveredType(record) ?? 0)
  if (set === undefined) return note('rrsig-without-set', record, `there are no ${value.covered} records to sign`)
  // Times are compared as serial numbers (RFC 4034 3.1.5).
  if (isBefore(value.expiration, now)) {
    note('rrsig-expired', record, `the signature of ${value.covered} ended at ${formatTime(value.expiration)}`)
  } else if (isBefore(now, value.inception)) {
    note('rrsig-not-yet-valid', record, `the signature of ${value.covered} begins at ${formatTime(value.inception)}`)
  }
  if (!sameName(parseName(value.signer), zone.apex)) {
    note('rrsig-signer', record, `it is signed by ${value.signer}, which is not the zone`)
  }
  if (set.some(({ ttl }) => ttl !== record.ttl)) {
    note('rrsig-ttl', record, `its TTL differs from that of the ${value.covered} records`)
  }
}

function isBefore(one: number, other: number): boolean {
  return ((Math.floor(other) - one) | 0) > 0
}

/** The chain of NSEC or NSEC3 goes through all names and back to its begin. */
export function checkChain(zone: ZoneNames, note: Note): void {
  const all = zone.names
  const nsec = all.filter(({ sets }) => sets.has(dnsType.NSEC)).sort((a, b) => compareNames(a.name, b.name))
  if (nsec.length > 0) checkNsec(zone, nsec, note)
  const nsec3 = all.filter(({ sets }) => sets.has(dnsType.NSEC3)).sort((a, b) => compareNames(a.name, b.name))
  if (nsec3.length > 0) checkNsec3(zone, nsec3, note)
}

function checkNsec(zone: ZoneNames, chain: readonly ZoneName[], note: Note): void {
  chain.forEach(({ name, sets }, at) => {
    const record = sets.get(dnsType.NSEC)?.[0]
    const value = record === undefined ? undefined : valueOf<'NSEC'>(record, note)
    if (record === undefined || value === undefined) return
    const wanted = chain[at + 1]?.name ?? zone.apex
    if (!sameName(parseName(value.next), wanted)) {
      note('nsec-chain', record, `the next name is ${formatName(wanted)}, not ${value.next}`)
    }
    const isCut = zone.cutOf(name) !== undefined
    const present = [...sets.keys()].filter(
      (type) => !isCut || isSigned(type, true) || type === dnsType.NS || type === dnsType.RRSIG,
    )
    const differs = difference(present.map(typeName), value.types)
    if (differs !== undefined) note('nsec-types', record, `${differs} is in the zone or in NSEC, not in both`)
  })
  for (const { name, sets } of zone.names) {
    const cut = zone.cutOf(name)
    const isBelowCut = cut !== undefined && cut.name.length < name.length
    const first = [...sets.values()][0]?.[0]
    if (!isBelowCut && !sets.has(dnsType.NSEC) && !sets.has(dnsType.NSEC3)) {
      note('nsec-missing', first ?? name, 'the chain of NSEC leaves this name out')
    }
  }
}

function difference(one: readonly string[], other: readonly string[]): string | undefined {
  return one.find((type) => !other.includes(type)) ?? other.find((type) => !one.includes(type))
}

function checkNsec3(zone: ZoneNames, chain: readonly ZoneName[], note: Note): void {
  const params = zone.find(zone.apex)?.sets.get(dnsType.NSEC3PARAM)?.[0]
  if (params === undefined) note('nsec3-param', zone.apex, 'there are NSEC3 records and no NSEC3PARAM')
  chain.forEach(({ name, sets }, at) => {
    const record = sets.get(dnsType.NSEC3)?.[0]
    const value = record === undefined ? undefined : valueOf<'NSEC3'>(record, note)
    if (record === undefined || value === undefined) return
    const wanted = hashOf((chain[at + 1] ?? chain[0])?.name ?? name)
    const next = base32Of(value.next)
    if (next !== wanted) note('nsec-chain', record, `the next hash is ${wanted}, not ${next}`)
    const [iterations, salt] = [value.iterations, Buffer.from(value.salt).toString('hex')]
    const given = params === undefined ? undefined : valueOf<'NSEC3PARAM'>(params, () => undefined)
    if (given !== undefined && (given.iterations !== iterations || Buffer.from(given.salt).toString('hex') !== salt)) {
      note('nsec3-param', record, 'its iterations or salt are not those of NSEC3PARAM')
    }
  })
}

/** The first label of an NSEC3's owner. */
function hashOf(name: Name): string {
  return Buffer.from(name.subarray(1, 1 + (name[0] ?? 0)))
    .toString('latin1')
    .toUpperCase()
}
