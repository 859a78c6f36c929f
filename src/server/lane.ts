/**
 * A lane: one unit of execution that runs the service. What listeners share lives here: the handler, the
 * limits, the clock, and the count of handler calls in flight.
 *
 * The supervisor speaks to every kind of lane through `Lane`; `lanes/inline.ts` runs in the calling
 * thread. Lanes in threads and processes implement the same interface.
 */
import type { Clock, Emitter } from '../core/index.ts'
import type { Bytes, Framing } from '../framing/index.ts'
import type { Address, Network } from '../io/index.ts'
import type { MeasuresReading } from './shared/measure-table.ts'
import type { LaneShared } from './shared/server-memory.ts'
import type {
  AnyService,
  DrainReport,
  LaneInfo,
  LaneState,
  Limits,
  ListenerStatus,
  ListenTarget,
  Peer,
  QueuePolicy,
  ServerEvents,
} from './types.ts'

/** What the supervisor asks of a lane. */
export interface Lane {
  readonly info: LaneInfo
  readonly state: LaneState
  readonly inFlight: number
  /** Binds, in order, and serves; on failure everything is closed again. */
  start(targets: readonly ListenTarget[]): Promise<readonly Address[]>
  /** Of its own, as of now; `reading` is of the memory that it writes. */
  listeners(reading: MeasuresReading): readonly ListenerStatus[]
  /** Brings what it counts elsewhere up to date, before somebody reads. */
  refresh(): void
  drain(deadlineMs: number): Promise<DrainReport>
  close(): Promise<void>
}

/** What listeners of a lane share. */
export interface LaneContext {
  /** What the lane's service is told, but for what its listeners can do. */
  readonly info: Omit<LaneInfo, 'openPeer'>
  readonly service: AnyService
  readonly framing: Framing<unknown, unknown>
  readonly limits: Limits
  readonly clock: Clock
  readonly network: Network
  readonly events: Emitter<ServerEvents>
  readonly flight: Flight
  /** Set once the lane drains: no new work. */
  draining: boolean
  /** Set while it turns new work away; by its beat. */
  overloaded: boolean
  readonly queuePolicy: QueuePolicy
  /** What it counts and holds, where others see it. */
  readonly shared: LaneShared
}

/** The handler as listeners call it. */
export type Handler = (message: unknown, peer: Peer<unknown, unknown>) => unknown

/** Handler calls in flight, and who waits for a place or for the end of all. */
export class Flight {
  count = 0
  /** Calls that finished after `finishing` was set. */
  finished = 0
  readonly #limit: number
  readonly #places: (() => void)[] = []
  #idle: (() => void)[] = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get isFull(): boolean {
    return this.count >= this.#limit
  }

  /** Calls back when a place is free. */
  onPlace(action: () => void): void {
    this.#places.push(action)
  }

  begin(): void {
    this.count++
  }

  end(): void {
    this.count--
    this.finished++
    // One that waited may have gone meanwhile, or want no place after all: then it is the next one's turn.
    while (!this.isFull && this.#places.length > 0) this.#places.shift()?.()
    if (this.count > 0) return
    for (const resolve of this.#idle) resolve()
    this.#idle = []
  }

  /** Resolves when nothing is in flight. */
  untilIdle(): Promise<void> {
    if (this.count === 0) return Promise.resolve()
    return new Promise((resolve) => this.#idle.push(resolve))
  }
}

/** A hook that turns out to be asynchronous must not fail unheard: that would end the process. */
export function guardHook(result: unknown, onError: (error: unknown) => void): void {
  if (isThenable(result)) result.then(undefined, onError)
}

/** True for promises and other thenables; plain answers are told apart first, since they are the rule. */
export function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  if (answer === undefined || typeof answer === 'string' || answer instanceof Uint8Array) return false
  return typeof (answer as { then?: unknown } | null)?.then === 'function'
}

/** The bytes of an answer. Throws OPTION_INVALID for what cannot be sent. */
export type Formatter = (answer: unknown) => Bytes
