/**
 * The contract of the io layer: what a socket is, whichever implementation stands behind it.
 *
 *                    Network
 *                       │ bindDatagram  listenStream  connectStream
 *     ┌─────────────────┼──────────────────┐
 *   native            node               memory            (src/io/native, src/io/node, src/testing)
 *   recvmmsg, epoll   node:dgram, :net   seeded faults
 *
 * Servers are pushed to (`receive`, `start`); the BSD-style calls for clients (`udp`, `connect`)
 * are built on the same sockets. Bytes handed out are valid for ever unless `borrow` says otherwise.
 */
import type { Bytes } from '../framing/index.ts'
import type { Address } from './address.ts'
import type { Moment } from './real-time.ts'

/** How a datagram socket or listener is made; all optional, loopback-safe defaults. */
export interface SocketOptions {
  /**
   * Wanted size of the kernel's receive buffer, in bytes; `buffers` tells what was granted: with CAP_NET_ADMIN (and the addon)
   * all of it, else at most net.core.rmem_max.
   */
  readonly receiveBufferBytes?: number
  /** Wanted size of the kernel's send buffer, in bytes. */
  readonly sendBufferBytes?: number
  /** Lets several sockets share the address; the kernel spreads by source. @default false */
  readonly reusePort?: boolean
  /** An already bound descriptor to take over instead of binding; native only. */
  readonly descriptor?: number
}

export interface DatagramOptions extends SocketOptions {
  /** Longest datagram delivered whole, in bytes; longer ones are cut and counted. @default 65_536 */
  readonly messageBytes?: number
  /** Allows sending to broadcast addresses. @default false */
  readonly broadcast?: boolean
  /** For `udp://[::]`: IPv6 only, no IPv4 through the same socket. @default false */
  readonly ipv6Only?: boolean
  /** Groups to join, each on the named interfaces (all that can do multicast when left out). */
  readonly multicast?: readonly MulticastGroup[]
  /** Allows several sockets on one multicast port. @default false */
  readonly reuseAddress?: boolean
  /** Bytes that wait when the kernel's send buffer is full; beyond it datagrams are dropped and counted. @default 1_048_576 */
  readonly queueBytes?: number
  /**
   * Memory for datagrams that leave together, which is the longest one that `send` and a batch's `reply` take; `sendNow` needs none. Less
   * is for sockets that send little and are many. Native only. @default 262_144
   */
  readonly batchBytes?: number
  /** Has the kernel note when each datagram came (SO_TIMESTAMPNS). @default false */
  readonly timestamps?: boolean
}

export interface MulticastGroup {
  /** The group's address, IPv4 or IPv6. */
  readonly group: string
  /** Interface names; @default every interface that has an address of the family. */
  readonly interfaces?: readonly string[]
}

export interface ListenOptions extends SocketOptions {
  /** Connections that may wait to be accepted; the system may allow fewer (net.core.somaxconn). @default 4_096 */
  readonly backlog?: number
  /** Sends small writes at once instead of collecting them (TCP_NODELAY). @default true */
  readonly noDelay?: boolean
  /** Binds although connections of a stopped server linger (SO_REUSEADDR); false needs the addon. @default true */
  readonly reuseAddress?: boolean
  /** Connections accepted in one go; 1 with `pauseOnAccept` gives a classic accept loop. @default 64 */
  readonly acceptBatch?: number
  /** Permissions of a Unix socket's file. @default 0o600 */
  readonly mode?: number
}

export interface ConnectOptions {
  /** Gives up after this many milliseconds. @default 10_000 */
  readonly timeoutMs?: number
  readonly noDelay?: boolean
  readonly signal?: AbortSignal
  /** Wanted size of the kernel's receive buffer, in bytes. */
  readonly receiveBufferBytes?: number
}

/** The other end of datagrams: where one came from, and where an answer goes. */
export interface Endpoint {
  readonly address: Address
  /** The address of this machine that the datagram came to, when the socket is bound to a wildcard. */
  readonly local: Address | undefined
  /** A place for the server's peer object; kept as long as the endpoint is remembered. */
  peer: unknown
}

/** Datagrams received together; valid during the call that hands it over. */
export interface DatagramBatch {
  readonly count: number
  /** Message `index` as bytes of its own. */
  message(index: number): Buffer
  /** Message `index` as a view that is valid only during the call. */
  borrow(index: number): Buffer
  /** True when the datagram was longer than `messageBytes`: the rest is gone. */
  truncated(index: number): boolean
  source(index: number): Endpoint
  /**
   * Writes when message `index` came, by the system's real-time clock: the kernel's word with `timestamps` and the addon, else
   * when the batch was taken.
   */
  receivedAt(index: number, moment: Moment): void
  /** The same as nanoseconds since 1970 UTC. */
  receivedNs(index: number): bigint
  /** Queues an answer to message `index`, from the address the message came to. */
  reply(index: number, data: Bytes): void
  /** Sends what is queued now, where the system can; else it leaves when the call that handed the batch over returns. */
  flush(): void
}

export interface PushOptions {
  /** Only `batch.borrow` is fast. @default false */
  readonly borrow?: boolean
  /** Told of errors that the system reports on a connected socket: a closed port (CONNECTION_REFUSED). @default they are passed over */
  readonly onError?: (error: Error) => void
}

/** What a datagram socket has counted since it was made. */
export interface DatagramCounts {
  received: number
  receivedBytes: number
  truncated: number
  /** Not kept: the socket was paused, or nobody asked, and its queue in memory was full (Node's own modules only). */
  receiveDropped: number
  sent: number
  sentBytes: number
  /** Not sent: the queue for a full send buffer was full too. */
  sendDropped: number
  /** Not sent: the system refused this one datagram (no route, too long, closed port...). */
  sendFailed: number
  /** Calls that received or sent; `received / batches` is the batch size reached. */
  batches: number
}

export interface DatagramSocket {
  readonly address: Address
  /** Sizes of the kernel's buffers as granted, in bytes; undefined where the system does not tell. */
  readonly buffers: { readonly receiveBytes: number; readonly sendBytes: number } | undefined
  readonly counts: DatagramCounts
  /** Starts pushing batches; call once. */
  receive(onBatch: (batch: DatagramBatch) => void, options?: PushOptions): void
  /** Leaves datagrams in the kernel's queue until `resume`. */
  pause(): void
  resume(): void
  /**
   * Queues a datagram; it leaves with the others of this turn. False when it was dropped (counted). `isKept`: nobody changes the bytes any
   * more, so that they are copied once for all who are sent the same one after the other. @default false
   */
  send(data: Bytes, to: Endpoint | Address | undefined, isKept?: boolean): boolean
  /** Sends now: the error of this datagram is thrown (MESSAGE_TOO_LONG, CONNECTION_REFUSED, ...). */
  sendNow(data: Uint8Array, to: Address | undefined): Promise<number>
  /**
   * Takes one datagram from the queue, cut to `sizeBytes` as recvfrom(2) does; undefined when none waits.
   * Not together with `receive`.
   */
  tryReceive(sizeBytes: number): ReceivedDatagram | undefined
  /** Calls `ready` once when `tryReceive` is worth trying; returns the function that cancels. */
  onReadable(ready: (error?: Error) => void): () => void
  /** Fixes the peer: only its datagrams arrive, and a closed port is reported. */
  connect(address: Address): Promise<void>
  /** Datagrams the kernel dropped because its queue was full; undefined where it cannot be known. */
  kernelDrops(): number | undefined
  /** Whether this socket alone keeps the process running. */
  ref(yes: boolean): void
  close(): Promise<void>
  /** The descriptor, where there is one. */
  readonly descriptor: number | undefined
}

export interface ReceivedDatagram {
  readonly message: Buffer
  readonly source: Address
  /** True when the datagram was longer than asked for: the rest is gone. */
  readonly truncated: boolean
}

/** Why a connection ended: `end` both sides finished, `reset` the peer broke it off, `error` the system did, `local` we did. */
export interface CloseReason {
  readonly kind: 'end' | 'reset' | 'error' | 'local'
  readonly error?: Error
}

/** What a connection tells its owner; methods instead of closures, since there may be 10,000 of them. */
export interface StreamEvents {
  /** Bytes arrived; the chunk belongs to the receiver. */
  onData(chunk: Buffer): void
  /** The peer has finished sending; we may still write. */
  onEnd(): void
  /** The queue of unsent bytes is empty again after `write` returned false. */
  onDrain(): void
  /** The last event, exactly once. */
  onClose(reason: CloseReason): void
}

export interface StreamConnection {
  readonly remote: Address
  readonly local: Address
  /** Starts reading; call once, in the turn that hands the connection over. */
  start(events: StreamEvents): void
  /**
   * Queues bytes; they leave with the others of this turn. False when unsent bytes wait in
   * memory: stop until `onDrain`. After `end` or close the bytes are dropped.
   */
  write(data: Bytes): boolean
  /** Bytes accepted by `write` that the kernel has not taken. */
  readonly queuedBytes: number
  /** Stops reading: the peer is slowed down by its own full buffers. */
  pause(): void
  resume(): void
  /** Finishes our side after what is queued; reading goes on. */
  end(): void
  /** Closes at once and drops what is queued; `reset` makes the peer see a reset. */
  destroy(reset?: boolean): void
  ref(yes: boolean): void
  /** Collect small writes (false) or send them at once (true). */
  setNoDelay(yes: boolean): void
  /** Who is at the other end of a Unix socket, by the kernel's word (SO_PEERCRED); undefined where it does not tell. */
  credentials?(): PeerCredentials | undefined
  /**
   * Leaves reading and writing to another process or thread, which opens its own descriptor for the same connection;
   * ours stays open. Native only.
   */
  lend?(): LentStream
  /** Goes on here after `lend`. */
  takeBack?(): void
}

/** What another process needs to go on with a connection. */
export interface LentStream {
  /** Stays the lender's. */
  readonly descriptor: number
  readonly scheme: 'tcp' | 'unix'
  /** The peer's address in C's layout. */
  readonly record: Buffer
  /** Our own address, of a Unix connection. */
  readonly local: Address | undefined
}

/** The process that connected, or that listens, at the time when it did so. */
export interface PeerCredentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

export interface StreamListener {
  readonly address: Address
  /** Leaves new connections in the backlog until `resume`. */
  pause(): void
  resume(): void
  ref(yes: boolean): void
  close(): Promise<void>
  readonly descriptor: number | undefined
}

export interface ListenerEvents {
  onConnection(connection: StreamConnection): void
  /** Accepting failed, mostly DESCRIPTOR_LIMIT; the listener has paused itself for `retryMs`. */
  onAcceptError(error: Error, retryMs: number): void
}

/** Makes sockets: the machine's (native or Node's own), or the in-memory one of `lanework/testing`. */
export interface Network {
  readonly kind: 'native' | 'node' | 'memory'
  bindDatagram(address: Address, options?: DatagramOptions): Promise<DatagramSocket>
  listenStream(address: Address, events: ListenerEvents, options?: ListenOptions): Promise<StreamListener>
  connectStream(address: Address, options?: ConnectOptions): Promise<StreamConnection>
}
