/** What `serve` is given: addresses, lanes, limits. */
import type { Clock } from '../core/index.ts'
import type { Framing } from '../framing/index.ts'
import type { Address, DatagramOptions, ListenOptions, Network, Origins } from '../io/index.ts'
import type { LaneKind } from './types.ts'

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
   * dropped and counted, streams wait. 0 for any; 0.125 is one in 8 seconds, 0.001 the least. @default 0
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
 * How work comes to the lanes. auto: source for UDP and TCP, shared for Unix sockets. source: by a hash in the kernel of where
 * it comes from, so that a UDP peer always meets the same lane (while that has no successor, another); a socket for each lane. round-robin: UDP, evenly whoever sends;
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
  /** For datagrams; `receiveBufferBytes` is 4 MiB unless given, as far as the system grants it. */
  readonly datagram?: DatagramOptions
  readonly stream?: ListenOptions
  /** @default that of the server */
  readonly spread?: Spread
  /** A word that the service gives a meaning to, `irc`: handlers see it as `peer.protocol`. @default none */
  readonly protocol?: string
  /** At a `ws://` address: pages of which browsers may connect. @default those of the service */
  readonly origins?: Origins
  /** At a `ws://` address: sub-protocols, the first that the client offers is agreed on. @default none */
  readonly protocols?: readonly string[]
}
