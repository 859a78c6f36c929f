/** What a running server offers and tells. */
import type { Address, Network } from '../io/index.ts'
import type { Limits, Spread } from './option-types.ts'
import type { LaneKind } from './types.ts'

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
  readonly latency: LatencyStatus
  /** Resident memory of a process, heap of a thread; undefined where nobody knows. */
  readonly memoryBytes: number | undefined
  /** How late its event loop was last. */
  readonly lagMs: number
  /** It turns new work away. */
  readonly overloaded: boolean
  /** Why its predecessor ended. */
  readonly lastEnd: string | undefined
}

/** Microseconds from a message to its answer. `count` are those that were timed: one in 16, and every answer by a promise. */
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
  /** What the service itself counts, of all lanes together; empty unless it declares `counters`. */
  readonly counters: Readonly<Record<string, number>>
  /** Of all lanes and listeners, since the start. */
  readonly latency: LatencyStatus
}

/** Of all lanes together. */
export interface ListenerStatus {
  readonly address: string
  /** The `protocol` of the address. */
  readonly protocol?: string | undefined
  readonly spread: Exclude<Spread, 'auto'>
  readonly connections: number
  readonly counters: Record<string, number>
  /** Datagrams dropped by the kernel; undefined where it cannot be known. */
  readonly kernelDrops: number | undefined
  readonly latency: LatencyStatus
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
   * datagram is lost. A service whose `shared` has a method `reload` is asked to do it instead, and its lanes stay, unless there are
   * new limits; what that throws is what this rejects with. Else it rejects with RELOAD_FAILED when the new ones do not become ready
   * (the old ones go on), and RELOAD_NEEDS_LANES with inline lanes.
   */
  reload(options?: ReloadOptions): Promise<ReloadReport>
  /**
   * Calls a method of what the service's `shared` made, as its lanes may. Rejects with what it throws, METHOD_UNKNOWN, and with
   * PROCESS_DIED where the owner dies meanwhile.
   */
  call(method: string, ...args: unknown[]): Promise<unknown>
  /** Stops at once: what is in flight is aborted. */
  close(): Promise<void>
  /** Resolves when the server has stopped, however it came to that. */
  readonly closed: Promise<void>
}
