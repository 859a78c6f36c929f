/**
 * Zones on their way out (RFC 5936, RFC 1995): messages made one after the other as the client reads, from an image that nobody
 * changes.
 *
 *   AXFR: SOA │ everything else │ SOA           IXFR: SOA new │ SOA old, what goes, SOA new, what comes │ ... │ SOA new
 */
import { dnsClass, rcode } from '../wire/codes.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import { type Edns, type EdnsOption, emptyMessage, type Message, type Question } from '../wire/message-types.ts'
import type { Name } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import { soaOf } from './serial.ts'
import { recordBytes, type ZoneChange } from './zone-change.ts'

/** What the answers to one request have in common. */
export interface Request {
  readonly id: number
  readonly opcode: number
  readonly rd: boolean
  readonly question: Question | undefined
  readonly edns: boolean
}

/** What a message of a transfer holds at most before compression, so that a slow client's next one is small too. */
const messageBytes = 16_384
const largestMessage = 0xffff
/** Header, type and class of the question, OPT, and more than the longest signature. */
const othersBytes = 12 + 4 + 11 + 400
const truncatedBit = 0x02

/** A message with an answer section, or with a response code alone. */
export function answerTo(
  request: Request,
  code: number,
  answers: readonly ResourceRecord[] = [],
  options: readonly EdnsOption[] = [],
): Message {
  const { id, opcode, rd, question } = request
  const opt: Edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options }
  return {
    ...emptyMessage,
    id,
    isResponse: true,
    opcode,
    aa: code === rcode.NOERROR && answers.length > 0,
    rd,
    rcode: code,
    questions: question === undefined ? [] : [question],
    answers,
    ...(request.edns ? { edns: opt } : {}),
  }
}

/** All records of a zone: the SOA, the others, and the SOA once more (RFC 5936 2.2). */
export function* axfrRecords(zone: Zone): Generator<ResourceRecord, void> {
  const soa = soaOf(zone)
  yield soa
  for (const record of zone.records()) if (record.type !== dnsType.SOA) yield record
  yield soa
}

/** What leads from an older version to this one (RFC 1995 4); of the same version the SOA alone. */
export function* ixfrRecords(zone: Zone, changes: readonly ZoneChange[]): Generator<ResourceRecord, void> {
  const soa = soaOf(zone)
  yield soa
  for (const { removed, added } of changes) {
    yield* removed
    yield* added
  }
  if (changes.length > 0) yield soa
}

/** A record that no message of a transfer can hold, whatever signs it. */
export function isTooLong(origin: Name, record: ResourceRecord): boolean {
  return othersBytes + origin.length + recordBytes(record) > largestMessage
}

/**
 * The messages of a transfer, each with as many records as fit; `spareBytes` are left for a signature. Before a record that fits no
 * message the last one says SERVFAIL, as a zone without it would be another zone.
 */
export function* transferMessages(
  request: Request,
  records: Iterable<ResourceRecord>,
  spareBytes: number,
): Generator<Uint8Array, void> {
  let [batch, size]: [ResourceRecord[], number] = [[], 0]
  let first = true
  let failed = false
  const message = (): Uint8Array => {
    // The question may be left out of all but the first (RFC 5936 2.2.1).
    const asked = first ? request : { ...request, question: undefined }
    first = false
    const bytes = encodeMessage(answerTo(asked, rcode.NOERROR, batch), { limit: largestMessage - spareBytes })
    failed = (bytes[2]! & truncatedBit) !== 0
    return failed ? encodeMessage(answerTo(asked, rcode.SERVFAIL)) : bytes
  }
  for (const record of records) {
    const bytes = recordBytes(record)
    if (batch.length > 0 && size + bytes > messageBytes) {
      yield message()
      if (failed) return
      ;[batch, size] = [[], 0]
    }
    batch.push(record)
    size += bytes
  }
  yield message()
}

/** The serial that an IXFR request says its sender has; undefined where it says none (RFC 1995 3). */
export function ixfrSerial({ authorities }: Message): number | undefined {
  const soa = authorities.find(({ type, class: ofClass }) => type === dnsType.SOA && ofClass === dnsClass.IN)
  if (soa === undefined || soa.data.length < 22) return undefined
  return new DataView(soa.data.buffer, soa.data.byteOffset).getUint32(soa.data.length - 20)
}
