/** What supervisor and lane say to each other over the pipe between them; plain values, and handles of sockets and memory. */
import type { WireError } from '../../core/index.ts'
import type { BoundSocket, Scheme } from '../../io/index.ts'
import type * as owner from '../owner/messages.ts'
import type { DrainReport, Limits, ListenTarget, QueuePolicy } from '../types.ts'

/** What a lane is told when it is started; it then loads the service and waits. */
export interface LaneOrder {
  readonly kind: 'thread' | 'process'
  /** URL of the service's module. */
  readonly service: string
  /** Form of a framing that replaces the service's. */
  readonly framing: string | undefined
  readonly queuePolicy: QueuePolicy
  readonly targets: readonly ListenTarget[]
}

/** What makes a lane that stands by a serving one. */
export interface Assignment {
  readonly lane: number
  /** Its part of the server's memory. */
  readonly row: number
  readonly limits: Limits
  /** As ServerMemory.toLane gives it. */
  readonly memory: unknown
  /** One for each target, in their order. */
  readonly sockets: readonly BoundSocket[]
}

/** What the supervisor must know of a service, as it is loaded in the lane. */
export interface ServiceFacts {
  readonly name: string
  readonly limits: Partial<Limits>
  readonly hasShared: boolean
  readonly counters: readonly string[]
  /** The transports that it is for; undefined for all. */
  readonly schemes: readonly Scheme[] | undefined
}

export type ToLane =
  | readonly ['serve', Assignment]
  /** Takes no more work, finishes what it has, connections included, within the time; then ends. */
  | readonly ['retire', deadlineMs: number]
  /** The same, but connections without a request in hand are closed now. */
  | readonly ['drain', deadlineMs: number]
  | readonly ['close']
  | owner.ToLane

export type FromLane =
  | readonly ['loaded', ServiceFacts]
  | readonly ['ready']
  | readonly ['failed', WireError]
  | readonly ['drained', DrainReport]
  | LaneEvent
  | owner.FromLane

/** An event of the server that came up in a lane. */
export type LaneEvent = readonly ['event', name: string, payload: EventPayload]

/** The payloads of all events that lanes send on; `error` travels as data. */
export interface EventPayload {
  readonly error?: WireError
  readonly [name: string]: unknown
}
