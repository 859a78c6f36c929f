/** The contract of WebSockets, accepted and opened. */
import type { Bytes } from '../../framing/index.ts'
import type { InternetAddress } from '../address.ts'
import type { CloseReason, Network, StreamConnection, StreamEvents } from '../types.ts'

/** What a WebSocket tells its owner; `onData` is given whole messages, and `onClose` an `end` only where the peer said so. */
export interface WebSocketEvents extends StreamEvents {
  /** Bytes came, or a pong did: the peer is there. `partBytes` of the connection tells of a message that is not whole yet. */
  onProgress(bytes: number): void
  /** The peer broke the protocol (FRAME_INVALID, FRAME_TOO_LONG); it has been told, and nothing more will come. */
  onBroken(error: Error): void
}

/** What the peer asked for in its handshake. */
export interface WebSocketRequest {
  /** With its query. */
  readonly path: string
  /** The page that it comes from, as the browser says; undefined for programs. */
  readonly origin: string | undefined
  /** The sub-protocol that was agreed on; empty for none. */
  readonly protocol: string
}

/** An accepted WebSocket (RFC 6455): a connection whose data are whole messages, and which is written whole frames. */
export interface WebSocketConnection extends StreamConnection {
  readonly request: WebSocketRequest
  /** Whether the message in hand came as text; valid during `onData`. */
  readonly isText: boolean
  /** Bytes of a message that is not whole yet. */
  readonly partBytes: number
  start(events: WebSocketEvents): void
  /** Asks the peer for a sign of life; dropped while bytes wait. */
  ping(): void
  /** Says goodbye with a code of RFC 6455, section 7.4, after what is queued; the connection ends once the peer has answered. */
  finish(code: number): void
  /** Says goodbye where there is room for it, and closes at once; `reset` makes the peer see a reset. */
  cut(code: number, reset: boolean): void
}

/** Which pages may connect: origins as browsers send them (`https://example.org`), or `*` for all. */
export type Origins = readonly string[] | '*'

export interface AcceptorOptions {
  /** Where WebSockets are accepted. */
  readonly address: InternetAddress
  /** Longest message accepted, in bytes. */
  readonly messageBytes: number
  /** @default pages of the same host, and programs that are no browsers */
  readonly origins?: Origins | undefined
  /** Sub-protocols in the order of preference; the first that the client offers is chosen. @default none */
  readonly protocols?: readonly string[] | undefined
  /** A folder whose files are served to browsers beside the WebSocket. */
  readonly pages?: URL | undefined
}

/** What becomes of an accepted connection. */
export interface VisitEvents {
  /** It is a WebSocket now, to be started in this turn; the visit is over. */
  onOpen(connection: WebSocketConnection): void
  /** A request was answered with this status. */
  onAnswered(status: number): void
  /** A handshake was refused with this status, or was no HTTP at all (400, 431). */
  onRefused(status: number, reason: string): void
  /** The connection ended without ever becoming a WebSocket. */
  onClose(reason: CloseReason): void
}

/** A connection that speaks HTTP, until it becomes a WebSocket. */
export interface Visit {
  /** asking: a request is on its way. answering: its answer is. resting: between requests. leaving: our side has ended. */
  readonly state: 'asking' | 'answering' | 'resting' | 'leaving'
  /** Requests so far. */
  readonly requests: number
  readonly queuedBytes: number
  /** It took too long to ask: answers 408 and ends. */
  timeOut(): void
  /** Ends after what is queued. */
  end(): void
  destroy(): void
}

export interface WebSocketAcceptor {
  /** Takes over an accepted connection, in the turn that hands it over. */
  accept(connection: StreamConnection, events: VisitEvents): Visit
}

export interface WebSocketClientOptions {
  /** Until the server has accepted, connecting included. @default 10_000 */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
  /** Sub-protocols to offer. @default none */
  readonly protocols?: readonly string[]
  /** The page it pretends to come from. @default none, as programs do */
  readonly origin?: string
  /** Longest message accepted, in bytes. @default 1_048_576 */
  readonly messageBytes?: number
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
}

export interface WebSocketMessage {
  readonly data: Buffer
  readonly isText: boolean
}

/** How a WebSocket ended: the code of RFC 6455, section 7.4; 1005 for none, 1006 when there was no goodbye. */
export interface WebSocketEnd {
  readonly code: number
  readonly reason: string
}

/** A WebSocket to a server, read with `receive` or `for await`. */
export interface WebSocketClient extends AsyncIterable<WebSocketMessage>, AsyncDisposable {
  readonly address: InternetAddress
  /** The sub-protocol that the server chose; empty for none. */
  readonly protocol: string
  /** Resolves when the connection is gone. */
  readonly closed: Promise<WebSocketEnd>
  /** Sends a string as text, bytes as binary; resolves once the system has it. Throws CLOSED. */
  send(message: Bytes): Promise<void>
  /**
   * The next message; undefined once the server has said goodbye and all is taken.
   * Throws CONNECTION_RESET when it broke off, FRAME_INVALID when it broke the protocol.
   */
  receive(): Promise<WebSocketMessage | undefined>
  /** Says goodbye and waits for the answer, 2 seconds at most. */
  close(code?: number, reason?: string): Promise<WebSocketEnd>
  /** Breaks off. */
  terminate(): void
}
