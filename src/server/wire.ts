/** How messages travel on a stream peer's connection: framed in its bytes, or as those of a WebSocket. */
import type { Bytes, FrameDecoder } from '../framing/index.ts'
import type { StreamConnection, WebSocketRequest } from '../io/index.ts'
import type { Formatter, LaneContext } from './lane.ts'
import { Prepared } from './prepared.ts'
import type { PeerEnd } from './types.ts'

export interface Wire {
  readonly connection: StreamConnection
  readonly decoder: FrameDecoder
  /** What went before the first message; undefined where nothing does. */
  readonly handshake: WebSocketRequest | undefined
  /** Whether the message taken last is text; undefined where nobody says. */
  readonly isText: boolean | undefined
  /** The bytes of a reply, or of what `prepare` made of one. */
  encode(reply: unknown): Bytes
  /** Ends after what is queued. */
  end(reason: PeerEnd): void
  /** Closes at once. */
  cut(reason: PeerEnd): void
  /** Asks for a sign of life, where that can be asked for. */
  ping?(): void
}

/** Messages in the bytes of a connection, by the lane's framing. Throws what the framing throws. */
export class FramedWire implements Wire {
  readonly connection: StreamConnection
  readonly decoder: FrameDecoder
  readonly handshake = undefined
  readonly isText = undefined
  readonly #lane: LaneContext
  readonly #format: Formatter

  constructor(lane: LaneContext, connection: StreamConnection, format: Formatter) {
    this.connection = connection
    this.decoder = lane.framing.decoder(lane.limits.frameBytes)
    this.#lane = lane
    this.#format = format
  }

  encode(reply: unknown): Bytes {
    const { framing } = this.#lane
    return reply instanceof Prepared ? reply.framed(this.#format, framing) : framing.encode(this.#format(reply))
  }

  end(): void {
    this.connection.end()
  }

  cut({ kind }: PeerEnd): void {
    this.connection.destroy(kind === 'queue-full')
  }
}
