/** The contract between a control server, its methods and its clients. */

import type { PeerCredentials } from '../../io/index.ts'

/** One client of a server, for as long as it is connected. */
export interface ControlPeer {
  /** 1, 2, ... in the order of connecting. */
  readonly id: number
  /** Who it is, where the system tells (with the addon, on Linux). */
  readonly credentials: PeerCredentials | undefined
  readonly connected: boolean
  /**
   * Calls `listener` once when the client is gone, however that happened; at once if it is gone already. Gives the
   * function that takes it back.
   */
  onDisconnect(listener: () => void): () => void
}

/** What a method learns about its call. */
export interface CallContext {
  /** Aborts when the client cancels, times out or is gone, and when the server closes. */
  readonly signal: AbortSignal
  readonly peer: ControlPeer
}

/** Gives a result, a promise of one, or an AsyncIterable of items for `stream`. */
export type ControlMethod<Params = never> = (params: Params, context: CallContext) => unknown

export type ControlMethods = Readonly<Record<string, ControlMethod>>

/** Methods whose types nobody declared. */
export type UntypedMethods = Readonly<Record<string, ControlMethod<unknown>>>

export interface ControlServerOptions {
  /** Longest message in either direction, in bytes. @default 16_777_216 */
  readonly frameBytes?: number
  /** Clients at a time; more are refused with CONTROL_BUSY. @default 64 */
  readonly connections?: number
  /** Calls and streams of one client at a time; more fail with CONTROL_BUSY. @default 1_024 */
  readonly callsPerConnection?: number
  /** Called when a client comes, before its first call. */
  readonly onConnect?: (peer: ControlPeer) => void
  /** Called when a client is gone, after its calls were aborted. */
  readonly onDisconnect?: (peer: ControlPeer) => void
}

export interface CallOptions {
  /** Longest wait for the answer; the call is then cancelled. @default no limit */
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

export interface StreamOptions {
  readonly signal?: AbortSignal | undefined
  /** Items that may wait here unread; the server stops before the next. @default 64 */
  readonly windowItems?: number | undefined
}
