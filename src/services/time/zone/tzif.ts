/**
 * Reads compiled time zones, "TZif" (RFC 9636), versions 1 to 4. From version 2 on a file holds its data twice, first with
 * times of 32 bits for old readers, then with 64, and ends in a rule for all that comes after its last entry.
 *
 *   "TZif" version  15 unused  six counts of 4 bytes          = header, 44 bytes
 *   times  types of them  types (offset 4, dst 1, name 1)  names  leap seconds  standard/wall  UT/local
 *   (the same again, times of 8 bytes)   LF rule LF
 */
import { parsePosixRule, type PosixRule } from './posix-rule.ts'
import type { Zone, ZonePeriod } from './types.ts'

const headerBytes = 44

interface Counts {
  readonly utIndicators: number
  readonly standardIndicators: number
  readonly leapSeconds: number
  readonly times: number
  readonly types: number
  readonly characters: number
}

interface Type {
  readonly offset: number
  readonly isDst: boolean
  readonly abbreviation: string
}

/** What a file says: changes in order, what each changes to, and the rule for the time after them. */
export interface TzifData {
  readonly times: Float64Array
  readonly typeOf: Uint8Array
  readonly types: readonly Type[]
  readonly rule: PosixRule | undefined
}

/** Reads a file; a string says what is wrong with it. */
export function parseTzif(bytes: Buffer): TzifData | string {
  const first = countsAt(bytes, 0)
  if (typeof first === 'string') return first
  const version = bytes[4] as number
  if (version === 0) return blockAt(bytes, headerBytes, first, 4, undefined)
  const second = headerBytes + sizeOf(first, 4)
  const counts = countsAt(bytes, second)
  if (typeof counts === 'string') return counts
  const end = second + headerBytes + sizeOf(counts, 8)
  if (bytes[end] !== 0x0a) return 'its file ends too early'
  const footer = bytes.toString('latin1', end + 1, Math.max(end + 1, bytes.indexOf(0x0a, end + 1)))
  const rule = footer === '' ? undefined : parsePosixRule(footer)
  if (footer !== '' && rule === undefined) return `its file ends in the unknown rule ${JSON.stringify(footer)}`
  return blockAt(bytes, second + headerBytes, counts, 8, rule)
}

function countsAt(bytes: Buffer, at: number): Counts | string {
  if (bytes.length < at + headerBytes) return 'its file ends too early'
  if (bytes.toString('latin1', at, at + 4) !== 'TZif') return 'its file is no compiled time zone'
  const count = (index: number): number => bytes.readUInt32BE(at + 20 + index * 4)
  return {
    utIndicators: count(0),
    standardIndicators: count(1),
    leapSeconds: count(2),
    times: count(3),
    types: count(4),
    characters: count(5),
  }
}

function sizeOf(counts: Counts, timeBytes: number): number {
  const { times, types, characters, leapSeconds, standardIndicators, utIndicators } = counts
  return (
    times * (timeBytes + 1) + types * 6 + characters + leapSeconds * (timeBytes + 4) + standardIndicators + utIndicators
  )
}

function blockAt(
  bytes: Buffer,
  at: number,
  counts: Counts,
  timeBytes: 4 | 8,
  rule: PosixRule | undefined,
): TzifData | string {
  if (bytes.length < at + sizeOf(counts, timeBytes)) return 'its file ends too early'
  if (counts.leapSeconds > 0) return 'its file counts leap seconds, which POSIX time does not'
  if (counts.types === 0) return 'its file has no types'
  const times = new Float64Array(counts.times)
  for (let index = 0; index < counts.times; index++) {
    const place = at + index * timeBytes
    times[index] = timeBytes === 8 ? Number(bytes.readBigInt64BE(place)) : bytes.readInt32BE(place)
  }
  const typeAt = at + counts.times * timeBytes
  const typeOf = new Uint8Array(bytes.subarray(typeAt, typeAt + counts.times))
  if (typeOf.some((type) => type >= counts.types)) return 'its file names a type that it has not'
  const types = typesAt(bytes, typeAt + counts.times, counts)
  return typeof types === 'string' ? types : { times, typeOf, types, rule }
}

function typesAt(bytes: Buffer, at: number, { types, characters }: Counts): Type[] | string {
  const names = at + types * 6
  const found: Type[] = []
  for (let place = at; place < names; place += 6) {
    const from = names + (bytes[place + 5] as number)
    const end = bytes.indexOf(0, from)
    if (end < 0 || end >= names + characters || end - from > 16) return 'its file has a name without an end'
    const abbreviation = bytes.toString('latin1', from, end)
    if (!/^[\x20-\x7e]*$/.test(abbreviation)) return 'its file has a name that is not ASCII'
    found.push({ offset: bytes.readInt32BE(place), isDst: bytes[place + 4] === 1, abbreviation })
  }
  return found
}

/** A zone of the time zone database. */
export class TzifZone implements Zone {
  readonly name: string
  readonly kind = 'tzif'
  readonly #data: TzifData
  readonly #first: Type
  #last: ZonePeriod

  constructor(name: string, data: TzifData) {
    this.name = name
    this.#data = data
    // Before all changes standard time holds, the first there is: what the C library does.
    this.#first = data.types.find((type) => !type.isDst) ?? (data.types[0] as Type)
    this.#last = this.#find(0)
  }

  at(seconds: number): ZonePeriod {
    const last = this.#last
    if (seconds >= last.from && seconds < last.until) return last
    return (this.#last = this.#find(seconds))
  }

  #find(seconds: number): ZonePeriod {
    const { times, typeOf, types, rule } = this.#data
    let low = 0
    let high = times.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((times[middle] as number) <= seconds) low = middle + 1
      else high = middle
    }
    const from = low === 0 ? -Infinity : (times[low - 1] as number)
    const until = low === times.length ? Infinity : (times[low] as number)
    if (until === Infinity && rule !== undefined) {
      const period = rule.at(seconds)
      return period.from < from ? { ...period, from } : period
    }
    const type = low === 0 ? this.#first : (types[typeOf[low - 1] as number] as Type)
    return { from, until, ...type }
  }
}
