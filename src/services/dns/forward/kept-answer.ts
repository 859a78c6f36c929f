/** Makes what the cache keeps: of an upstream's answer, of records of our own, of a failure. */
import { encodeMessage } from '../wire/encode-message.ts'
import { ednsCode, rcode } from '../wire/codes.ts'
import { emptyMessage, type Message, type Question } from '../wire/message-types.ts'
import type { ResourceRecord } from '../wire/record.ts'
import type { KeptAnswer } from './entry.ts'
import { scrub, type TtlLimits } from './scrub.ts'

const headerBytes = 12
const nothing = new Uint8Array(0)

/** What of an upstream's answer may be passed on; undefined for one that is of no use. */
export function keptOf(
  message: Message,
  question: Question,
  dnssec: boolean,
  trustAd: boolean,
  limits: TtlLimits,
): KeptAnswer | undefined {
  // Half an answer says of the other half that it is not there.
  if (message.tc) return undefined
  const scrubbed = scrub(message, question, dnssec, limits)
  if (scrubbed === undefined) return undefined
  const { answers, authorities, rcode: code, ttl } = scrubbed
  const records = encoded(question, answers, authorities)
  // Names in data that servers compress take more here than they took there.
  if (records.counts[0] !== answers.length || records.counts[1] !== authorities.length) return undefined
  return {
    ...records,
    rcode: code,
    authentic: trustAd && message.ad,
    local: false,
    ttl,
    ede: extendedError(message),
  }
}

/** An answer of our own. */
export function localAnswer(
  question: Question,
  code: number,
  answers: readonly ResourceRecord[],
  ttl: number,
  ede: number | undefined,
): KeptAnswer {
  return { ...encoded(question, answers, []), rcode: code, authentic: false, local: true, ttl, ede }
}

/** Nobody could be asked, or nobody knew. */
export function failureAnswer(ttl: number, ede: number | undefined): KeptAnswer {
  const counts = [0, 0, 0] as const
  return { rcode: rcode.SERVFAIL, authentic: false, local: false, tail: nothing, ttlOffsets: [], counts, ttl, ede }
}

/** The code of the first extended error that a server gives; undefined for none. */
export function extendedError({ edns }: Message): number | undefined {
  const option = edns?.options.find(({ code, data }) => code === ednsCode.EDE && data.length >= 2)
  return option === undefined ? undefined : option.data[0]! * 0x100 + option.data[1]!
}

function encoded(question: Question, answers: readonly ResourceRecord[], authorities: readonly ResourceRecord[]) {
  const bytes = encodeMessage({ ...bare, questions: [question], answers, authorities })
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  const counts = [view.getUint16(6), view.getUint16(8), view.getUint16(10)] as const
  const start = headerBytes + question.name.length + 4
  return { tail: bytes.slice(start), counts, ttlOffsets: ttlOffsets(bytes, start, counts[0] + counts[1] + counts[2]) }
}

const bare: Message = { ...emptyMessage, isResponse: true, rd: true, ra: true }

/** Where the TTLs of a message's records stand. */
function ttlOffsets(bytes: Uint8Array, start: number, count: number): number[] {
  const offsets: number[] = []
  let at = start
  for (let record = 0; record < count; record++) {
    while (bytes[at]! > 0 && bytes[at]! < 0xc0) at += 1 + bytes[at]!
    at += bytes[at] === 0 ? 1 : 2
    offsets.push(at + 4)
    at += 10 + bytes[at + 8]! * 0x100 + bytes[at + 9]!
  }
  return offsets
}
