/** Parameters of SVCB and HTTPS as text (RFC 9460 2.1 and A.1): `alpn="h2,h3" port=8443 ipv4hint=192.0.2.1`. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../wire/addresses.ts'
import { bytesToText, DataWriter, type DataReader } from '../wire/data.ts'
import {
  alpnList,
  alpnValue,
  hintValue,
  mandatoryValue,
  piecesOf,
  portValue,
  type RawParam,
  readRawParams,
  serviceKeyName,
  serviceKeyNumber,
  u16List,
  writeRawParams,
} from '../wire/service-params.ts'
import { base64Of, putBase64, quoted } from './encodings.ts'
import { Scanner } from './scanner.ts'

const [comma, backslash, equals] = [0x2c, 0x5c, 0x3d]

/** Reads the rest of the entry; the scanner stands on its first word, if there is one. */
export function putParams(scan: Scanner, out: DataWriter): void {
  const params: RawParam[] = []
  do params.push(paramOf(scan, out))
  while (scan.word())
  writeRawParams(out, params)
}

function paramOf(scan: Scanner, out: DataWriter): RawParam {
  const { bytes, start, end } = scan
  const sign = bytes.subarray(start, end).indexOf(equals)
  const name = bytesToText(bytes.subarray(start, sign < 0 ? end : start + sign))
  const key = scan.isQuoted ? undefined : serviceKeyNumber(name)
  if (key === undefined) throw scan.refuse(`the parameter ${scan.shown()} is not known`)
  const value = sign < 0 ? new Uint8Array() : valueOf(scan, start + sign + 1)
  return { key, value: wireValue(scan, out, key, value) }
}

/** What stands behind the sign, with or without quotes, as bytes. */
function valueOf(scan: Scanner, start: number): Uint8Array {
  const { bytes, end } = scan
  const isQuoted = bytes[start] === 0x22
  const value = new Uint8Array(end - start)
  let size = 0
  for (let at = isQuoted ? start + 1 : start; at < end; at++) {
    let byte = bytes[at]!
    if (byte === 0x22) {
      if (isQuoted && at === end - 1) break
      throw scan.refuse('a quote stands within a value')
    }
    if (byte === backslash) {
      byte = scan.escaped(at)
      at += bytes[at + 1]! >= 0x30 && bytes[at + 1]! <= 0x39 ? 3 : 1
    }
    value[size++] = byte
  }
  return value.subarray(0, size)
}

function wireValue(scan: Scanner, out: DataWriter, key: number, value: Uint8Array): Uint8Array {
  const text = bytesToText(value)
  const list = text === '' ? [] : text.split(',')
  if (key === 0) return mandatoryValue(out, list)
  if (key === 1) return alpnValue(out, splitList(value))
  if (key === 3) return portValue(out, /^\d{1,5}$/.test(text) ? Number(text) : -1)
  if (key === 4) return hintValue(out, list, parseIpv4, 'IPv4')
  if (key === 5) return base64Value(scan, value)
  if (key === 6) return hintValue(out, list, parseIpv6, 'IPv6')
  return value
}

function base64Value(scan: Scanner, value: Uint8Array): Uint8Array {
  const inner = new Scanner(value, scan.line)
  const writer = new DataWriter('SVCB')
  try {
    if (inner.entry()) putBase64(inner, writer, true)
    if (!inner.word() && inner.end === value.length) return writer.toBytes()
  } catch {
    // What is wrong is said below, with the place of the whole word.
  }
  throw scan.refuse('ech: base64 is wanted')
}

/** Parts between commas; a backslash takes the meaning of a comma or a backslash away. */
function splitList(value: Uint8Array): Uint8Array[] {
  const parts: number[][] = [[]]
  for (let at = 0; at < value.length; at++) {
    const byte = value[at]!
    const next = value[at + 1]
    if (byte === comma) parts.push([])
    else if (byte === backslash && (next === comma || next === backslash)) parts.at(-1)?.push(value[++at]!)
    else parts.at(-1)?.push(byte)
  }
  return parts.map((part) => Uint8Array.from(part))
}

/** The parameters as text, with a space before each. */
export function formatParams(reader: DataReader): string {
  return readRawParams(reader)
    .map(({ key, value }) => {
      const text = valueText(key, value)
      return ` ${serviceKeyName(key)}${text === undefined ? '' : `=${text}`}`
    })
    .join('')
}

function valueText(key: number, value: Uint8Array): string | undefined {
  if (value.length === 0) return undefined
  if (key === 0) return u16List(value).map(serviceKeyName).join(',')
  if (key === 1) return quoted(joinList(alpnList(value) ?? []))
  if (key === 3) return String(u16List(value)[0])
  if (key === 4)
    return piecesOf(value, 4)
      .map((piece) => formatIpv4(piece))
      .join(',')
  if (key === 5) return base64Of(value)
  if (key === 6) return piecesOf(value, 16).map(formatIpv6).join(',')
  return quoted(value)
}

function joinList(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(
    parts.flatMap((part, at) => [
      ...(at === 0 ? [] : [comma]),
      ...Array.from(part).flatMap((byte) => (byte === comma || byte === backslash ? [backslash, byte] : [byte])),
    ]),
  )
}
