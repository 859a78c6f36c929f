/** Zones and changes for tests of transfers. */
import {
  formatRecord,
  recordOf,
  parseName,
  type RecordValue,
  type ResourceRecord,
  Zone,
} from '#lanework/services/dns/index.js'

/** `example.` with a serial, and lines of its zone file. */
export function zoneOf(serial: number, lines: readonly string[] = ['www A 192.0.2.80'], origin = 'example.'): Zone {
  const text = `$TTL 60\n@ SOA ns mail ${serial} 7200 900 1209600 300\n@ NS ns\nns A 192.0.2.1\n${lines.join('\n')}\n`
  return Zone.parse(text, { origin })
}

/** All records as texts, in order. */
export function texts(zone: { records(): Iterable<ResourceRecord> }): string[] {
  return [...zone.records()].map((record) => formatRecord(record).replace(/\s+/g, ' ')).toSorted()
}

/** A record for updates: of a class, perhaps without data. */
export function updateRecord(
  name: string,
  type: number,
  more: { class?: number; ttl?: number; value?: RecordValue } = {},
): ResourceRecord {
  const { value, ttl = 0 } = more
  const data = value === undefined ? new Uint8Array() : recordOf(parseName(name), ttl, value).data
  return { name: parseName(name), type, class: more.class ?? 1, ttl, data }
}
