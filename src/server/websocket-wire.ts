/** Messages of a WebSocket: they come whole, each reply is a frame, and the end of the connection says why. */
import type { Bytes, FrameDecoder } from '../framing/index.ts'
import { webSocketFrame, type WebSocketConnection, type WebSocketRequest } from '../io/index.ts'
import type { Formatter } from './lane.ts'
import { Prepared } from './prepared.ts'
import type { PeerEnd } from './types.ts'
import type { Wire } from './wire.ts'

/** RFC 6455, section 7.4.1, and IANA's registry; what the protocol itself forbids the receiver answers by itself. */
export const closeCodes: Readonly<Record<PeerEnd['kind'], number>> = {
  end: 1_000,
  closed: 1_000,
  reset: 1_000,
  drain: 1_001,
  idle: 1_001,
  'bad-frame': 1_007,
  'handshake-timeout': 1_008,
  'frame-timeout': 1_008,
  'frame-too-slow': 1_008,
  error: 1_011,
  'handler-error': 1_011,
  'queue-full': 1_013,
}

/** On the wire each message has at least a head and a mask before it, so that many empty ones weigh something too. */
const headBytes = 6

export class WebSocketWire implements Wire {
  readonly connection: WebSocketConnection
  readonly decoder: MessageQueue
  readonly #format: Formatter

  constructor(connection: WebSocketConnection, format: Formatter) {
    this.connection = connection
    this.decoder = new MessageQueue(connection)
    this.#format = format
  }

  get handshake(): WebSocketRequest {
    return this.connection.request
  }

  get isText(): boolean {
    return this.decoder.isText
  }

  encode(reply: unknown): Bytes {
    return reply instanceof Prepared ? reply.frame(this.#format) : webSocketFrame(this.#format(reply))
  }

  end({ kind }: PeerEnd): void {
    this.connection.finish(closeCodes[kind])
  }

  cut({ kind }: PeerEnd): void {
    this.connection.cut(closeCodes[kind], kind === 'queue-full')
  }

  ping(): void {
    this.connection.ping()
  }
}

/** Messages that wait for the handler, in the place of a decoder. */
class MessageQueue implements FrameDecoder {
  /** Of the message taken last. */
  isText = false
  readonly #connection: WebSocketConnection
  #messages: { readonly message: Buffer; readonly isText: boolean }[] = []
  #first = 0
  #waitingBytes = 0

  constructor(connection: WebSocketConnection) {
    this.#connection = connection
  }

  get pendingBytes(): number {
    return this.#waitingBytes + this.#connection.partBytes
  }

  /** Takes a whole message. */
  push(message: Buffer): void {
    this.#messages.push({ message, isText: this.#connection.isText })
    this.#waitingBytes += message.length + headBytes
  }

  next(): Buffer | undefined {
    const next = this.#messages[this.#first]
    if (next === undefined) return undefined
    this.#first++
    if (this.#first === this.#messages.length) {
      this.#messages = []
      this.#first = 0
    }
    this.#waitingBytes -= next.message.length + headBytes
    this.isText = next.isText
    return next.message
  }

  end(): undefined {
    return undefined
  }
}
