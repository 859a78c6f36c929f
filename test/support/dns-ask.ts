/** Asking the engine in tests: a query in words, the answer as a message. */
import {
  answerQuery,
  decodeMessage,
  formatRecord,
  type Message,
  rcodeName,
  type Zone,
} from '#lanework/services/dns/index.js'
import { type Asking, queryOf } from './dns-compare.js'

/** Asks over UDP, by default without EDNS. */
export function ask(zones: readonly Zone[], name: string, type = 'A', more: Partial<Asking> = {}): Message {
  return decodeMessage(answerQuery(zones, queryOf({ name, type, udpBytes: 0, ...more }), { transport: 'udp' })!)
}

/** Records as texts with one blank between their parts, without the class. */
export function lines(records: Message['answers']): string[] {
  return records.map((record) =>
    formatRecord(record)
      .replace(/\s+IN\s+/, ' ')
      .replace(/\s+/g, ' '),
  )
}

/** `NOERROR aa`, with the bits that are set. */
export function head(message: Message): string {
  const bits = (['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const).filter((bit) => message[bit])
  return [rcodeName(message.rcode), ...bits].join(' ')
}
