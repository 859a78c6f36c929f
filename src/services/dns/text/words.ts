/** What single words of a zone file mean: names, numbers, times, mnemonics. */
import { classNumber, dnsClass, numberAfter } from '../wire/codes.ts'
import { type DataWriter } from '../wire/data.ts'
import { lowerByte, type Name, nameBytesLimit } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { Scanner } from './scanner.ts'

/** Writes the name that the word is, relative to the origin; gives its size in bytes. `to` has room for 256. */
export function scanName(scan: Scanner, origin: Name, to: Uint8Array): number {
  const { bytes, start, end } = scan
  const first = bytes[start]
  if (end - start === 1 && !scan.isQuoted) {
    if (first === 0x40) {
      to.set(origin)
      return origin.length
    }
    if (first === 0x2e) {
      to[0] = 0
      return 1
    }
  }
  if (end === start) throw scan.refuse('a name is empty')
  let [label, size] = [0, 1]
  for (let at = start; at < end; at++) {
    let byte = bytes[at]!
    if (byte === 0x2e) {
      if (size === label + 1) throw scan.refuse('a label is empty')
      to[label] = size - label - 1
      label = size++
    } else {
      if (byte === 0x5c) {
        byte = scan.escaped(at)
        at += bytes[at + 1]! >= 0x30 && bytes[at + 1]! <= 0x39 ? 3 : 1
      } else if (byte === 0x22) throw scan.refuse('a quote stands within a name')
      to[size++] = byte
      if (size - label > 64) throw scan.refuse('a label has more than 63 bytes')
    }
    if (size > nameBytesLimit) throw scan.refuse(`a name has more than ${nameBytesLimit} bytes`)
  }
  to[label] = size - label - 1
  if (size === label + 1) return size
  if (size + origin.length > nameBytesLimit) throw scan.refuse(`a name has more than ${nameBytesLimit} bytes`)
  for (let at = 0; at < origin.length; at++) to[size++] = origin[at]!
  return size
}

const scratch = new Uint8Array(nameBytesLimit + 1)

/** The name that the word is, relative to the origin. */
export function nameOfWord(scan: Scanner, origin: Name): Name {
  return scratch.slice(0, scanName(scan, origin, scratch))
}

/** Writes the name that the word is into data. */
export function putName(scan: Scanner, origin: Name, out: DataWriter): void {
  const size = scanName(scan, origin, scratch)
  const at = out.grow(size)
  for (let from = 0; from < size; from++) out.bytes[at + from] = scratch[from]!
}

/** The number that the word is, in decimal, 0 to the limit. */
export function integerOf(scan: Scanner, limit: number, what: string): number {
  const { bytes, start, end } = scan
  let value = 0
  for (let at = start; at < end && value <= limit; at++) {
    const digit = bytes[at]! - 0x30
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : Infinity
  }
  if (value > limit || end === start) throw scan.refuse(`${what} is not an integer from 0 to ${limit}: ${scan.shown()}`)
  return value
}

const unitSeconds = new Float64Array(256)
for (const [unit, seconds] of Object.entries({ s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 })) {
  unitSeconds[unit.charCodeAt(0)] = unitSeconds[unit.toUpperCase().charCodeAt(0)] = seconds
}

/** Seconds of a word such as `3600` or `1h30m`; undefined where it is none, Infinity where there are too many. */
export function secondsOf(scan: Scanner, limit = 0x7fff_ffff): number | undefined {
  const { bytes, start, end } = scan
  let [sum, value, digits, units] = [0, 0, 0, 0]
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte >= 0x30 && byte <= 0x39) {
      value = value * 10 + byte - 0x30
      digits++
      continue
    }
    const unit = unitSeconds[byte]!
    if (unit === 0 || digits === 0) return undefined
    sum += value * unit
    units++
    value = digits = 0
  }
  // Where there are units, each number has one.
  if ((digits === 0) === (units === 0)) return undefined
  return sum + value <= limit ? sum + value : Infinity
}

/** Seconds since 1970 of `20180815050000`, or of up to ten digits (RFC 4034 3.2); modulo 2^32. */
export function timeOf(scan: Scanner): number {
  if (scan.end - scan.start <= 10) return integerOf(scan, 0xffff_ffff, 'a time')
  const [year, month, day] = [digitsAt(scan, 0, 4), digitsAt(scan, 4, 2), digitsAt(scan, 6, 2)]
  const [hour, minute, second] = [digitsAt(scan, 8, 2), digitsAt(scan, 10, 2), digitsAt(scan, 12, 2)]
  const time = Date.UTC(year, month - 1, day, hour, minute, second)
  // A day that a month does not have would be one of the next.
  const isDate = new Date(time).getUTCDate() === day && month >= 1 && month <= 12 && year >= 1970
  if (scan.end - scan.start !== 14 || !isDate || hour > 23 || minute > 59 || second > 59) {
    throw scan.refuse(`a time is neither YYYYMMDDHHmmSS nor seconds since 1970: ${scan.shown()}`)
  }
  return (time / 1000) % 0x1_0000_0000
}

/** The number that some digits of the word are; NaN where they are none. */
function digitsAt({ bytes, start }: Scanner, from: number, count: number): number {
  let value = 0
  for (let at = start + from; at < start + from + count; at++) {
    const digit = (bytes[at] ?? 0) - 0x30
    value = digit >= 0 && digit <= 9 ? value * 10 + digit : NaN
  }
  return value
}

/** `20180815050000`; 32 bits last until 2106. */
export function formatTime(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace(/\D/g, '').slice(0, 14)
}

interface Word {
  readonly bytes: Uint8Array
  readonly isClass: boolean
  readonly number: number
}

const words = new Map<number, Word[]>()
for (const [table, isClass] of [
  [dnsType, false],
  [dnsClass, true],
] as const) {
  for (const [name, number] of Object.entries(table)) {
    // "ANY" and "NONE" as classes are for updates; in zone files they mean nothing.
    if (isClass && number >= 254) continue
    const bytes = Buffer.from(name.toLowerCase(), 'latin1')
    const key = keyOf(bytes, 0, bytes.length)
    words.set(key, [...(words.get(key) ?? []), { bytes, isClass, number }])
  }
}

function keyOf(bytes: Uint8Array, start: number, end: number): number {
  let key = end - start
  for (let at = start; at < end; at++) key = Math.imul(key ^ lowerByte[bytes[at]!]!, 0x0100_0193)
  return key
}

/** The record type that the word is, or below zero a class, as its number's complement; undefined where it is neither. */
export function typeOrClassOf(scan: Scanner): number | undefined {
  const { bytes, start, end } = scan
  for (const word of words.get(keyOf(bytes, start, end)) ?? []) {
    let at = 0
    while (at < word.bytes.length && lowerByte[bytes[start + at]!] === word.bytes[at]) at++
    if (at === word.bytes.length && at === end - start) return word.isClass ? ~word.number : word.number
  }
  if (end - start < 5 || end - start > 10) return undefined
  const text = Buffer.from(bytes.subarray(start, end)).toString('latin1').toUpperCase()
  const type = numberAfter('TYPE', text)
  const other = text.startsWith('CLASS') ? classNumber(text) : undefined
  return type ?? (other === undefined ? undefined : ~other)
}

/** The record type that the word is. */
export function typeOfWord(scan: Scanner): number {
  const type = typeOrClassOf(scan)
  if (type === undefined || type < 0) throw scan.refuse(`the type ${scan.shown()} is not known`)
  return type
}

/** Algorithms of keys by name (IANA's registry "DNS Security Algorithm Numbers"). */
export const algorithms: ReadonlyMap<string, number> = new Map([
  ['DELETE', 0],
  ['RSAMD5', 1],
  ['DH', 2],
  ['DSA', 3],
  ['RSASHA1', 5],
  ['DSA-NSEC3-SHA1', 6],
  ['NSEC3DSA', 6],
  ['RSASHA1-NSEC3-SHA1', 7],
  ['NSEC3RSASHA1', 7],
  ['RSASHA256', 8],
  ['RSASHA512', 10],
  ['ECC-GOST', 12],
  ['ECCGOST', 12],
  ['ECDSAP256SHA256', 13],
  ['ECDSAP384SHA384', 14],
  ['ED25519', 15],
  ['ED448', 16],
  ['INDIRECT', 252],
  ['PRIVATEDNS', 253],
  ['PRIVATEOID', 254],
])

/** Types of certificates by name (RFC 4398 2.1). */
export const certTypes: ReadonlyMap<string, number> = new Map([
  ['PKIX', 1],
  ['SPKI', 2],
  ['PGP', 3],
  ['IPKIX', 4],
  ['ISPKI', 5],
  ['IPGP', 6],
  ['ACPKIX', 7],
  ['IACPKIX', 8],
  ['URI', 253],
  ['OID', 254],
])
