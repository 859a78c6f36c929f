/** Looks for what is wrong with a zone that its syntax does not show. */
import { fail } from '../../../core/index.ts'
import { formatName, type Name } from '../wire/name.ts'
import { checkAliases, checkApex, checkCuts, checkSets, checkTargets } from './check-rules.ts'
import { checkChain, checkSignatures } from './check-signatures.ts'
import { type PlacedRecord, zoneNames } from './zone-names.ts'

/** The rules, with what each finds and how bad that is: errors make servers refuse the zone or answer wrongly. */
export const zoneRules = {
  'no-soa': { severity: 'error', text: 'the zone has no SOA (RFC 1035 5.2)' },
  'several-soas': { severity: 'error', text: 'the apex has two SOAs that differ' },
  'soa-below-apex': { severity: 'error', text: 'an SOA stands below the apex' },
  'no-apex-ns': { severity: 'error', text: 'the apex has no NS (RFC 1034 4.2.1)' },
  'out-of-zone': { severity: 'error', text: 'a record is not within the zone' },
  'other-class': { severity: 'error', text: 'a record is of another class than the zone (RFC 1035 5.2)' },
  'cname-and-other': {
    severity: 'error',
    text: 'a CNAME stands beside other data (RFC 1034 3.6.2); RRSIG and NSEC may',
  },
  'several-cnames': { severity: 'error', text: 'a name has two CNAMEs (RFC 2181 10.1)' },
  'several-dnames': { severity: 'error', text: 'a name has two DNAMEs (RFC 6672 2.4)' },
  'below-dname': { severity: 'error', text: 'a name below a DNAME owns data (RFC 6672 2.4)' },
  'missing-glue': {
    severity: 'error',
    text: 'a server lies within the zone or the delegation that it serves, and has no address there',
  },
  'ns-to-alias': { severity: 'error', text: 'an NS points at a CNAME or below a DNAME (RFC 2181 10.3)' },
  'target-is-alias': {
    severity: 'warning',
    text: 'an MX or SRV points at a CNAME or below a DNAME (RFC 2181 10.3, RFC 2782)',
  },
  'target-without-address': {
    severity: 'warning',
    text: 'an MX or SRV points at a name of the zone that has no address',
  },
  'target-without-name': { severity: 'warning', text: 'an MX or SRV points at a name of the zone that is not there' },
  occluded: { severity: 'warning', text: 'data below a delegation that is no glue: nobody will see it' },
  'beside-delegation': { severity: 'warning', text: 'data at a delegation that only the child may give' },
  'ds-without-ns': { severity: 'error', text: 'a DS where nothing is delegated, or at the apex (RFC 4035 2.4)' },
  'wildcard-ns': { severity: 'warning', text: 'a wildcard owns an NS (RFC 4592 4.2)' },
  'ttl-differs': { severity: 'warning', text: 'the records of a set have several TTLs (RFC 2181 5.2)' },
  twice: { severity: 'warning', text: 'the same record stands in the zone twice' },
  'bad-data': {
    severity: 'error',
    text: 'data is not what its type wants; a zone file cannot hold such, a transfer can',
  },
  'rrsig-expired': { severity: 'warning', text: 'a signature has ended' },
  'rrsig-not-yet-valid': { severity: 'warning', text: 'a signature begins in the future' },
  'rrsig-without-set': { severity: 'warning', text: 'a signature is for records that are not there' },
  'rrsig-missing': {
    severity: 'error',
    text: 'the zone has a DNSKEY, and a set that it answers for has no signature (RFC 4035 2.2)',
  },
  'rrsig-signer': { severity: 'error', text: 'a signature is by another zone' },
  'rrsig-ttl': { severity: 'warning', text: 'a signature has another TTL than its set (RFC 4034 3)' },
  'nsec-missing': { severity: 'error', text: 'a name has no NSEC, where others do (RFC 4035 2.3)' },
  'nsec-chain': {
    severity: 'error',
    text: 'an NSEC or NSEC3 names another than the next (RFC 4034 4.1.1, RFC 5155 7.1)',
  },
  'nsec-types': { severity: 'error', text: 'an NSEC does not name the types that are there (RFC 4034 4.1.2)' },
  'nsec3-param': { severity: 'error', text: 'NSEC3 without NSEC3PARAM, or with other iterations or salt (RFC 5155 4)' },
} as const

export type ZoneRule = keyof typeof zoneRules

export interface ZoneFinding {
  readonly severity: 'error' | 'warning'
  readonly rule: ZoneRule
  /** Whom it is about. */
  readonly name: string
  readonly reason: string
  readonly file?: string
  readonly line?: number
}

export interface CheckOptions {
  /** The zone's apex. @default the owner of the first SOA */
  readonly origin?: Name
  /** The time at which signatures should be valid, in seconds since 1970. @default now */
  readonly now?: number
  /** Most findings; the rest is counted only. @default 1000 */
  readonly limit?: number
}

export interface ZoneCheck {
  readonly origin: Name
  readonly records: number
  readonly errors: number
  readonly warnings: number
  /** In the order of lines, at most `limit`. */
  readonly findings: readonly ZoneFinding[]
}

/** Notes a finding about a record or a name. */
export type Note = (rule: ZoneRule, about: PlacedRecord | Name, reason: string) => void

/**
 * Checks a zone as a whole: SOA, delegations and their glue, aliases, sets, signatures, the chain of NSEC or NSEC3. Throws OPTION_INVALID
 * for a limit below zero.
 */
export function checkZone(records: Iterable<PlacedRecord>, options: CheckOptions = {}): ZoneCheck {
  const limit = options.limit ?? 1000
  if (!(limit >= 0)) throw fail('OPTION_INVALID', { option: 'limit', rule: 'a number from 0 on', got: String(limit) })
  const zone = zoneNames(records, options.origin)
  const findings: ZoneFinding[] = []
  const counts = { error: 0, warning: 0 }
  const note: Note = (rule, about, reason) => {
    const { severity } = zoneRules[rule]
    counts[severity]++
    if (findings.length >= limit) return
    const record = about instanceof Uint8Array ? undefined : about
    const name = formatName(about instanceof Uint8Array ? about : about.name)
    const { file, line } = record ?? {}
    findings.push({
      severity,
      rule,
      name,
      reason,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
    })
  }
  checkApex(zone, note)
  let count = zone.outside.length + zone.otherClass.length
  for (const one of zone.names) {
    for (const set of one.sets.values()) count += set.length
    checkSets(one, note)
    checkAliases(zone, one, note)
    checkCuts(zone, one, note)
    checkTargets(zone, one, note)
  }
  checkSignatures(zone, options.now ?? Date.now() / 1000, note)
  checkChain(zone, note)
  findings.sort((a, b) => (a.line ?? 0) - (b.line ?? 0))
  return { origin: zone.apex, records: count, errors: counts.error, warnings: counts.warning, findings }
}
