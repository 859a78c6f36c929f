/** What a server says to other servers: asks for serials and zones, and notifies. Every wait has its end. */
import { randomInt } from 'node:crypto'

import type { Clock } from '../../../core/index.ts'
import { lengthPrefix } from '../../../framing/index.ts'
import { connect, udp } from '../../../io/index.ts'
import { dnsClass, opcode, rcode, rcodeName } from '../wire/codes.ts'
import { decodeMessage } from '../wire/decode-message.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import { emptyMessage, type Message } from '../wire/message-types.ts'
import { type Name, sameName } from '../wire/name.ts'
import { dnsType } from '../wire/types.ts'
import type { Zone } from '../zone/zone.ts'
import type { KeyRing, TsigKey } from './keys.ts'
import type { OtherServer, ZonePolicy } from './options.ts'
import { type Received, transferFailed, ZoneReceiver } from './receive-zone.ts'
import { soaOf, soaTimes } from './serial.ts'
import { signRequest, type TsigChecker } from './tsig.ts'

const answerMs = 2_000
const attempts = 3
const connectMs = 10_000
/** Between two pieces of a transfer. */
const silenceMs = 30_000
/** For all of it. */
const transferMs = 3_600_000
const framing = lengthPrefix({ bytes: 2 })

/** How the owner speaks to others; tests have one without sockets. */
export interface Exchange {
  /** The serial that a server has; undefined where it does not say so over UDP. Throws TRANSFER_FAILED, and what sockets throw. */
  serialAt(server: OtherServer, origin: Name, signal: AbortSignal): Promise<number | undefined>
  /** What is newer than the zone here, or all of it. Throws TRANSFER_FAILED, and what sockets throw. */
  fetch(server: OtherServer, policy: ZonePolicy, here: Zone | undefined, signal: AbortSignal): Promise<Received>
  /** Tells a server of a new version; true once it has answered (RFC 1996 3.6). `waitMs` is for one attempt. */
  notify(server: OtherServer, zone: Zone, waitMs: number, signal: AbortSignal): Promise<boolean>
}

export class NetworkExchange implements Exchange {
  readonly #keys: KeyRing
  readonly #clock: Clock

  constructor(keys: KeyRing, clock: Clock) {
    this.#keys = keys
    this.#clock = clock
  }

  async serialAt(server: OtherServer, origin: Name, signal: AbortSignal): Promise<number | undefined> {
    const query = request(opcode.QUERY, origin, dnsType.SOA)
    let answer: Message | undefined
    for (let attempt = 0; attempt < attempts && answer === undefined; attempt++) {
      answer = await this.#ask(server, query, answerMs, signal)
    }
    if (answer === undefined || answer.tc) return undefined
    if (answer.rcode !== rcode.NOERROR || !answer.aa) {
      const what = answer.rcode === rcode.NOERROR ? 'it is not authoritative' : rcodeName(answer.rcode)
      throw transferFailed(origin, `${serverText(server)} says ${what}`)
    }
    const soa = answer.answers.find(({ name, type }) => type === dnsType.SOA && sameName(name, origin))
    const serial = soa === undefined ? undefined : soaTimes(soa.data)?.serial
    if (serial === undefined) throw transferFailed(origin, `${serverText(server)} gives no SOA`)
    return serial
  }

  async notify(server: OtherServer, zone: Zone, waitMs: number, signal: AbortSignal): Promise<boolean> {
    const message = { ...request(opcode.NOTIFY, zone.origin, dnsType.SOA), aa: true, answers: [soaOf(zone)] }
    const answer = await this.#ask(server, message, waitMs, signal)
    return answer !== undefined && answer.opcode === opcode.NOTIFY
  }

  /** One datagram, and its answer; undefined where none comes that fits and whose signature holds. */
  async #ask(server: OtherServer, message: Message, waitMs: number, signal: AbortSignal): Promise<Message | undefined> {
    const { bytes, checker } = this.#signed(message, server)
    const socket = udp()
    try {
      await socket.connect({ scheme: 'udp', host: server.host, port: server.port })
      await socket.send(bytes)
      const until = this.#clock.monotonicMs() + waitMs
      for (;;) {
        const timeoutMs = until - this.#clock.monotonicMs()
        if (timeoutMs <= 0) return undefined
        const answer = decoded(await socket.recv(0xffff, { timeoutMs, signal }), checker, this.#seconds())
        if (answer?.id === message.id && answer.isResponse && isSameQuestion(answer, message)) return answer
      }
    } catch (error) {
      // A closed port and a silent one are the same to who asks again.
      if (signal.aborted) throw error
      return undefined
    } finally {
      await socket.close()
    }
  }

  async fetch(server: OtherServer, policy: ZonePolicy, here: Zone | undefined, signal: AbortSignal): Promise<Received> {
    const { origin, transferBytes } = policy
    const serial = here?.serial
    const message = request(opcode.QUERY, origin, here === undefined ? dnsType.AXFR : dnsType.IXFR)
    const { bytes, checker } = this.#signed(
      here === undefined ? message : { ...message, authorities: [soaOf(here)] },
      server,
    )
    const receiver = new ZoneReceiver({
      origin,
      id: message.id,
      limitBytes: transferBytes,
      ...(serial === undefined ? {} : { serial }),
    })
    const stream = await connect({ scheme: 'tcp', ...server }, { timeoutMs: connectMs, signal })
    const breakOff = (): void => stream.reset()
    signal.addEventListener('abort', breakOff, { once: true })
    const tooLong = this.#clock.after(transferMs, breakOff)
    stream.timeoutMs = silenceMs
    try {
      await stream.send(framing.encode(bytes))
      for await (const frame of stream.messages(framing, { frameBytes: 0xffff })) {
        const why = checker?.check(frame, this.#seconds())
        if (why !== undefined) throw transferFailed(origin, why)
        const received = receiver.take(frame)
        if (received === undefined) continue
        // The last message is signed (RFC 8945 5.3.1).
        if (checker?.isOpen === true) throw transferFailed(origin, 'the last message is not signed')
        return received
      }
      throw transferFailed(origin, `${serverText(server)} ended it in the middle`)
    } finally {
      tooLong.cancel()
      signal.removeEventListener('abort', breakOff)
      stream.reset()
    }
  }

  #signed(message: Message, { key }: OtherServer): { bytes: Uint8Array; checker: TsigChecker | undefined } {
    const bare = encodeMessage(message)
    const found: TsigKey | undefined = key === undefined ? undefined : this.#keys.get(key)
    return found === undefined ? { bytes: bare, checker: undefined } : signRequest(bare, found, this.#seconds())
  }

  #seconds(): number {
    return this.#clock.wallMs() / 1000
  }
}

/** A question about a zone. */
export function request(operation: number, origin: Name, type: number): Message {
  return {
    ...emptyMessage,
    id: randomInt(0x1_0000),
    opcode: operation,
    questions: [{ name: origin, type, class: dnsClass.IN }],
  }
}

function decoded(bytes: Uint8Array, checker: TsigChecker | undefined, now: number): Message | undefined {
  try {
    const message = decodeMessage(bytes)
    return checker?.check(bytes, now) === undefined ? message : undefined
  } catch {
    return undefined
  }
}

/** Some answer NOTIFY without its question. */
function isSameQuestion({ questions: [theirs] }: Message, { questions: [ours] }: Message): boolean {
  return theirs === undefined || (theirs.type === ours?.type && sameName(theirs.name, ours.name))
}

export function serverText({ host, port }: OtherServer): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
