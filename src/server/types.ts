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
   * asked for it. The others are the server's: `idle`, `handshake-timeout` (no whole frame in time), `frame-timeout` (a frame
   * took too long), `frame-too-slow`, `bad-frame`, `handler-error`, `queue-full` (the peer does not read), `drain` (the
   * server stops).
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
  /** The service's own data about this peer. On UDP it lives as long as the session; without sessions it may be forgotten. */
  state: State | undefined
  /** Sends a message that is no reply. False when it was dropped, or waits because the peer does not read. */
  send(reply: Reply): boolean
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
}

/** What a service's `shared` is told: it runs once per server, whatever the number of lanes. */
export interface SharedServer {
  readonly clock: Clock
  /** 1, and one more for each restart and reload. */
  readonly run: number
  /** Aborted when it is to end: a reload, or the end of the server. */
  readonly signal: AbortSignal
  /** Gives all lanes these bytes, which nobody may change any more; in memory that they share. The last ones count. */
  publish(snapshot: Uint8Array): void
}

/** Functions that lanes may call, by name; arguments and results are values that travel between processes. */
// oxlint-disable-next-line typescript/no-explicit-any -- variance: each method has parameters of its own
export type SharedMethods = Readonly<Record<string, (...args: any[]) => unknown>> & {
  /** Ends what it holds, files and timers; awaited before a successor starts. */
  readonly close?: () => void | Promise<void>
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
  message?(message: NoInfer<Message>, peer: Peer<NoInfer<Reply>, State>): Answer<NoInfer<Reply>>
  /** Takes over a whole stream as bytes instead of messages; the connection is closed when it returns. */
  connection?(stream: ByteStream, peer: Peer<NoInfer<Reply>, State>): Promise<void>
  /** A stream peer connected, or a datagram session began. */
  open?(peer: Peer<NoInfer<Reply>, State>): void
  /** A stream peer left, or a session ended. */
  close?(peer: Peer<NoInfer<Reply>, State>, reason: PeerEnd): void
  start?(lane: LaneInfo): void | Promise<void>
  stop?(lane: LaneInfo): void | Promise<void>
  /**
   * What must be one: runs once per server, in a place of its own (with inline lanes in the calling thread), and is restarted
   * when it dies. Lanes get its snapshots and call its methods.
   */
  shared?(server: SharedServer): SharedMethods | Promise<SharedMethods>
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

/** A limit on everything; all have defaults, and hold over all lanes together unless they say otherwise. 0 is no limit where it may be given. */
export interface Limits {
  /** Open connections of the server. @default 10_000, or the descriptor limit less 64 if that is lower */
  readonly connections: number
  /** Open connections from one IPv4 address or one IPv6 network of 64 bits; loopback is exempt. @default 256 */
  readonly connectionsPerAddress: number
  /** Longest frame, and longest datagram, in bytes. @default 65_536 */
  readonly frameBytes: number
  /** A connection without traffic is closed after this many milliseconds; 0 for never. @default 60_000 */
  readonly idleMs: number
  /** The first frame must be whole this many milliseconds after the connection was accepted; 0 for any time. @default 0 */
  readonly handshakeMs: number
  /** A frame must be whole this many milliseconds after its first byte; 0 for any time. @default 30_000 */
  readonly frameMs: number
  /** While a frame is not whole, so many bytes a second must come, over 5 seconds; 0 for any. @default 0 */
  readonly frameBytesPerSecond: number
  /** Bytes that may wait for a peer that does not read; beyond it `queuePolicy` decides. @default 1_048_576 */
  readonly queueBytes: number
  /** Asynchronous handler calls at once for one lane; beyond it datagrams are dropped and streams wait. @default 1_024 */
  readonly inFlight: number
  /**
   * Messages a second from one source (as connectionsPerAddress counts them), by token bucket: datagrams beyond it are
   * dropped and counted, streams wait. 0 for any. @default 0
   */
  readonly messagesPerSecond: number
  /** Messages that a source may send at once after silence. @default messagesPerSecond */
  readonly messageBurst: number
  /** Messages from one source within any `windowMs`, by sliding window; 0 for any. @default 0 */
  readonly messagesPerWindow: number
  /** @default 1_000 */
  readonly windowMs: number
  /**
   * Bytes answered to a datagram peer for each byte received, headers of 28 bytes counted on both sides: forged
   * requests must not be amplified. Replies beyond it are dropped and counted. 0 for any. @default 10
   */
  readonly replyFactor: number
  /** A lane whose event loop is this late turns new work away until it has caught up; 0 for never. @default 0 */
  readonly shedLagMs: number
  /** A lane that uses so much memory turns new work away; 0 for never. @default 0 */
  readonly shedMemoryBytes: number
}

/**
 * What happens when more than `queueBytes` wait for a stream peer. disconnect: it is cut off. drop-oldest: its oldest unsent
 * messages go, and are counted; a `connection()` service has no messages, so there `send` refuses. wait: nothing more of it is handled
 * until it reads, and `send` refuses, counted; one reply may go beyond the limit.
 */
export type QueuePolicy = 'disconnect' | 'drop-oldest' | 'wait'

/**
 * How work comes to the lanes. auto: source for UDP and TCP, shared for Unix sockets. source: by a hash of the addresses in
 * the kernel, so that a UDP peer always meets the same lane; a socket for each lane. round-robin: UDP, evenly whoever sends;
 * a socket for each lane. shared: one socket, and the lane that is first takes. least-connections: streams, the supervisor accepts
 * and gives each connection to the lane that has the fewest.
 */
export type Spread = 'auto' | 'source' | 'round-robin' | 'shared' | 'least-connections'

/** How lanes are watched. */
export interface SupervisionOptions {
  /** A lane whose event loop has not turned for so long is killed and replaced. @default 10_000 */
  readonly hangMs?: number
  /** A lane that uses more (a process: resident, a thread: its heap) is replaced, and drained. @default no ceiling */
  readonly memoryBytes?: number
  /** So many deaths of lanes within `withinMs` end the server with LANES_FAILED. @default 5 for each lane */
  readonly restarts?: number
  /** @default 10_000 */
  readonly withinMs?: number
  /** Before a lane is started again when lanes die soon after their start, from the second time in a row; doubles up to 5 s. @default 100 */
  readonly backoffMs?: number
  /** A new lane must be ready after so long. @default 10_000 */
  readonly readyMs?: number
  /** Lanes that stand by, with the service loaded, to step in for a dead one at once. @default 1 for processes, 0 for threads */
  readonly standby?: number
}

export interface ServeOptions {
  /** Addresses, `udp://127.0.0.1:9000`; or with options of the socket. */
  readonly listen: string | readonly (string | ListenTarget)[]
  /** @default 1 */
  readonly lanes?: number
  /** @default 'inline' */
  readonly laneKind?: LaneKind
  /** How work comes to several lanes; a target may have its own. @default 'auto' */
  readonly spread?: Spread
  readonly limits?: Partial<Limits>
  /** @default 'disconnect' */
  readonly queuePolicy?: QueuePolicy
  readonly supervision?: SupervisionOptions
  /** Replaces the framing that the service declares: a framing, or its form as text (`lines`, `length:2`), which lanes of other kinds than inline need. */
  readonly framing?: Framing | string
  /** Once all addresses are bound, the whole process becomes this user: a name or number. Needs to be root. */
  readonly user?: string | number
  /** @default the user's own group */
  readonly group?: string | number
  /** Where sockets come from; `lanework/testing` has one in memory. Inline lanes only. @default the machine's */
  readonly network?: Network
  /** Inline lanes only. @default the machine's */
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
  /** @default that of the server */
  readonly spread?: Spread
}

export interface DrainOptions {
  /** What is still in flight after this many milliseconds is aborted. @default 5_000 */
  readonly deadlineMs?: number
}

/** What a reload came to. */
export interface ReloadReport {
  readonly generation: number
  readonly lanes: number
  readonly tookMs: number
  /** What became of the old lanes' work; resolves when the last has ended. */
  readonly drained: Promise<DrainReport>
}

export interface ReloadOptions {
  /** In place of those given to `serve`. */
  readonly limits?: Partial<Limits>
  /** What is still in flight in the old lanes after this many milliseconds is aborted. @default 30_000 */
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
  /** Datagrams that the kernel had received and nobody had taken. */
  readonly datagramsUnhandled: number
  readonly tookMs: number
}

/**
 * starting: not yet ready. ready: waits for messages. running: handles some. blocked: its event loop has not turned for half a
 * second. draining: takes no more. dead: waits for its restart, or stopped.
 */
export type LaneState = 'starting' | 'ready' | 'running' | 'blocked' | 'draining' | 'dead'

export interface LaneStatus {
  readonly id: number
  readonly kind: LaneKind
  readonly state: LaneState
  /** Asynchronous handler calls that have not settled. */
  readonly inFlight: number
  /** Of a thread: that of this process. */
  readonly pid: number
  /** 1, and one more for each reload. */
  readonly generation: number
  /** How often this lane died and was started again. */
  readonly restarts: number
  /** Since it became ready. */
  readonly uptimeMs: number
  readonly connections: number
  readonly messages: number
  /** Resident memory of a process, heap of a thread; undefined where nobody knows. */
  readonly memoryBytes: number | undefined
  /** How late its event loop was last. */
  readonly lagMs: number
  /** It turns new work away. */
  readonly overloaded: boolean
  /** Why its predecessor ended. */
  readonly lastEnd: string | undefined
}

/** The quantiles of a histogram, in microseconds. */
export interface LatencyStatus {
  readonly count: number
  readonly p50Us: number
  readonly p99Us: number
  readonly p999Us: number
  readonly maxUs: number
}

export interface ServerStatus {
  readonly service: string
  readonly network: Network['kind']
  readonly pid: number
  readonly uptimeMs: number
  readonly state: 'serving' | 'reloading' | 'draining' | 'stopped'
  readonly generation: number
  readonly lanes: readonly LaneStatus[]
  /** The place that runs the service's `shared`; undefined when it has none. */
  readonly shared: { readonly state: LaneState; readonly pid: number; readonly restarts: number } | undefined
  readonly listeners: readonly ListenerStatus[]
  /** How long handlers take, from a message to its answer. */
  readonly latency: LatencyStatus
}

/** Of all lanes together. */
export interface ListenerStatus {
  readonly address: string
  readonly spread: Exclude<Spread, 'auto'>
  readonly connections: number
  readonly counters: Record<string, number>
  /** Datagrams dropped by the kernel; undefined where it cannot be known. */
  readonly kernelDrops: number | undefined
}

/** What a server tells; it never logs. */
export interface ServerEvents {
  laneStarted: { readonly lane: number; readonly pid: number; readonly generation: number }
  /** A lane died; `restartMs` is when its successor starts, undefined when there will be none. */
  laneEnded: {
    readonly lane: number
    readonly pid: number
    readonly reason: 'crash' | 'hang' | 'memory' | 'start'
    readonly error: Error
    readonly restartMs: number | undefined
  }
  /** Its event loop has not turned for half a second. */
  laneBlocked: { readonly lane: number; readonly pid: number }
  /** A lane turns new work away, or takes it again. */
  shedding: { readonly lane: number; readonly overloaded: boolean; readonly reasons: readonly ('lag' | 'memory')[] }
  reloaded: ReloadReport
  /** Too many lanes died; the server has stopped. */
  gaveUp: { readonly error: Error }
  /** A lane's listener for the snapshots of `shared` failed; the lane goes on. */
  snapshotError: { readonly lane: number; readonly error: unknown }
  handlerError: { readonly error: unknown; readonly peer: Address }
  /** A frame or datagram that could not be understood. */
  badMessage: { readonly error: Error; readonly peer: Address }
  connectionRefused: { readonly peer: Address; readonly reason: 'connections' | 'connectionsPerAddress' | 'overloaded' }
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
  /**
   * Starts new lanes with the service loaded anew, and once all are ready drains the old ones; no connection fails and no
   * datagram is lost. Rejects with RELOAD_FAILED when the new ones do not become ready (the old ones go on), and
   * RELOAD_NEEDS_LANES with inline lanes.
   */
  reload(options?: ReloadOptions): Promise<ReloadReport>
  /** Stops at once: what is in flight is aborted. */
  close(): Promise<void>
  /** Resolves when the server has stopped, however it came to that. */
  readonly closed: Promise<void>
}
