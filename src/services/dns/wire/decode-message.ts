/**
 * Bytes to a message (RFC 1035 4.1).
 *
 *   id | flags | four counts | questions | answers | authorities | additionals
 *   flags: QR opcode(4) AA TC RD RA Z AD CD rcode(4)
 */
import type { Edns, EdnsOption, Message, Question } from './message-types.ts'
import { headerBytes, MessageReader } from './message-reader.ts'
import type { ResourceRecord } from './record.ts'
import { dnsType } from './types.ts'

export interface DecodeOptions {
  /** Takes messages that go on after their last record, and leaves the rest out. @default false */
  readonly trailing?: boolean
}

/** Most that a record says beyond 31 bits is read as zero (RFC 2181 8). */
const ttlLimit = 0x7fff_ffff

/**
 * Reads a message. Counts must be true, names sound, and nothing may follow the last record; data is checked by recordValue only,
 * except that names in it are written out. Work and memory are bounded by the message's length.
 * Throws DNS_MESSAGE_INVALID, with the offset in bytes.
 */
export function decodeMessage(bytes: Uint8Array, options: DecodeOptions = {}): Message {
  const reader = new MessageReader(bytes)
  reader.need(headerBytes)
  const id = reader.u16()
  const flags = reader.u16()
  const [questionCount, answerCount, authorityCount, additionalCount] = [
    reader.u16(),
    reader.u16(),
    reader.u16(),
    reader.u16(),
  ]
  const questions = Array.from(upTo(reader, questionCount, 5), () => readQuestion(reader))
  const answers = readSection(reader, answerCount)
  const authorities = readSection(reader, authorityCount)
  const all = readSection(reader, additionalCount)
  if (reader.left > 0 && options.trailing !== true) throw reader.refuse(`${reader.left} bytes follow the last record`)
  const opt = optOf(reader, [answers, authorities, all])
  const edns = opt === undefined ? undefined : ednsOf(reader, opt)
  const bit = (number: number): boolean => (flags & number) !== 0
  return {
    id,
    isResponse: bit(0x8000),
    opcode: (flags >>> 11) & 0xf,
    aa: bit(0x0400),
    tc: bit(0x0200),
    rd: bit(0x0100),
    ra: bit(0x0080),
    z: bit(0x0040),
    ad: bit(0x0020),
    cd: bit(0x0010),
    rcode: (flags & 0xf) + (opt === undefined ? 0 : (opt.ttl >>> 24) * 16),
    questions,
    answers,
    authorities,
    additionals: opt === undefined ? all : all.filter((record) => record !== opt),
    ...(edns === undefined ? {} : { edns }),
  }
}

/** An array to fill; a count that the message has no room for is refused before anything is read. */
function upTo(reader: MessageReader, count: number, smallest: number): { length: number } {
  if (count * smallest > reader.left) throw reader.refuse(`${count} entries announced in ${reader.left} bytes`)
  return { length: count }
}

function readQuestion(reader: MessageReader): Question {
  return { name: reader.name(), type: reader.u16(), class: reader.u16() }
}

function readSection(reader: MessageReader, count: number): ResourceRecord[] {
  return Array.from(upTo(reader, count, 11), () => readRecord(reader))
}

function readRecord(reader: MessageReader): ResourceRecord {
  const name = reader.name()
  const type = reader.u16()
  const dnsClass = reader.u16()
  const ttl = reader.u32()
  const size = reader.u16()
  const data = reader.data(type, size)
  return { name, type, class: dnsClass, ttl: type === dnsType.OPT || ttl <= ttlLimit ? ttl : 0, data }
}

/** The OPT record: at most one, among the additionals, owned by the root (RFC 6891 6.1.1). */
function optOf(reader: MessageReader, [answers, authorities, all]: ResourceRecord[][]): ResourceRecord | undefined {
  const isOpt = ({ type }: ResourceRecord): boolean => type === dnsType.OPT
  const found = (all ?? []).filter(isOpt)
  if ((answers ?? []).some(isOpt) || (authorities ?? []).some(isOpt)) throw reader.refuse('OPT outside the additionals')
  if (found.length > 1) throw reader.refuse('two OPT records')
  if (found[0] !== undefined && found[0].name.length > 1) throw reader.refuse("OPT's owner is not the root")
  return found[0]
}

function ednsOf(reader: MessageReader, opt: ResourceRecord): Edns {
  const options: EdnsOption[] = []
  const { data } = opt
  for (let at = 0; at < data.length;) {
    const size = data[at + 2]! * 0x100 + data[at + 3]!
    if (!(at + 4 + size <= data.length)) throw reader.refuse('an EDNS option goes on past its record')
    options.push({ code: data[at]! * 0x100 + data[at + 1]!, data: data.subarray(at + 4, at + 4 + size) })
    at += 4 + size
  }
  return {
    udpSize: opt.class,
    version: (opt.ttl >>> 16) & 0xff,
    dnssecOk: (opt.ttl & 0x8000) !== 0,
    flags: opt.ttl & 0x7fff,
    options,
  }
}
