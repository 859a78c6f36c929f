/** Answers brought into a form in which two servers' can be compared: what must be equal as texts, in no order. */
import {
  decodeMessage,
  dnsType,
  encodeMessage,
  formatName,
  formatRecord,
  lowerName,
  type Message,
  parseName,
  rcodeName,
  type ResourceRecord,
  typeName,
  typeNumber,
} from '#lanework/services/dns/index.js'
import { emptyMessage } from './dns-messages.js'

export interface Asking {
  readonly name: string
  readonly type: string
  /** @default false */
  readonly dnssec?: boolean
  /** @default 1232; 0 for a query without EDNS */
  readonly udpBytes?: number
}

export function queryOf({ name, type, dnssec = false, udpBytes = 1232 }: Asking): Uint8Array {
  const question = { name: parseName(name), type: typeNumber(type)!, class: 1 }
  const edns = { udpSize: udpBytes, version: 0, dnssecOk: dnssec, flags: 0, options: [] }
  return encodeMessage({ ...emptyMessage, questions: [question], ...(udpBytes > 0 ? { edns } : {}) })
}

export interface Compared {
  readonly header: string
  readonly answers: string
  readonly authorities: string
  /** Of referrals only. */
  readonly glue: string
}

export function comparable(bytes: Uint8Array): Compared {
  const message = decodeMessage(bytes)
  const isPositive = message.answers.length > 0
  const isReferral = !isPositive && message.authorities.some(({ type }) => type === dnsType.NS)
  const authorities = message.authorities.filter((record) => !(isPositive && isHosts(record)))
  return {
    header: headerOf(message),
    answers: textsOf(message.answers),
    // What a cut answer still holds is the server's choice.
    authorities: message.tc ? '' : textsOf(authorities),
    glue: isReferral && !message.tc ? textsOf(message.additionals) : '',
  }
}

export function isEqual(a: Compared, b: Compared): boolean {
  return a.header === b.header && a.answers === b.answers && a.authorities === b.authorities && a.glue === b.glue
}

/** NS of the zone, or the signature over it, beside a positive answer. */
function isHosts({ type, data }: ResourceRecord): boolean {
  return type === dnsType.NS || (type === dnsType.RRSIG && data[1] === dnsType.NS && data[0] === 0)
}

function headerOf(message: Message): string {
  const bits = (['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter((bit) => message[bit])
  const edns = message.edns === undefined ? '' : message.edns.dnssecOk ? ' EDNS do' : ' EDNS'
  const asked = message.questions.map(({ name, type }) => `${formatName(name)} ${typeName(type)}`).join(', ')
  return `${rcodeName(message.rcode)} ${bits.join(' ')}${edns} ? ${asked}`
}

function textsOf(records: readonly ResourceRecord[]): string {
  return records.map(lineOf).sort().join('\n')
}

/** Many answers hold the same records, and writing one takes longer than finding it. */
const lines = new Map<string, string>()
const linesLimit = 50_000

function lineOf(record: ResourceRecord): string {
  const key = keyOf(record)
  let line = lines.get(key)
  if (line === undefined) {
    line = formatRecord({ ...record, name: lowerName(record.name) }).toLowerCase()
    if (lines.size >= linesLimit) lines.clear()
    lines.set(key, line)
  }
  return line
}

const scratch = Buffer.alloc(0x1_1000)

/** All of the record, as a text of its bytes. */
function keyOf({ name, type, class: recordClass, ttl, data }: ResourceRecord): string {
  let at = scratch.writeUInt32BE(ttl, 0)
  at = scratch.writeUInt16BE(type, at)
  at = scratch.writeUInt16BE(recordClass, at)
  for (const byte of [name, data]) {
    for (let from = 0; from < byte.length; from++) scratch[at++] = byte[from]!
  }
  return scratch.toString('latin1', 0, at)
}

export function textOf({ header, answers, authorities, glue }: Compared): string {
  return [header, 'answer:', answers, 'authority:', authorities, 'glue:', glue].join('\n')
}
