/**
 * TSIG records in the bytes of a message (RFC 8945 4.2): what is signed are bytes, so a message is not made anew for it.
 *
 *   message without TSIG │ key's name │ 250 │ ANY │ 0 │ size │ algorithm │ time (48) │ fudge │ MAC │ id │ error │ other
 */
import { headerBytes } from '../wire/message-reader.ts'
import { decodeMessage } from '../wire/decode-message.ts'
import { dnsClass } from '../wire/codes.ts'
import { DataWriter } from '../wire/data.ts'
import type { Name } from '../wire/name.ts'
import { recordValue, type ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'

/** What a TSIG record says. */
export interface TsigFields {
  readonly name: Name
  readonly algorithm: Name
  /** Seconds since 1970. */
  readonly time: number
  /** Seconds that clocks may be apart. */
  readonly fudge: number
  readonly mac: Uint8Array
  readonly originalId: number
  readonly error: number
  readonly other: Uint8Array
}

/** A message and its signature; `bare` is the message as it was before it was signed. */
export interface SignedMessage {
  readonly bare: Uint8Array
  readonly tsig: TsigFields
}

/**
 * Cuts the TSIG off. Undefined where there is none. Throws DNS_MESSAGE_INVALID for a message that is none, 'misplaced' for a
 * TSIG that is not the last record, or one of two, or not what it must be (RFC 8945 5.1: FORMERR).
 */
export function splitTsig(bytes: Uint8Array): SignedMessage | 'misplaced' | undefined {
  const { answers, authorities, additionals } = decodeMessage(bytes)
  const isTsig = ({ type }: ResourceRecord): boolean => type === dnsType.TSIG
  const found = [...answers, ...authorities, ...additionals].filter(isTsig)
  const [record] = found
  if (record === undefined) return undefined
  const start = lastRecordAt(bytes)
  const fields = found.length === 1 ? fieldsOf(record) : undefined
  // OPT counts as an additional record, and must not follow.
  if (fields === undefined || start === undefined || typeAt(bytes, start) !== dnsType.TSIG) return 'misplaced'
  // A Buffer's slice would be a view of what others write to.
  const bare = Uint8Array.from(bytes.subarray(0, start))
  const view = new DataView(bare.buffer)
  view.setUint16(0, fields.originalId)
  view.setUint16(10, view.getUint16(10) - 1)
  return { bare, tsig: fields }
}

function fieldsOf(record: ResourceRecord): TsigFields | undefined {
  try {
    const value = recordValue(record)
    if (value.type !== 'TSIG' || record.class !== dnsClass.ANY || record.ttl !== 0) return undefined
    const { name, data } = record
    // Typed values have names as texts; the MAC needs their bytes, which begin the data.
    let size = 0
    while (data[size]! > 0) size += 1 + data[size]!
    return { ...value, name, algorithm: data.slice(0, size + 1) }
  } catch {
    return undefined
  }
}

/** Where the last record begins; undefined where there is none. The message has been decoded already. */
function lastRecordAt(bytes: Uint8Array): number | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  let at = headerBytes
  for (let left = view.getUint16(4); left > 0; left--) at = afterName(bytes, at) + 4
  let start: number | undefined
  if (view.getUint16(10) === 0) return undefined
  for (let left = view.getUint16(6) + view.getUint16(8) + view.getUint16(10); left > 0; left--) {
    start = at
    at = afterName(bytes, at) + 10
    at += view.getUint16(at - 2)
  }
  return start
}

function typeAt(bytes: Uint8Array, start: number): number {
  const at = afterName(bytes, start)
  return bytes[at]! * 0x100 + bytes[at + 1]!
}

function afterName(bytes: Uint8Array, start: number): number {
  let at = start
  for (;;) {
    const size = bytes[at]!
    if (size >= 0xc0) return at + 2
    at += 1 + size
    if (size === 0) return at
  }
}

/** The message with a TSIG behind its last record. */
export function appendTsig(bare: Uint8Array, fields: TsigFields): Uint8Array {
  const { name, algorithm, mac, other } = fields
  const writer = new DataWriter('TSIG')
  writer.put(name)
  writer.u16(dnsType.TSIG)
  writer.u16(dnsClass.ANY)
  writer.u32(0)
  writer.u16(algorithm.length + 16 + mac.length + other.length)
  writer.put(algorithm)
  writer.u48(fields.time)
  writer.u16(fields.fudge)
  writer.u16(mac.length)
  writer.put(mac)
  writer.u16(fields.originalId)
  writer.u16(fields.error)
  writer.u16(other.length)
  writer.put(other)
  const record = writer.toBytes()
  const bytes = new Uint8Array(bare.length + record.length)
  bytes.set(bare)
  bytes.set(record, bare.length)
  const view = new DataView(bytes.buffer)
  view.setUint16(10, view.getUint16(10) + 1)
  return bytes
}

/** Bytes that a signature with these fields adds to a message. */
export function tsigBytes(name: Name, algorithm: Name, macBytes: number, otherBytes = 0): number {
  return name.length + 10 + algorithm.length + 16 + macBytes + otherBytes
}
