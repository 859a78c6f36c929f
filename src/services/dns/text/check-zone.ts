/** Looks for what is wrong with a zone that its syntax does not show. */
import { fail } from '../../../core/index.ts'
import { formatName, type Name } from '../wire/name.ts'
import { checkAliases, checkApex, checkCuts, checkSets, checkTargets } from './check-rules.ts'
import { checkChain, checkSignatures } from './check-signatures.ts'
import { type PlacedRecord, zoneNames } from './zone-names.ts'

/** What each rule finds, and how bad that is: errors make servers refuse the zone or answer wrongly. */
export const zoneRules = {
  'no-soa': 'error',
  'several-soas': 'error',
  'soa-below-apex': 'error',
  'no-apex-ns': 'error',
  'out-of-zone': 'error',
  'other-class': 'error',
  'cname-and-other': 'error',
  'several-cnames': 'error',
  'several-dnames': 'error',
  'below-dname': 'error',
  'missing-glue': 'error',
  'ns-to-alias': 'error',
  'target-is-alias': 'warning',
  'target-without-address': 'warning',
  'target-without-name': 'warning',
  occluded: 'warning',
  'beside-delegation': 'warning',
  'ds-without-ns': 'error',
  'wildcard-ns': 'warning',
  'ttl-differs': 'warning',
  twice: 'warning',
  'bad-data': 'error',
  'rrsig-expired': 'warning',
  'rrsig-not-yet-valid': 'warning',
  'rrsig-without-set': 'warning',
  'rrsig-missing': 'error',
  'rrsig-signer': 'error',
  'rrsig-ttl': 'warning',
  'nsec-missing': 'error',
  'nsec-chain': 'error',
  'nsec-types': 'error',
  'nsec3-param': 'error',
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
    const severity = zoneRules[rule]
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
  for (const one of zone.names.values()) {
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
