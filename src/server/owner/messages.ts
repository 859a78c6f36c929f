/**
 * What the one owner, the supervisor and the lanes tell each other: plain values, and errors in their wire form, so that
 * they go through pipes between processes and threads.
 *
 *   lane ── FromLane ──▶ relay ── ToOwner ──▶ owner
 *        ◀── ToLane ───       ◀── FromOwner ──
 *
 * Whoever gets a snapshot says `got` before it is sent the next one, so that a slow one piles up no memory: it misses some,
 * and never the last.
 */
import type { WireError } from '../../core/index.ts'
import type { SharedMemory } from '../../process/index.ts'

/** Bytes in memory that all share, or, when they are few, themselves. */
export type Snapshot = Uint8Array | SharedMemory

export type FromLane =
  | readonly [kind: 'call', id: number, method: string, args: readonly unknown[]]
  /** Nobody waits for the answer any more. */
  | readonly [kind: 'cancel', id: number]
  | readonly [kind: 'got']

export type ToLane = CallAnswer | readonly [kind: 'snapshot', snapshot: Snapshot]

export type CallAnswer =
  | readonly [kind: 'answer', id: number, value: unknown]
  | readonly [kind: 'error', id: number, error: WireError]

export type ToOwner =
  /** What the owners before kept, each by itself, before `begin`. */
  | readonly [kind: 'kept', name: string, bytes: Uint8Array]
  /** Runs `shared`, for so many lanes of the owner before; answered by `begun` or `failed`. */
  | readonly [kind: 'begin', run: number, lanes: number]
  /** Ends what `shared` made, not the process; answered by `ended`. */
  | readonly [kind: 'end']
  | readonly [kind: 'call', id: number, method: string, args: readonly unknown[]]
  | readonly [kind: 'got']

export type FromOwner =
  | CallAnswer
  | readonly [kind: 'snapshot', snapshot: Snapshot]
  /** For the next owner; undefined: it is not needed any more. */
  | readonly [kind: 'keep', name: string, bytes: Uint8Array | undefined]
  /** The service is loaded. */
  | readonly [kind: 'loaded']
  | readonly [kind: 'begun']
  | readonly [kind: 'failed', error: WireError]
  /** With what `close` threw. */
  | readonly [kind: 'ended', error: WireError | undefined]
