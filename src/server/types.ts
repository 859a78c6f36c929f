/**
 * The contract of the server layer: what a user writes (a service), what it is given (peers), and what a
 * running server offers. Every hook is optional but one of `message` and `connection`.
 *
 *   listener ─▶ lane: limits ─▶ framing ─▶ message(message, peer) ─▶ reply ─▶ framing ─▶ peer
 */
import type { Clock } from '../core/index.ts'
import type { Bytes, Framing } from '../framing/index.ts'
import type { Address, ByteStream, DatagramOptions, ListenOptions, Network, Scheme } from '../io/index.ts'

/** What a message handler may answer: nothing (undefined), an empty reply (empty), bytes, or a promise of these. */
export type Answer<Reply> = Reply | undefined | void | Promise<Reply | undefined | void>

/** Why a peer's connection or session ended. */
export interface PeerEnd {
  /**
   * `end`: both sides finished. `reset`: the peer broke it off. `error`: the system did. `closed`: the service
   * asked for it. The others are the server's: `idle`, `frame-timeout` (a frame took too long), `bad-frame`,
   * `handler-error`, `queue-full` (the peer does not read), `drain` (the server stops).
   */
  readonly kind:
    | 'end'
    | 'reset'
    | 'error'
    | 'closed'
    | 'idle'
    | 'frame-timeout'
    | 'bad-frame'
    | 'handler-error'
    | 'queue-full'
    | 'drain'
  readonly error?: Error
}

/** The other end of a message, whatever the transport. */
export interface Peer<Reply = Bytes, State = unknown> {
  readonly transport: Scheme
  readonly address: Address
  /** Our own address that the peer speaks to; undefined where the system does not tell (UDP bound to one address). */
  readonly local: Address | undefined
  /** The service's own data about this peer. On UDP it lives as long as the session; without sessions it may be forgotten. */
  state: State | undefined
  /** Sends a message that is no reply. False when it was dropped, or waits because the peer does not read. */
  send(reply: Reply): boolean
  /** Ends the connection after what is queued, or the session. */
  close(): void
}

/** What a lane tells a service when it starts. */
export interface LaneInfo {
  readonly id: number
  readonly kind: 'inline' | 'thread' | 'process'
  readonly clock: Clock
}

/** What the user writes; give it to `service()`. */
export interface ServiceDefinition<Message = Buffer, Reply = Bytes, State = unknown> {
  /** Names the service in errors, status and metrics. */
  readonly name: string
  /** How streams are cut into messages; datagrams are messages already. @default raw() */
  readonly framing?: Framing<Message, Reply>
  /** Handles one message; what it returns is sent back. */
  message?(message: NoInfer<Message>, peer: Peer<NoInfer<Reply>, State>): Answer<NoInfer<Reply>>
  /** Takes over a whole stream as bytes instead of messages; the connection is closed when it returns. */
  connection?(stream: ByteStream, peer: Peer<NoInfer<Reply>, State>): Promise<void>
  /** A stream peer connected, or a datagram session began. */
  open?(peer: Peer<NoInfer<Reply>, State>): void
  /** A stream peer left, or a session ended. */
  close?(peer: Peer<NoInfer<Reply>, State>, reason: PeerEnd): void
  start?(lane: LaneInfo): void | Promise<void>
  stop?(lane: LaneInfo): void | Promise<void>
  /** Messages are views valid only during the call: a little faster; the handler must be synchronous. @default false */
  readonly borrow?: boolean
  /** Gives datagram peers `open`, `close` and lasting state. */
  readonly sessions?: SessionOptions
  /** Limits that suit this service; `serve` may override them. */
  readonly limits?: Partial<Limits>
  /** UDP ports that are never answered, so that two servers cannot keep each other busy. @default the well-known ones */
  readonly silentPorts?: readonly number[]
}

export interface SessionOptions {
  /** A session ends after this many milliseconds without a datagram. */
  readonly idleMs: number
  /** Sessions at most; beyond it datagrams of new peers are dropped and counted. */
  readonly limit: number
}

/** A service: a checked definition. */
export interface Service<Message = Buffer, Reply = Bytes, State = unknown> {
  readonly definition: ServiceDefinition<Message, Reply, State>
  readonly name: string
}

/** A service of any message type, as listeners and lanes hold it. */
// oxlint-disable-next-line typescript/no-explicit-any -- variance: a handler takes exactly what its own framing makes
export type AnyService = Service<any, any, any>

/** A limit on everything; all have defaults. */
export interface Limits {
  /** Open connections of the server. @default 10_000, or the descriptor limit less 64 if that is lower */
  readonly connections: number
  /** Open connections from one IPv4 address or one IPv6 network of 64 bits; loopback is exempt. @default 256 */
  readonly connectionsPerAddress: number
  /** Longest frame, and longest datagram, in bytes. @default 65_536 */
  readonly frameBytes: number
  /** A connection without traffic is closed after this many milliseconds; 0 for never. @default 60_000 */
  readonly idleMs: number
  /** A frame must be whole this many milliseconds after its first byte; 0 for any time. @default 30_000 */
  readonly frameMs: number
  /** Bytes that may wait for a peer that does not read; beyond it is disconnected. @default 1_048_576 */
  readonly queueBytes: number
  /** Asynchronous handler calls at once for one lane; beyond it datagrams are dropped and streams wait. @default 1_024 */
  readonly inFlight: number
}

export interface ServeOptions {
  /** Addresses, `udp://127.0.0.1:9000`; or with options of the socket. */
  readonly listen: string | readonly (string | ListenTarget)[]
  /** @default 1 */
  readonly lanes?: number
  /** @default 'inline' */
  readonly laneKind?: 'inline' | 'thread' | 'process'
  readonly limits?: Partial<Limits>
  /** Replaces the framing that the service declares. */
  readonly framing?: Framing
  /** Where sockets come from; `lanework/testing` has one in memory. @default the machine's */
  readonly network?: Network
  /** @default the machine's */
  readonly clock?: Clock
  /** Closes the server at once. */
  readonly signal?: AbortSignal
}

/** An address with options of its own. */
export interface ListenTarget {
  readonly address: string | Address
  /** For datagrams; `receiveBufferBytes` is 1 MiB unless given, as far as the system grants it. */
  readonly datagram?: DatagramOptions
  readonly stream?: ListenOptions
}

export interface DrainOptions {
  /** What is still in flight after this many milliseconds is aborted. @default 5_000 */
  readonly deadlineMs?: number
}

/** What became of the work in flight when the server stopped. */
export interface DrainReport {
  /** Handler calls that were running when it began, and finished. */
  readonly finished: number
  /** Handler calls still running at the deadline. */
  readonly aborted: number
  /** Connections closed with nothing of theirs lost. */
  readonly connectionsClosed: number
  /** Connections cut off with a running handler or unsent bytes. */
  readonly connectionsAborted: number
  /** Bytes of replies that could not be sent. */
  readonly bytesDropped: number
  /** Bytes received on streams that no handler got: whole frames behind a busy handler, and parts of frames. */
  readonly bytesUnhandled: number
  readonly tookMs: number
}

/** ready: waits for messages. running: handles one. draining: takes no more. dead: stopped. */
export type LaneState = 'ready' | 'running' | 'draining' | 'dead'

export interface ServerStatus {
  readonly service: string
  readonly network: Network['kind']
  readonly uptimeMs: number
  readonly lanes: readonly {
    readonly id: number
    readonly kind: 'inline' | 'thread' | 'process'
    readonly state: LaneState
    readonly inFlight: number
  }[]
  readonly listeners: readonly ListenerStatus[]
}

export interface ListenerStatus {
  readonly address: string
  readonly connections: number
  readonly counters: Record<string, number>
  /** Datagrams dropped by the kernel; undefined where it cannot be known. */
  readonly kernelDrops: number | undefined
}

/** What a server tells; it never logs. */
export interface ServerEvents {
  handlerError: { readonly error: unknown; readonly peer: Address }
  /** A frame or datagram that could not be understood. */
  badMessage: { readonly error: Error; readonly peer: Address }
  connectionRefused: { readonly peer: Address; readonly reason: 'connections' | 'connectionsPerAddress' }
  /** No descriptor left: accepting goes on after `retryMs`. */
  acceptPaused: { readonly address: Address; readonly error: Error; readonly retryMs: number }
  /** The kernel granted a smaller buffer than was asked for. */
  bufferClamped: { readonly address: Address; readonly wantedBytes: number; readonly grantedBytes: number }
}

/** A running server. */
export interface Server extends AsyncDisposable {
  /** Bound addresses, in the order of `listen`; with port 0 the ones the system chose. */
  readonly addresses: readonly string[]
  status(): ServerStatus
  on<Name extends keyof ServerEvents>(name: Name, listener: (event: ServerEvents[Name]) => void): () => void
  /** Stops taking work, finishes what is in flight, closes. */
  drain(options?: DrainOptions): Promise<DrainReport>
  /** Loads the service anew; RELOAD_NEEDS_LANES with inline lanes. */
  reload(): Promise<void>
  /** Stops at once: what is in flight is aborted. */
  close(): Promise<void>
  /** Resolves when the server has stopped, however it came to that. */
  readonly closed: Promise<void>
}
