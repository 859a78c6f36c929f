/** Answers for class CHAOS: what the server is called, for who operates it (RFC 4892). */
import type { Asked } from '../answer/asked.ts'
import { dnsClass, rcode } from '../wire/codes.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import { emptyMessage } from '../wire/message-types.ts'
import { parseName, sameName } from '../wire/name.ts'
import { dataOf } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import type { ChaosOptions } from './options.ts'
import type { LanePart } from './parts.ts'
import { questionOf } from './question.ts'

/** Takes queries of class CHAOS for the names that have a text; the others are not for it. */
export function chaosPart({ version, id }: ChaosOptions, udpBytes: number): LanePart {
  const texts = [
    ['version.bind.', version],
    ['version.server.', version],
    ['id.server.', id],
    ['hostname.bind.', id],
  ] as const
  const known = texts.flatMap(([name, text]) => (text === undefined ? [] : [{ name: parseName(name), text }]))
  return {
    take(query, asked) {
      if (asked.class !== dnsClass.CH || asked.rcode !== rcode.NOERROR) return undefined
      const one = known.find(({ name }) => sameName(name, asked.name.nameFrom(0)))
      return one === undefined ? undefined : answerText(query, asked, one.text, udpBytes)
    },
  }
}

function answerText(query: Uint8Array, asked: Asked, text: string, udpBytes: number): Uint8Array {
  const question = questionOf(query)!
  const isText = asked.type === dnsType.TXT || asked.type === dnsType.ANY
  const data = dataOf({ type: 'TXT', texts: [Buffer.from(text).toString('latin1')] })
  const record = { name: question.name, type: dnsType.TXT, class: dnsClass.CH, ttl: 0, data }
  return encodeMessage({
    ...emptyMessage,
    id: query[0]! * 0x100 + query[1]!,
    isResponse: true,
    aa: true,
    rd: (query[2]! & 1) !== 0,
    cd: (query[3]! & 0x10) !== 0,
    questions: [question],
    answers: isText ? [record] : [],
    ...(asked.hasEdns
      ? { edns: { udpSize: udpBytes, version: 0, dnssecOk: asked.dnssec, flags: 0, options: [] } }
      : {}),
  })
}
