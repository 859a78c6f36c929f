/**
 * The contract of the server layer: what a user writes (a service), what it is given (peers), and what a
 * running server offers. Every hook is optional but one of `message` and `connection`.
 *
 *   listener ─▶ lane: limits ─▶ framing ─▶ message(message, peer) ─▶ reply ─▶ framing ─▶ peer
 */
import type { Clock } from '../core/index.ts'
import type { Bytes, Framing } from '../framing/index.ts'
import type { Address, ByteStream, Moment, Origins, Scheme, WebSocketRequest } from '../io/index.ts'
import type { Limits } from './option-types.ts'
import type { Prepared } from './prepared.ts'

/** What a message handler may answer: nothing (undefined), an empty reply (empty), bytes, or a promise of these. */
export type Answer<Reply> = Reply | undefined | void | Promise<Reply | undefined | void>

/** Why a peer's connection or session ended. */
export interface PeerEnd {
  /**
   * `end`: both sides finished. `reset`: the peer broke it off. `error`: the system did. `closed`: the service
   * asked for it. The others are the server's: `idle`, `handshake-timeout` (no whole frame in time), `frame-timeout` (a frame
   * took too long), `frame-too-slow`, `bad-frame`, `handler-error`, `queue-full` (the peer does not read), `drain` (the
   * server stops). A WebSocket is told so by its close code, and its end is an `end` after a goodbye, a `reset` without one.
   */
  readonly kind:
    | 'end'
    | 'reset'
    | 'error'
    | 'closed'
    | 'idle'
    | 'handshake-timeout'
    | 'frame-timeout'
    | 'frame-too-slow'
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
  /** Of datagram peers: the address that the server listens on, see `LaneInfo.openPeer`. */
  readonly listener?: Address
  /**
   * When the datagram that is being handled came, by the system's real-time clock; valid during the call, and only where the
   * service asks for `timestamps`.
   */
  readonly received?: Moment | undefined
  /** Whether the message that is being handled came as text; valid during the call, and only on WebSockets. */
  readonly isText?: boolean | undefined
  /** What it asked for when it connected: path, origin and sub-protocol; only on WebSockets. */
  readonly handshake?: WebSocketRequest | undefined
  /** The `protocol` of the address that it speaks to. */
  readonly protocol?: string | undefined
  /** The service's own data about this peer. On UDP it lives as long as the session; without sessions it may be forgotten. */
  state: State | undefined
  /**
   * Sends a message that is no reply, or what `prepare` made of one for many peers. False when it was dropped, or waits because
   * the peer does not read.
   */
  send(reply: Reply | Prepared<Reply>): boolean
  /**
   * Resolves in a later turn of the event loop, once nothing waits for a peer that does not read: at once on UDP. False where it is
   * gone. So a long answer is sent piece by piece.
   */
  drained(): Promise<boolean>
  /**
   * Of datagram peers: begins the session, where the service's sessions begin only when `asked`: it has proved its address, or needs not.
   * From then on `replyFactor` does not bound what it gets. False when there are too many, and for services without sessions.
   */
  open?(): boolean
  /** Ends the connection after what is queued, or the session. */
  close(): void
}

/** inline: the calling thread. thread: a worker thread. process: a process of its own. */
export type LaneKind = 'inline' | 'thread' | 'process'

/** What a lane tells a service when it starts. */
export interface LaneInfo {
  /** 0 to `lanes` - 1; the successor of a dead lane has its number. */
  readonly id: number
  readonly kind: LaneKind
  readonly clock: Clock
  /** The way to what the service's `shared` made; its calls fail with METHOD_UNKNOWN when there is none. */
  readonly shared: SharedAccess
  /**
   * Begins a session with a datagram peer that has sent nothing to this lane: one of a lane that has ended, say. `listener` is the address
   * that it knows, one of this lane's. Undefined where there is none, when there are too many sessions, and for services without sessions.
   */
  openPeer(address: Address, listener: Address): Peer<unknown, unknown> | undefined
  /** Cells of what the service declares in `counters`, in that order: add to them. Operators see the sums of all lanes. */
  readonly counters: Float64Array
}

/** What a service's `shared` is told: it runs once per server, whatever the number of lanes. */
export interface SharedServer {
  readonly clock: Clock
  /** 1, and one more for each restart and reload. */
  readonly run: number
  /** Lanes that this owner has from the one before, which was ended or died; 0 for the first. One of them may end before it is heard of. */
  readonly lanes: number
  /** Aborted when it is to end: a reload, or the end of the server. */
  readonly signal: AbortSignal
  /** Gives all lanes these bytes, which nobody may change any more; in memory that they share. The last ones count. */
  publish(snapshot: Uint8Array): void
  /** What the owners before this one kept, by name: nothing for the first. It ends with the server. */
  readonly kept: ReadonlyMap<string, Uint8Array>
  /**
   * Has the server keep bytes, which nobody may change any more, for the owner after this one, also where this one is killed; undefined: no
   * longer. False where none comes after it: the server ends, or its lane is inline.
   */
  keep(name: string, bytes: Uint8Array | undefined): boolean
}

/** Functions that lanes may call, by name; arguments and results are values that travel between processes. */
// oxlint-disable-next-line typescript/no-explicit-any -- variance: each method has parameters of its own
export type SharedMethods = Readonly<Record<string, (...args: any[]) => unknown>> & {
  /** Ends what it holds, files and timers; awaited before a successor starts. */
  readonly close?: () => void | Promise<void>
  /** What a reload of the server does, in place of new lanes. */
  readonly reload?: () => unknown
}

/** A lane's way to the one owner. */
export interface SharedAccess {
  /** What was published last; undefined before. */
  readonly snapshot: Uint8Array | undefined
  /** Counts the snapshots that this lane has got: 0 before the first. */
  readonly version: number
  /** Calls `listener` with each new snapshot, and at once with the one that is there. Gives what ends it. */
  onSnapshot(listener: (snapshot: Uint8Array) => void): () => void
  /**
   * Calls a method of the owner. While it restarts, calls wait; one that it had in hand when it died fails with
   * PROCESS_DIED. Throws what the method throws, and METHOD_UNKNOWN, CONTROL_BUSY (too many wait), TIMED_OUT.
   */
  call(method: string, ...args: unknown[]): Promise<unknown>
}

/** What the user writes; give it to `service()`. */
export interface ServiceDefinition<Message = Buffer, Reply = Bytes, State = unknown> {
  /** Names the service in errors, status and metrics. */
  readonly name: string
  /** How streams are cut into messages; datagrams are messages already. @default raw() */
  readonly framing?: Framing<Message, Reply>
  /** Handles one message; what it returns is sent back. */
  message?(
    message: NoInfer<Message>,
    peer: Peer<NoInfer<Reply>, State>,
  ): Answer<NoInfer<Reply> | Prepared<NoInfer<Reply>>>
  /** Takes over a whole stream as bytes instead of messages; the connection is closed when it returns. */
  connection?(stream: ByteStream, peer: Peer<NoInfer<Reply>, State>): Promise<void>
  /** A stream peer connected, or a datagram session began. */
  open?(peer: Peer<NoInfer<Reply>, State>): void
  /** A stream peer left, or a session ended. */
  close?(peer: Peer<NoInfer<Reply>, State>, reason: PeerEnd): void
  /**
   * A stream peer has been silent for `limits.idleMs`: true lets it stay for as long again. WebSockets that answer pings are not silent.
   * Synchronous.
   */
  silent?(peer: Peer<NoInfer<Reply>, State>): boolean
  /**
   * A datagram that its source's rate limit refuses: what it returns is sent, within `replyFactor`, and the datagram then counts
   * as handled. Synchronous. Without it such datagrams are dropped.
   */
  limited?(message: Buffer, peer: Peer<NoInfer<Reply>, State>): NoInfer<Reply> | undefined
  /** The answers to datagrams that came together have just left: the earliest moment after they were sent. Synchronous. */
  sent?(): void
  start?(lane: LaneInfo): void | Promise<void>
  /**
   * Lanes of a reload serve the sockets from now on, and this one ends when its connections have ended, at the latest at the deadline: close
   * here those that would not end by themselves. Sessions of datagram peers can still be sent to until what this returns has settled.
   */
  retire?(lane: LaneInfo): void | Promise<void>
  stop?(lane: LaneInfo): void | Promise<void>
  /**
   * What must be one: runs once per server, in a place of its own (with inline lanes in the calling thread), and is restarted
   * when it dies. Lanes get its snapshots and call its methods.
   */
  shared?(server: SharedServer): SharedMethods | Promise<SharedMethods>
  /** Messages are views valid only during the call: a little faster; the handler must be synchronous. @default false */
  readonly borrow?: boolean
  /** Has the kernel note when datagrams come, for `peer.received`. @default false */
  readonly timestamps?: boolean
  /**
   * What the service itself counts, as camelCase words, 32 at most; a new version appends. Shown by `status` and the metrics,
   * where `lane.counters` has been added to.
   */
  readonly counters?: readonly string[]
  /** Gives datagram peers `open`, `close` and lasting state. */
  readonly sessions?: SessionOptions
  /** Limits that suit this service; `serve` may override them. */
  readonly limits?: Partial<Limits>
  /** The transports that it is for; `serve` refuses addresses of others. @default all */
  readonly schemes?: readonly Scheme[]
  /**
   * Pages of which browsers may connect at `ws://` addresses, `https://example.org`, or `*` for all; a target may have its own. On
   * loopback the default is pages under its own names and numbers only. @default those of the same host
   */
  readonly origins?: Origins
  /** A folder, as file URL, whose files are read at the start and served to browsers at `ws://` addresses. @default none */
  readonly pages?: URL
  /** UDP ports that are never answered, so that two servers cannot keep each other busy. @default the well-known ones */
  readonly silentPorts?: readonly number[]
}

export interface SessionOptions {
  /** A session ends after this many milliseconds without a datagram. */
  readonly idleMs: number
  /** Sessions at most; beyond it datagrams of new peers are dropped and counted. */
  readonly limit: number
  /**
   * When one begins: with a peer's first datagram, or when the service calls `peer.open()`. Forged source addresses cost nothing then: until it is
   * opened, a peer is answered within `replyFactor` and remembered no longer than it suits. @default 'first'
   */
  readonly begin?: 'first' | 'asked'
}

/** A service: a checked definition. */
export interface Service<Message = Buffer, Reply = Bytes, State = unknown> {
  readonly definition: ServiceDefinition<Message, Reply, State>
  readonly name: string
}

/** A service of any message type, as listeners and lanes hold it. */
// oxlint-disable-next-line typescript/no-explicit-any -- variance: a handler takes exactly what its own framing makes
export type AnyService = Service<any, any, any>

export type * from './option-types.ts'
export type * from './status-types.ts'
