/** A message to bytes: compression, and truncation by whole RRsets (RFC 2181 9). */
import { fail } from '../../../core/index.ts'
import type { Edns, Message } from './message-types.ts'
import { type DataPlan, packedPlans } from './message-reader.ts'
import { messageBytesLimit, MessageWriter } from './message-writer.ts'
import { nameBytesLimit, sameName } from './name.ts'
import { coveredType, type ResourceRecord } from './record.ts'
import { dnsType } from './types.ts'

export interface EncodeOptions {
  /** Most bytes that the message may have. What does not fit is left out. @default 65535 */
  readonly limit?: number
  /** Names point at earlier ones. @default true */
  readonly compress?: boolean
}

/**
 * Writes a message. What does not fit into `limit` is left out by whole RRsets, each with its RRSIGs: where that is of the answer or the
 * authorities, TC is set and nothing follows but OPT; additional records are left out silently. OPT and a TSIG that is the
 * last record always stay.
 * Throws MESSAGE_TOO_LONG where header, questions and OPT alone do not fit.
 */
export function encodeMessage(message: Message, options: EncodeOptions = {}): Uint8Array {
  const limit = Math.min(options.limit ?? messageBytesLimit, messageBytesLimit)
  const writer = new MessageWriter(options.compress ?? true)
  const [others, signature] = withoutSignature(message.additionals)
  const kept = optBytes(message.edns) + (signature === undefined ? 0 : recordBytes(signature))
  writer.u16(message.id)
  writer.u16(flagsOf(message))
  for (let count = 0; count < 4; count++) writer.u16(0)
  for (const question of message.questions) {
    writer.name(question.name)
    writer.u16(question.type)
    writer.u16(question.class)
  }
  const needed = writer.length + kept
  if (needed > limit) throw fail('MESSAGE_TOO_LONG', { sizeBytes: needed, limitBytes: limit })
  const room = limit - kept
  const answers = writeSection(writer, message.answers, room, false)
  const isAnswered = answers === message.answers.length
  const authorities = isAnswered ? writeSection(writer, message.authorities, room, false) : 0
  const isCut = !isAnswered || authorities < message.authorities.length
  let additionals = isCut ? 0 : writeSection(writer, others, room, true)
  if (message.edns !== undefined) additionals += writeOpt(writer, message.edns, message.rcode)
  if (signature !== undefined) {
    writeRecord(writer, signature)
    additionals++
  }
  if (isCut) writer.patchU16(2, flagsOf({ ...message, tc: true }))
  const counts = [message.questions.length, answers, authorities, additionals]
  counts.forEach((count, at) => writer.patchU16(4 + at * 2, count))
  return writer.toBytes()
}

/** A transaction signature must stay last (RFC 8945 5.1). */
function withoutSignature(records: readonly ResourceRecord[]): [readonly ResourceRecord[], ResourceRecord | undefined] {
  const last = records.at(-1)
  const isSignature = last?.type === dnsType.TSIG || (last?.type === dnsType.SIG && last.name.length === 1)
  return isSignature ? [records.slice(0, -1), last] : [records, undefined]
}

function flagsOf(message: Message): number {
  const bit = (is: boolean, number: number): number => (is ? number : 0)
  return (
    bit(message.isResponse, 0x8000) +
    (message.opcode & 0xf) * 0x0800 +
    bit(message.aa, 0x0400) +
    bit(message.tc, 0x0200) +
    bit(message.rd, 0x0100) +
    bit(message.ra, 0x0080) +
    bit(message.z, 0x0040) +
    bit(message.ad, 0x0020) +
    bit(message.cd, 0x0010) +
    (message.rcode & 0xf)
  )
}

/**
 * Writes the RRsets that fit, each whole; gives how many records. With `goOn` one that does not fit is passed over, else it is the end.
 */
function writeSection(writer: MessageWriter, records: readonly ResourceRecord[], room: number, goOn: boolean): number {
  let written = 0
  for (let at = 0, end = 0; at < records.length; at = end) {
    end = endOfSet(records, at)
    const before = writer.length
    if (writeSet(writer, records, at, end, room)) written += end - at
    else {
      writer.cut(before)
      if (!goOn) return written
    }
  }
  return written
}

/** False as soon as there is no room. */
function writeSet(writer: MessageWriter, records: readonly ResourceRecord[], at: number, end: number, room: number) {
  for (; at < end; at++) {
    writeRecord(writer, records[at]!)
    if (writer.length > room) return false
  }
  return true
}

/** Where the RRset that begins here ends: records of one name, type and class, and the RRSIGs over them. */
function endOfSet(records: readonly ResourceRecord[], start: number): number {
  const first = records[start]!
  let end = start + 1
  while (end < records.length && isOfSet(records[end]!, first)) end++
  return end
}

function isOfSet(record: ResourceRecord, first: ResourceRecord): boolean {
  const type = record.type === dnsType.RRSIG ? (coveredType(record) ?? record.type) : record.type
  const isSame = record.type === first.type || type === first.type
  return isSame && record.class === first.class && sameName(record.name, first.name)
}

function writeRecord(writer: MessageWriter, record: ResourceRecord): void {
  const { name, type, data } = record
  if (data.length > 0xffff) throw fail('MESSAGE_TOO_LONG', { sizeBytes: data.length, limitBytes: 0xffff })
  // The algorithm's name and the owner of a signature are never compressed.
  writer.name(name, type !== dnsType.TSIG)
  writer.u16(type)
  writer.u16(record.class)
  writer.u32(record.ttl)
  const at = writer.length
  writer.u16(0)
  writeData(writer, packedPlans.get(type), data)
  writer.patchU16(at, writer.length - at - 2)
}

function writeData(writer: MessageWriter, plan: DataPlan | undefined, data: Uint8Array): void {
  let at = 0
  for (const part of plan ?? []) {
    const size = part === 'name' ? nameSizeAt(data, at) : part === 'string' ? 1 + (data[at] ?? 0) : part
    // Data that is not what its type wants goes out as it is; so does none at all, as in updates.
    if (size === undefined || at + size > data.length) break
    const bytes = data.subarray(at, at + size)
    if (part === 'name') writer.name(bytes)
    else writer.put(bytes)
    at += size
  }
  writer.put(data.subarray(at))
}

/** Bytes of the name at an offset; undefined where none stands there. */
function nameSizeAt(data: Uint8Array, start: number): number | undefined {
  let at = start
  while (at < data.length) {
    const length = data[at]!
    if (length > 63) return undefined
    at += 1 + length
    if (length === 0) return at - start <= nameBytesLimit ? at - start : undefined
  }
  return undefined
}

function recordBytes({ name, data }: ResourceRecord): number {
  return name.length + 10 + data.length
}

function optBytes(edns: Edns | undefined): number {
  return edns === undefined ? 0 : edns.options.reduce((sum, { data }) => sum + 4 + data.length, 11)
}

function writeOpt(writer: MessageWriter, edns: Edns, code: number): number {
  writer.u8(0)
  writer.u16(dnsType.OPT)
  writer.u16(edns.udpSize)
  writer.u8(code >>> 4)
  writer.u8(edns.version)
  writer.u16((edns.dnssecOk ? 0x8000 : 0) + (edns.flags & 0x7fff))
  writer.u16(optBytes(edns) - 11)
  for (const option of edns.options) {
    writer.u16(option.code)
    writer.u16(option.data.length)
    writer.put(option.data)
  }
  return 1
}
