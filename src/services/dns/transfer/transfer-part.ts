/**
 * What a lane does about transfers: checks signatures, sends zones and changes, takes notifications, hands updates to the owner.
 *
 *   query ─▶ TSIG holds? ─▶ UPDATE ─▶ owner ─▶ answer        AXFR, IXFR ─▶ may they? ─▶ message after message as they read
 *                         ─▶ NOTIFY ─▶ owner                 anything else signed ─▶ answered, and signed
 */
import type { LaneInfo } from '../../../server/index.ts'
import type { Asked } from '../answer/asked.ts'
import type { LanePart, QuerySource } from '../service/parts.ts'
import { dnsClass, opcode, rcode } from '../wire/codes.ts'
import { decodeMessage } from '../wire/decode-message.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { Message } from '../wire/message-types.ts'
import { formatName, lowerName, sameName } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import { decodeChanges } from './change-list.ts'
import type { TsigKey } from './keys.ts'
import type { TransferPolicy } from './options.ts'
import { sendMessages } from './paced-sending.ts'
import { answerTo, axfrRecords, ixfrRecords, ixfrSerial, type Request, transferMessages } from './send-zone.ts'
import { isNewer, soaOf, soaTimes } from './serial.ts'
import { checkRequest, type TsigSigner } from './tsig.ts'
import { ZonesByName } from './zone-named.ts'

/** A request whose signature, if any, holds. */
interface Checked {
  readonly bare: Uint8Array
  readonly message: Message
  readonly request: Request
  readonly key: TsigKey | undefined
  readonly signer: TsigSigner | undefined
  readonly from: QuerySource
  /** What the client takes over UDP, in bytes. */
  readonly udpBytes: number
}

const largestUdp = 1232

/** The part of a lane that does transfers; `zones` gives those of the last snapshot. */
export function transferPart(policy: TransferPolicy, lane: LaneInfo, zones: () => readonly Zone[]): LanePart {
  return new TransferPart(policy, lane, zones)
}

class TransferPart implements LanePart {
  readonly #policy: TransferPolicy
  readonly #lane: LaneInfo
  readonly #zones: ZonesByName
  readonly #notifying = new Map<string, number | undefined>()
  #sending = 0
  #stopped = false

  constructor(policy: TransferPolicy, lane: LaneInfo, zones: () => readonly Zone[]) {
    this.#policy = policy
    this.#lane = lane
    this.#zones = new ZonesByName(zones)
  }

  stop(): void {
    this.#stopped = true
  }

  take(query: Uint8Array, { udpBytes }: Asked, from: QuerySource): Uint8Array | 'later' | null | undefined {
    const verdict = checkRequest(query, this.#policy.keys, this.#seconds())
    const bytes = verdict.kind === 'signed' ? verdict.bare : query
    // The answer has the id of the request as it came, which may not be the one that was signed.
    if (verdict.kind === 'signed') bytes.set(query.subarray(0, 2))
    const message = decoded(bytes)
    // What is no message at all is for others to refuse.
    if (message === undefined) return undefined
    const { id, rd, questions, edns } = message
    const request = { id, rd, opcode: message.opcode, question: questions[0], edns: edns !== undefined }
    if (verdict.kind === 'refused') return verdict.answer(encodeMessage(answerTo(request, verdict.rcode)))
    const isSigned = verdict.kind === 'signed'
    const [key, signer] = isSigned ? [verdict.key, verdict.signer] : [undefined, undefined]
    return this.#take({ bare: bytes, message, request, key, signer, from, udpBytes })
  }

  #take(checked: Checked): Uint8Array | 'later' | undefined {
    const { message, signer, from, bare } = checked
    if (message.opcode === opcode.UPDATE) return this.#update(checked)
    if (message.opcode === opcode.NOTIFY) return this.#notify(checked)
    const type = message.questions[0]?.type
    const isTransfer = type === dnsType.AXFR || type === dnsType.IXFR
    if (message.opcode === opcode.QUERY && message.questions.length === 1 && isTransfer) {
      return this.#transfer(checked, type)
    }
    if (signer === undefined) return undefined
    const { transport, host } = from
    const answer = from.answerer.answer(bare, { transport, peer: host })
    return answer === undefined ? undefined : this.#signedToFit(checked, answer)
  }

  #signedToFit(checked: Checked, answer: Uint8Array): Uint8Array {
    const { from, signer, udpBytes, request } = checked
    const limit = from.transport === 'udp' ? Math.min(udpBytes, largestUdp) : 0xffff
    if (signer === undefined || answer.length + signer.extraBytes <= limit) return this.#sign(checked, answer)
    // The signature does not fit beside it: the client asks again over TCP.
    return this.#sign(checked, encodeMessage({ ...answerTo(request, answer[3]! & 0xf), tc: true }))
  }

  #sign({ signer }: Checked, bytes: Uint8Array): Uint8Array {
    return signer === undefined ? bytes : signer.sign(bytes, this.#seconds())
  }

  #answer(checked: Checked, code: number): Uint8Array {
    return this.#sign(checked, encodeMessage(answerTo(checked.request, code)))
  }

  /** Who may not is refused here, at no cost for the owner; which looks once more. */
  #update(checked: Checked): Uint8Array | 'later' {
    const { bare, from, key, message } = checked
    const [section, ...more] = message.questions
    if (section === undefined || more.length > 0 || section.type !== dnsType.SOA) {
      return this.#answer(checked, rcode.FORMERR)
    }
    const policy = this.#policy.zones.get(formatName(lowerName(section.name)))
    if (policy?.update.allows(from.host, key) !== true) {
      const isHere = section.class === dnsClass.IN && this.#zones.get(section.name) !== undefined
      return this.#answer(checked, isHere ? rcode.REFUSED : rcode.NOTAUTH)
    }
    // Anybody can write an address into a datagram: alone it counts only where it was shown to be the sender's.
    if (key === undefined && from.transport === 'udp' && !isLoopback(from.host)) {
      return this.#answer(checked, rcode.REFUSED)
    }
    const keyName = key === undefined ? undefined : formatName(key.name)
    const done = this.#lane.shared.call('update', Uint8Array.from(bare), from.host, keyName)
    void done
      .then((answer) => from.reply(this.#sign(checked, answer as Uint8Array)))
      // The owner is gone or slow; whether it made the update nobody knows, and the client may ask.
      .catch(() => from.reply(this.#answer(checked, rcode.SERVFAIL)))
    return 'later'
  }

  /** RFC 1996: only those who may; the answer does not wait for what comes of it. */
  #notify(checked: Checked): Uint8Array {
    const { message, from, key } = checked
    const [question, ...more] = message.questions
    if (question === undefined || more.length > 0 || question.type !== dnsType.SOA || question.class !== dnsClass.IN) {
      return this.#answer(checked, rcode.FORMERR)
    }
    const name = formatName(lowerName(question.name))
    const policy = this.#policy.zones.get(name)
    if (policy === undefined) return this.#answer(checked, rcode.NOTAUTH)
    if (!policy.notified.allows(from.host, key)) return this.#answer(checked, rcode.REFUSED)
    const soa = message.answers.find((record) => record.type === dnsType.SOA && sameName(record.name, question.name))
    this.#tellOwner(name, soa === undefined ? undefined : soaTimes(soa.data)?.serial)
    return this.#sign(checked, encodeMessage({ ...answerTo(checked.request, rcode.NOERROR), aa: true }))
  }

  /** One call a zone at a time, and one more with the last serial: a flood of them costs no more. */
  #tellOwner(zone: string, serial: number | undefined): void {
    const isBusy = this.#notifying.has(zone)
    this.#notifying.set(zone, serial)
    if (isBusy) return
    const tell = (told: number | undefined): void => {
      void this.#lane.shared
        .call('notified', zone, told)
        .catch(() => {})
        .then(() => {
          const last = this.#notifying.get(zone)
          this.#notifying.delete(zone)
          if (last !== told && !this.#stopped) this.#tellOwner(zone, last)
        })
    }
    tell(serial)
  }

  #transfer(checked: Checked, type: number): Uint8Array | 'later' {
    const { message, from, key } = checked
    const [question] = message.questions
    const serial = type === dnsType.IXFR ? ixfrSerial(message) : undefined
    // A zone does not go into datagrams (RFC 5936 4.2); IXFR says what is here already (RFC 1995 3).
    const isWrong = type === dnsType.AXFR ? from.transport === 'udp' : serial === undefined
    if (isWrong || question === undefined) return this.#answer(checked, rcode.FORMERR)
    const zone = question.class === dnsClass.IN ? this.#zones.get(question.name) : undefined
    if (zone === undefined) return this.#answer(checked, rcode.NOTAUTH)
    const policy = this.#policy.zones.get(formatName(zone.origin))
    if (policy?.transfer.allows(from.host, key) !== true) return this.#answer(checked, rcode.REFUSED)
    if (zone.image.isStandIn) return this.#answer(checked, rcode.SERVFAIL)
    if (serial !== undefined && !isNewer(zone.serial, serial)) return this.#soaAlone(checked, zone)
    if (this.#sending >= this.#policy.transfersAtOnce) return this.#answer(checked, rcode.REFUSED)
    this.#sending++
    void this.#send(checked, zone, serial).finally(() => this.#sending--)
    return 'later'
  }

  #soaAlone(checked: Checked, zone: Zone): Uint8Array {
    return this.#sign(checked, encodeMessage(answerTo(checked.request, rcode.NOERROR, [soaOf(zone)])))
  }

  async #send(checked: Checked, zone: Zone, serial: number | undefined): Promise<void> {
    const { from, request, signer } = checked
    const changes = serial === undefined ? undefined : await this.#changes(zone, serial)
    const records = changes === undefined ? axfrRecords(zone) : ixfrRecords(zone, changes)
    const spare = signer?.extraBytes ?? 0
    if (from.transport === 'udp') {
      // What does not fit comes over TCP: the SOA alone says so (RFC 1995 4).
      const limit = Math.min(checked.udpBytes, largestUdp) - spare
      const whole = changes === undefined ? undefined : onlyMessage(transferMessages(request, records, spare))
      from.reply(
        whole !== undefined && whole.length <= limit ? this.#sign(checked, whole) : this.#soaAlone(checked, zone),
      )
      return
    }
    const messages = transferMessages(request, records, spare)
    await sendMessages(
      messages,
      from,
      (bytes) => this.#sign(checked, bytes),
      () => this.#stopped,
    )
  }

  async #changes(zone: Zone, serial: number): Promise<ReturnType<typeof decodeChanges> | undefined> {
    try {
      const bytes = await this.#lane.shared.call('changes', formatName(zone.origin), serial, zone.serial)
      return bytes === undefined ? undefined : decodeChanges(bytes as Uint8Array)
    } catch {
      return undefined
    }
  }

  #seconds(): number {
    return this.#lane.clock.wallMs() / 1000
  }
}

/** Datagrams with these come from this machine alone. */
function isLoopback(host: string): boolean {
  return /^(?:::ffff:)?127\./i.test(host) || host === '::1'
}

function decoded(bytes: Uint8Array): Message | undefined {
  try {
    return decodeMessage(bytes)
  } catch {
    return undefined
  }
}

/** The first message where there is no second one. */
function onlyMessage(messages: Generator<Uint8Array, void>): Uint8Array | undefined {
  const first = messages.next()
  return first.done !== true && messages.next().done === true ? first.value : undefined
}
