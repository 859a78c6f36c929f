/**
 * Queries as a client sends them, and which messages answer them.
 *
 *   id │ RD AD CD │ 1 0 0 1 │ nAmE type class │ OPT: size, DO, options
 *
 * An answer must have the query's id and repeat its question to the bit. With the letters' case drawn at random (draft-vixie-dnsext-dns0x20)
 * each letter is one bit more that a forger has to guess.
 */
import { decodeMessage } from '../wire/decode-message.ts'
import { opcode, rcode } from '../wire/codes.ts'
import type { EdnsOption, Message, Question } from '../wire/message-types.ts'
import { lowerByte, type Name, sameName } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import { randomByte, randomId } from './random-bits.ts'

export interface QueryFlags {
  /** Recursion desired: the server shall ask others. @default true */
  readonly rd?: boolean
  /** Whether the answer is validated shall be told (RFC 6840 5.7). @default false */
  readonly ad?: boolean
  /** Checking disabled: data that fails validation is wanted too (RFC 4035 3.2.2). @default false */
  readonly cd?: boolean
  /** DO: signatures and proofs are wanted (RFC 3225). @default false */
  readonly dnssec?: boolean
  /** Largest answer over UDP, in bytes: 512 to 65,535; 0 leaves EDNS out. @default 1232 */
  readonly udpBytes?: number
  /** EDNS options to send along. @default none */
  readonly options?: readonly EdnsOption[]
  /** Draws the case of the name's letters. @default true */
  readonly mixCase?: boolean
}

const headerBytes = 12
const noOptions: readonly EdnsOption[] = []

/** A query with a random id. */
export function makeQuery({ name, type, class: dnsClass }: Question, flags: QueryFlags = {}): Uint8Array {
  const { udpBytes = 1232, options = noOptions } = flags
  const optBytes = udpBytes === 0 ? 0 : options.reduce((sum, { data }) => sum + 4 + data.length, 11)
  const query = new Uint8Array(headerBytes + name.length + 4 + optBytes)
  const view = new DataView(query.buffer)
  view.setUint16(0, randomId())
  query[2] = flags.rd === false ? 0 : 1
  query[3] = (flags.ad === true ? 0x20 : 0) | (flags.cd === true ? 0x10 : 0)
  query[5] = 1
  query.set(name, headerBytes)
  if (flags.mixCase !== false) mixCase(query, headerBytes, name.length)
  const at = headerBytes + name.length
  view.setUint16(at, type)
  view.setUint16(at + 2, dnsClass)
  if (udpBytes > 0) writeOpt(query, view, at + 4, flags, udpBytes, options)
  return query
}

function writeOpt(
  query: Uint8Array,
  view: DataView,
  at: number,
  { dnssec }: QueryFlags,
  udpBytes: number,
  options: readonly EdnsOption[],
): void {
  query[11] = 1
  view.setUint16(at + 1, dnsType.OPT)
  view.setUint16(at + 3, udpBytes)
  query[at + 7] = dnssec === true ? 0x80 : 0
  view.setUint16(at + 9, query.length - at - 11)
  at += 11
  for (const { code, data } of options) {
    view.setUint16(at, code)
    view.setUint16(at + 2, data.length)
    query.set(data, at + 4)
    at += 4 + data.length
  }
}

/** Letters of a name in either case; its length bytes are no letters, as they are below 64. */
function mixCase(bytes: Uint8Array, start: number, length: number): void {
  let [bits, left] = [0, 0]
  for (let at = start; at < start + length; at++) {
    const lower = lowerByte[bytes[at]!]!
    if (lower < 0x61 || lower > 0x7a) continue
    if (left === 0) [bits, left] = [randomByte(), 8]
    bytes[at] = (bits & 1) === 1 ? lower : lower - 0x20
    bits >>>= 1
    left--
  }
}

/** What a message is to a query. */
export type Verdict =
  /** Not its answer, or one that cannot be read: whoever waits goes on waiting. */
  | 'stray'
  /** Its answer but for the question's case: a server that does not keep it, or a forger. */
  | 'case'
  | Message

/** Bytes of the query's question, from the header on. */
export function questionEnd(query: Uint8Array): number {
  let at = headerBytes
  while (query[at]! > 0) at += 1 + query[at]!
  return at + 5
}

/**
 * Judges a message that came where the query was sent from; with `anyCase` one whose question differs in case alone is an answer too. In
 * an answer, and in its bytes, the name asked for is put back into the case of `name`.
 */
export function judgeAnswer(query: Uint8Array, bytes: Uint8Array, name: Name, anyCase = false): Verdict {
  if (bytes.length < headerBytes || bytes[0] !== query[0] || bytes[1] !== query[1]) return 'stray'
  // QR, and the opcode as it was.
  if (bytes[2]! < 0x80 || ((bytes[2]! >>> 3) & 0xf) !== opcode.QUERY || bytes[4] !== 0) return 'stray'
  const end = questionEnd(query)
  const isBare = bytes[5] === 0 && mayLackQuestion(bytes[3]! & 0xf)
  if (!isBare) {
    if (bytes[5] !== 1 || bytes.length < end) return 'stray'
    const difference = questionDifference(query, bytes, end)
    if (difference === 'stray' || (difference === 'case' && !anyCase)) return difference
  }
  if (!isBare) bytes.set(name, headerBytes)
  try {
    return inCase(decodeMessage(bytes, { trailing: true }), name)
  } catch {
    return 'stray'
  }
}

/** Owners of answers that are no pointers to the question stand there in the case that was sent. */
function inCase(message: Message, name: Name): Message {
  const answers = message.answers.map((record) => {
    return record.name.length === name.length && sameName(record.name, name) ? { ...record, name } : record
  })
  return { ...message, answers }
}

/** Servers that cannot read a query may leave its question out. */
function mayLackQuestion(code: number): boolean {
  return code === rcode.FORMERR || code === rcode.NOTIMP
}

function questionDifference(query: Uint8Array, bytes: Uint8Array, end: number): 'stray' | 'case' | undefined {
  let isSameCase = true
  const nameEnd = end - 4
  for (let at = headerBytes; at < end; at++) {
    const [one, other] = [query[at]!, bytes[at]!]
    if (one === other) continue
    if (at >= nameEnd || lowerByte[one] !== lowerByte[other]) return 'stray'
    isSameCase = false
  }
  return isSameCase ? undefined : 'case'
}
