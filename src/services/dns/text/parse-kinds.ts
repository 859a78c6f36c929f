/** What each kind of field is in a zone file: from words to data. The way back is format-kinds.ts. */
import { readIpv6 } from '../wire/addresses.ts'
import { writeTypes } from '../wire/bitmap.ts'
import type { DataWriter } from '../wire/data.ts'
import type { KindName } from '../wire/kinds.ts'
import type { Name } from '../wire/name.ts'
import { type AddressPrefix, writePrefixes } from '../wire/prefixes.ts'
import { writeKind } from '../wire/record.ts'
import { putBase32, putBase64, putHex } from './encodings.ts'
import { putLocation } from './location-text.ts'
import type { Scanner } from './scanner.ts'
import { putParams } from './service-params-text.ts'
import { algorithms, certTypes, integerOf, putName, secondsOf, timeOf, typeOfWord } from './words.ts'

/** Reads a field, and writes its bytes; the scanner stands before the field's first word. */
export type FieldParser = (scan: Scanner, out: DataWriter, origin: Name) => void

const u8: FieldParser = (scan, out) => {
  scan.need(out.field)
  out.u8(integerOf(scan, 0xff, out.field))
}

const u16: FieldParser = (scan, out) => {
  scan.need(out.field)
  out.u16(integerOf(scan, 0xffff, out.field))
}

const u32: FieldParser = (scan, out) => {
  scan.need(out.field)
  out.u32(integerOf(scan, 0xffff_ffff, out.field))
}

const u48: FieldParser = (scan, out) => {
  scan.need(out.field)
  out.u48(integerOf(scan, 0xffff_ffff_ffff, out.field))
}

const seconds: FieldParser = (scan, out) => {
  scan.need(out.field)
  const value = secondsOf(scan, 0xffff_ffff) ?? Infinity
  if (value === Infinity) throw scan.refuse(`${out.field} is not a time such as 3600 or 1h: ${scan.shown()}`)
  out.u32(value)
}

const name: FieldParser = (scan, out, origin) => {
  scan.need(out.field)
  putName(scan, origin, out)
}

const string: FieldParser = (scan, out) => {
  scan.need(out.field)
  putString(scan, out)
}

function putString(scan: Scanner, out: DataWriter): void {
  const value = scan.value()
  if (value.length > 255) throw scan.refuse(`a text of ${value.length} bytes; at most 255 fit, write several`)
  out.string(value)
}

const strings: FieldParser = (scan, out) => {
  scan.need(out.field)
  do putString(scan, out)
  while (scan.word())
}

const ipv4: FieldParser = (scan, out) => {
  scan.need(out.field)
  const { bytes, start, end } = scan
  const to = out.grow(4)
  let [part, value, digits] = [0, 0, 0]
  for (let at = start; at <= end; at++) {
    const digit = at === end ? -1 : bytes[at]! - 0x30
    if (digit >= 0 && digit <= 9) {
      value = value * 10 + digit
      digits++
      continue
    }
    const isSound =
      digits > 0 && digits < 4 && value < 256 && part < 4 && (at === end ? part === 3 : bytes[at] === 0x2e)
    if (!isSound) throw scan.refuse(`an IPv4 address is wanted, not ${scan.shown()}`)
    out.bytes[to + part++] = value
    value = digits = 0
  }
}

const ipv6Bytes = new Uint8Array(16)

const ipv6: FieldParser = (scan, out) => {
  scan.need(out.field)
  const text = scan.value()
  if (readIpv6(text, 0, text.length, ipv6Bytes)) out.put(ipv6Bytes)
  // Says what is wrong with it.
  else writeKind('ipv6', out, scan.text())
}

/** One word that is the text of the kind's value. */
function asValue(kind: 'word' | 'eui48' | 'eui64' | 'node64'): FieldParser {
  return (scan, out) => {
    scan.need(out.field)
    writeKind(kind, out, scan.text())
  }
}

/** A number, or a name of it. */
function named(names: ReadonlyMap<string, number>, size: 1 | 2): FieldParser {
  return (scan, out) => {
    scan.need(out.field)
    const first = scan.bytes[scan.start] ?? 0
    const isNumber = first >= 0x30 && first <= 0x39
    const value = isNumber ? integerOf(scan, 256 ** size - 1, out.field) : names.get(scan.text().toUpperCase())
    if (value === undefined) throw scan.refuse(`${out.field} is not known: ${scan.shown()}`)
    if (size === 1) out.u8(value)
    else out.u16(value)
  }
}

const types: FieldParser = (scan, out) => {
  const found: number[] = []
  while (scan.word()) found.push(typeOfWord(scan))
  writeTypes(out, found)
}

const counted: FieldParser = (scan, out) => {
  scan.need(`the size of ${out.field}`)
  const size = integerOf(scan, 0xffff, `the size of ${out.field}`)
  out.u16(size)
  const before = out.length
  if (size > 0) {
    scan.need(out.field)
    putBase64(scan, out, true)
  }
  if (out.length - before !== size) throw scan.refuse(`${out.field} has ${out.length - before} bytes, not ${size}`)
}

/** Bytes behind their number, which is known at the end. */
function after8(scan: Scanner, out: DataWriter, put: () => void): void {
  const at = out.grow(1)
  put()
  const size = out.length - at - 1
  if (size > 255) throw scan.refuse(`${out.field} has ${size} bytes; at most 255 fit`)
  out.bytes[at] = size
}

const salt: FieldParser = (scan, out) => {
  scan.need(out.field)
  if (scan.isWord('-')) out.u8(0)
  else after8(scan, out, () => putHex(scan, out, true))
}

const hash: FieldParser = (scan, out) => {
  scan.need(out.field)
  after8(scan, out, () => putBase32(scan, out))
}

const prefixes: FieldParser = (scan, out) => {
  const found: AddressPrefix[] = []
  while (scan.word()) {
    const [, negated, family, address = '', bits] = /^(!?)([12]):([^/]+)\/(\d{1,3})$/.exec(scan.text()) ?? []
    if (family === undefined) throw scan.refuse(`a prefix such as 1:192.0.2.0/24 is wanted, not ${scan.shown()}`)
    found.push({ family: family === '1' ? 4 : 6, address, prefix: Number(bits), negated: negated === '!' })
  }
  writePrefixes(out, found)
}

// The type of the gateway was written two fields before.
const gateway: FieldParser = (scan, out, origin) => {
  if (out.bytes[1] === 3) return name(scan, out, origin)
  scan.need(out.field)
  writeKind('gateway', out, scan.text())
}

export const fieldParsers: { readonly [Kind in KindName]: FieldParser } = {
  u8,
  u16,
  u32,
  u48,
  seconds,
  time(scan, out) {
    scan.need(out.field)
    out.u32(timeOf(scan))
  },
  algorithm: named(algorithms, 1),
  certType: named(certTypes, 2),
  type(scan, out) {
    scan.need(out.field)
    out.u16(typeOfWord(scan))
  },
  types,
  packedName: name,
  onceName: name,
  name,
  ipv4,
  ipv6,
  string,
  word: asValue('word'),
  strings,
  text(scan, out) {
    scan.need(out.field)
    out.put(scan.value())
  },
  base64(scan, out) {
    scan.need(out.field)
    putBase64(scan, out)
  },
  hex(scan, out) {
    scan.need(out.field)
    putHex(scan, out)
  },
  counted,
  salt,
  hash,
  eui48: asValue('eui48'),
  eui64: asValue('eui64'),
  node64: asValue('node64'),
  location(scan, out) {
    scan.need(out.field)
    putLocation(scan, out)
  },
  prefixes,
  params(scan, out) {
    if (scan.word()) putParams(scan, out)
  },
  gateway,
}
