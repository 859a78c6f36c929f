/** Zone files as wholes: text to records, records one by one, and records in canonical order to text. */
import { readFileSync } from 'node:fs'

import { compareNames, formatName, type Name, parseName, rootName } from '../wire/name.ts'
import { coveredType, type ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { formatRecord } from './format-record.ts'
import { type ZoneOptions, type ZoneRecord, ZoneReader } from './zone-reader.ts'

export interface ZoneRecords {
  /** The owner of the first SOA; without one the origin given, or the root. */
  readonly origin: Name
  /** In the order of the file; each knows its file and line. */
  readonly records: readonly ZoneRecord[]
}

/**
 * Reads a zone file. Throws ZONE_INVALID with file, line, column and reason of up to `problemsLimit` problems, and DNS_NAME_INVALID for an
 * origin that is none.
 *
 * @example
 * const { records } = parseZone('@ 3600 IN SOA ns mail 1 2h 15m 2w 1h\n  NS ns\nns A 192.0.2.1\n', { origin: 'example.' })
 */
export function parseZone(text: string | Uint8Array, options: ZoneOptions = {}): ZoneRecords {
  const reader = new ZoneReader(text, options)
  const records: ZoneRecord[] = []
  for (let record = reader.next(); record !== undefined; record = reader.next()) records.push(record)
  const soa = records.find(({ type }) => type === dnsType.SOA)
  return { origin: soa?.name ?? parseName(options.origin ?? '.'), records }
}

/**
 * The records of a zone file one by one, so that a large zone never stands in memory as records. What is wrong is thrown behind the
 * last sound record, as by parseZone.
 */
export function* zoneRecords(text: string | Uint8Array, options: ZoneOptions = {}): Generator<ZoneRecord, void> {
  const reader = new ZoneReader(text, options)
  for (let record = reader.next(); record !== undefined; record = reader.next()) yield record
}

/** Reads a zone's file, with the files that it includes. Throws as parseZone, and what reading the file throws. */
export function loadZone(path: string, options: ZoneOptions = {}): ZoneRecords {
  return parseZone(readFileSync(path), { file: path, include: (included) => readFileSync(included), ...options })
}

export interface FormatZoneOptions {
  /** Writes `$ORIGIN`, and names within it relative to it. Without it all names are absolute. */
  readonly origin?: Name
}

/**
 * The zone as text, a record a line, in canonical order (RFC 4034 6): by owner, the SOA first, then by type and by data, each RRSIG behind
 * the set that it signs.
 */
export function formatZone(records: Iterable<ResourceRecord>, options: FormatZoneOptions = {}): string {
  return [...zoneLines(records, options)].join('')
}

/** The lines of formatZone one by one, each with its line end. */
export function* zoneLines(
  records: Iterable<ResourceRecord>,
  options: FormatZoneOptions = {},
): Generator<string, void> {
  const { origin } = options
  if (origin !== undefined) yield `$ORIGIN ${formatName(origin)}\n`
  for (const record of [...records].sort(compareRecords))
    yield `${formatRecord(record, { origin: origin ?? rootName })}\n`
}

/** Canonical order of records, as formatZone has them; for sort. */
export function compareRecords(a: ResourceRecord, b: ResourceRecord): number {
  if (a.name !== b.name) {
    const order = compareNames(a.name, b.name)
    if (order !== 0) return order
  }
  return rankOf(a) - rankOf(b) || a.type - b.type || Buffer.compare(a.data, b.data)
}

function rankOf(record: ResourceRecord): number {
  const type = coveredType(record) ?? record.type
  return type === dnsType.SOA ? -1 : type
}
