/** Reads instants as people write them: `@SECONDS`, and dates of ISO 8601. Pure. */
import { fail } from '../../../core/index.ts'
import { dayNumber, daysInYear } from '../calendar.ts'
import type { Zone } from '../zone/types.ts'

const perSecond = 1_000_000_000n
const iso =
  /^([+-]\d{3,9}|\d{4})-(\d\d)(?:-(\d\d))?(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?$/i

/**
 * Nanoseconds since 1970 UTC of `@1700000000.5`, `2026-11-21T12:00:00Z`, `2026-11-21 12:00`, `2026-11-21`. Without an offset it is
 * the local time of `zone`: of a time that comes twice the first is meant, and one that is skipped counts on from before the gap.
 *
 * Throws OPTION_INVALID, which calls it `option`.
 *
 * @example parseInstant('1970-01-01T01:00:00+01:00', zoneOf('UTC')) // 0n
 */
export function parseInstant(text: string, zone: Zone, option = 'instant'): bigint {
  const seconds = /^@(-?)(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text)
  if (seconds !== null) {
    const [, sign, whole = '', fraction = ''] = seconds
    const ns = BigInt(whole) * perSecond + fractionNs(fraction)
    return sign === '-' ? -ns : ns
  }
  const [, year = '', month = '', day = '1', hour = '0', minute = '0', second = '0', fraction = '', offset] =
    iso.exec(text) ?? []
  const local = localSeconds([year, month, day, hour, minute, second].map(Number) as Fields)
  if (year === '' || local === undefined) throw invalid(option, text)
  const utc = offset === undefined ? local - offsetAtLocal(zone, local) : local - offsetOf(offset)
  return BigInt(utc) * perSecond + fractionNs(fraction)
}

type Fields = [year: number, month: number, day: number, hour: number, minute: number, second: number]

/** As if it were UTC; undefined for a date or time that does not exist. */
function localSeconds([year, month, day, hour, minute, second]: Fields): number | undefined {
  if (month < 1 || month > 12 || day < 1 || hour > 23 || minute > 59 || second > 59) return undefined
  const start = dayNumber(year, month, 1)
  const next = month === 12 ? dayNumber(year, 1, 1) + daysInYear(year) : dayNumber(year, month + 1, 1)
  if (start + day > next) return undefined
  return (start + day - 1) * 86_400 + hour * 3_600 + minute * 60 + second
}

function offsetOf(text: string): number {
  if (text.toUpperCase() === 'Z') return 0
  const [hours = 0, minutes = 0] = [text.slice(1, 3), text.slice(3).replace(':', '')].map(Number)
  return (text.startsWith('-') ? -1 : 1) * (hours * 3_600 + minutes * 60)
}

/** What the zone's clocks were ahead of UTC when they showed this; the earlier of two, the one before a gap. */
function offsetAtLocal(zone: Zone, local: number): number {
  // Offsets are less than a day, so one of the neighbouring days' is in force.
  const before = zone.at(local - 86_400).offset
  const after = zone.at(local + 86_400).offset
  const fits = [before, after].find((offset) => zone.at(local - offset).offset === offset)
  return fits ?? before
}

function fractionNs(digits: string): bigint {
  return BigInt(digits.padEnd(9, '0'))
}

function invalid(option: string, text: string): Error {
  return fail('OPTION_INVALID', {
    option,
    rule: '@SECONDS, or a date such as 2026-11-21, 2026-11-21T12:00:00 or 2026-11-21T12:00:00.5+01:00',
    got: JSON.stringify(text),
  })
}
