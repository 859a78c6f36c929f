/** The other end of a talk as messages, whichever transport: one interface, three implementations. */
import { isUtf8 } from 'node:buffer'

import type { FrameDecoder, Framing } from '../../framing/index.ts'
import {
  connect,
  connectWebSocket,
  formatAddress,
  isDatagram,
  udp,
  type Address,
  type ByteStream,
  type UdpSocket,
  type WebSocketClient,
} from '../../io/index.ts'

/** What a link tells its session. */
export interface LinkEvents {
  message(bytes: Buffer, from: string): void
  /** A fault that does not end the link: a closed UDP port. */
  fault(error: unknown): void
  /** Nothing will come any more; with an error when the peer broke off. */
  end(error?: unknown): void
}

export interface Link {
  send(payload: Buffer): Promise<void>
  /** Our side has no more to send. */
  finish(): void
  close(): Promise<void>
}

/** Opens a link; stream links throw CONNECTION_REFUSED and the like here, UDP learns it later. */
export async function openLink(
  address: Address,
  framing: Framing,
  frameBytes: number,
  events: LinkEvents,
): Promise<Link> {
  if (isDatagram(address)) return DatagramLink.open(address, events)
  if (address.scheme === 'ws') {
    return new WebSocketLink(await connectWebSocket(address, { messageBytes: frameBytes }), events)
  }
  return new StreamLink(await connect(address), framing, frameBytes, events)
}

class DatagramLink implements Link {
  readonly #socket: UdpSocket
  readonly #events: LinkEvents
  #closed = false

  private constructor(socket: UdpSocket, events: LinkEvents) {
    this.#socket = socket
    this.#events = events
    void this.#receive()
  }

  static async open(address: Address, events: LinkEvents): Promise<Link> {
    const socket = udp()
    try {
      return new DatagramLink(await socket.connect(address), events)
    } catch (error) {
      await socket.close()
      throw error
    }
  }

  async send(payload: Buffer): Promise<void> {
    try {
      await this.#socket.send(payload)
    } catch (error) {
      // A closed port is reported by the send that follows the one it refused.
      if ((error as { code?: string }).code !== 'CONNECTION_REFUSED') throw error
      this.#events.fault(error)
    }
  }

  finish(): void {
    // UDP has no end to send.
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#socket.close()
  }

  async #receive(): Promise<void> {
    while (!this.#closed) {
      try {
        const { message, source } = await this.#socket.recvFrom()
        this.#events.message(message, formatAddress(source))
      } catch (error) {
        if (this.#closed) return
        this.#events.fault(error)
      }
    }
  }
}

class StreamLink implements Link {
  readonly #stream: ByteStream
  readonly #framing: Framing
  readonly #events: LinkEvents
  readonly #decoder: FrameDecoder

  constructor(stream: ByteStream, framing: Framing, frameBytes: number, events: LinkEvents) {
    this.#stream = stream
    this.#framing = framing
    this.#events = events
    this.#decoder = framing.decoder(frameBytes)
    this.#receive().then(
      () => events.end(),
      (error: unknown) => events.end(error),
    )
  }

  send(payload: Buffer): Promise<void> {
    return this.#stream.send(this.#framing.encode(payload))
  }

  finish(): void {
    this.#stream.end()
  }

  close(): Promise<void> {
    return this.#stream.close()
  }

  async #receive(): Promise<void> {
    const from = formatAddress(this.#stream.remote)
    for await (const chunk of this.#stream) {
      this.#decoder.push(chunk)
      for (let frame = this.#decoder.next(); frame !== undefined; frame = this.#decoder.next()) {
        this.#events.message(frame, from)
      }
    }
    const last = this.#decoder.end()
    if (last !== undefined) this.#events.message(last, from)
  }
}

class WebSocketLink implements Link {
  readonly #socket: WebSocketClient

  constructor(socket: WebSocketClient, events: LinkEvents) {
    this.#socket = socket
    this.#receive(events).then(
      () => events.end(),
      (error: unknown) => events.end(error),
    )
  }

  /** What a person types is text; what is none goes as bytes. */
  send(payload: Buffer): Promise<void> {
    return this.#socket.send(isUtf8(payload) ? String(payload) : payload)
  }

  finish(): void {
    // A WebSocket has no half-close: replies that are on their way would be lost.
  }

  async close(): Promise<void> {
    await this.#socket.close()
  }

  async #receive(events: LinkEvents): Promise<void> {
    const from = formatAddress(this.#socket.address)
    for await (const { data } of this.#socket) events.message(data, from)
  }
}
