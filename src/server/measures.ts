/**
 * What a server measures, declared once with a sentence each; docs/measures.md is made of it. Every datagram that came is in
 * exactly one of the rows marked `message` and `drop`, and every connection in one of those marked `connection`, so that
 *
 *     sent = kernel drops + socketReceiveDropped + messages + all drops
 */
import type { MeasuresDeclaration } from './shared/measure-layout.ts'

/** What a row is to the account of a listener. */
export type MeasureRole = 'message' | 'drop' | 'connection' | 'end' | 'other'

export interface MeasureRow {
  readonly role: MeasureRole
  readonly text: string
}

const rows = {
  messages: { role: 'message', text: 'Messages that the service got to see.' },
  messageBytes: { role: 'other', text: 'Their bytes.' },
  replies: { role: 'other', text: 'Answers that were sent or queued.' },
  handlerErrors: {
    role: 'other',
    text: 'Errors that handlers and hooks threw, or whose promises were rejected with one.',
  },
  badMessages: { role: 'other', text: 'Frames that make no sense, and messages that the framing cannot read.' },
  droppedLoop: { role: 'drop', text: 'Datagrams from ports that are never answered, against reply loops.' },
  droppedOverload: { role: 'drop', text: 'Datagrams beyond `inFlight`.' },
  droppedTruncated: { role: 'drop', text: 'Datagrams longer than `frameBytes`.' },
  droppedSessions: { role: 'drop', text: 'Datagrams of new peers when there were as many sessions as allowed.' },
  droppedDraining: { role: 'drop', text: 'Datagrams that came while the lane was draining.' },
  droppedRate: { role: 'drop', text: 'Datagrams beyond `messagesPerSecond` or `messagesPerWindow`.' },
  droppedShed: {
    role: 'drop',
    text: 'Datagrams that an overloaded lane turned away (`shedLagMs`, `shedMemoryBytes`).',
  },
  droppedAmplified: { role: 'other', text: 'Replies to datagram peers beyond `replyFactor`, which were not sent.' },
  droppedQueue: {
    role: 'other',
    text: 'Messages for a stream peer that does not read: the oldest with `drop-oldest`, those refused with `wait`.',
  },
  heldRate: { role: 'other', text: 'Times that a stream had to wait for `messagesPerSecond` or `messagesPerWindow`.' },
  connectionsOpened: { role: 'connection', text: 'Connections accepted and served.' },
  connectionsRefused: { role: 'connection', text: 'Connections beyond `connections` or `connectionsPerAddress`.' },
  connectionsShed: { role: 'connection', text: 'Connections that an overloaded lane turned away.' },
  connectionsClosed: { role: 'end', text: 'Connections that ended, for whatever reason; those below are among them.' },
  connectionsReset: { role: 'end', text: 'Connections that the peer broke off.' },
  closedIdle: { role: 'end', text: 'Connections without traffic for `idleMs`.' },
  closedHandshake: { role: 'end', text: 'Connections without a whole frame within `handshakeMs`.' },
  closedFrameTimeout: { role: 'end', text: 'Connections whose frame took longer than `frameMs`.' },
  closedSlow: { role: 'end', text: 'Connections whose frame came slower than `frameBytesPerSecond`.' },
  closedQueueFull: {
    role: 'end',
    text: 'Connections of peers that did not read, with more than `queueBytes` waiting.',
  },
  acceptPauses: { role: 'other', text: 'Times that accepting paused, mostly as no descriptor was left.' },
  socketReceived: { role: 'other', text: 'Datagrams that the socket gave us.' },
  socketReceivedBytes: { role: 'other', text: 'Their bytes.' },
  socketTruncated: { role: 'other', text: 'Those that were longer than the buffer.' },
  socketReceiveDropped: {
    role: 'drop',
    text: "Datagrams lost between the socket and us; with Node's own modules only.",
  },
  socketSent: { role: 'other', text: 'Datagrams sent.' },
  socketSentBytes: { role: 'other', text: 'Their bytes.' },
  socketSendDropped: { role: 'other', text: 'Datagrams not sent: too many waited for the socket.' },
  socketSendFailed: { role: 'other', text: 'Datagrams not sent: the system refused them.' },
  socketBatches: { role: 'other', text: 'Calls of the system that received or sent.' },
  handshakesRefused: {
    role: 'other',
    text: 'Requests at a `ws://` address that are no HTTP, come from pages that may not connect, or lead to no WebSocket.',
  },
  pageRequests: {
    role: 'other',
    text: 'Requests at a `ws://` address that were answered: pages, and that there is none.',
  },
} as const

/** Gauges of a listener. */
export const listenerGauges = {
  connections: 'Open connections, or sessions.',
} as const

/** Gauges of a lane, written every 100 ms. */
export const laneGauges = {
  beatMs: "When they were last written, by the machine's monotonic clock, in milliseconds.",
  lagMs: 'How much later than due the event loop then was.',
  memoryBytes: 'Resident memory of a process; heap of a thread.',
  inFlight: 'Asynchronous handler calls that had not settled.',
  connections: 'Open connections and sessions.',
  overloaded: '1 while the lane turns new work away.',
} as const

/** Counters that a service may declare. */
export const serviceCountersLimit = 32

/** Their cells have numbers instead of names, since the memory is made before the service is known. */
const serviceCounters = Array.from({ length: serviceCountersLimit }, (_, index) => `own${index}`)

/** Histograms of a listener. */
export const listenerHistograms = {
  handlerUs:
    'Microseconds from a message to its answer: of every call that answers with a promise, and of one in 16 of the others.',
} as const

export type MeasureName = keyof typeof rows
/** Counters of a listener. */
export const listenerMeasures: Readonly<Record<MeasureName, MeasureRow>> = rows
export type LaneGauge = keyof typeof laneGauges
export const measureNames: readonly MeasureName[] = Object.keys(listenerMeasures) as MeasureName[]

/** Raise the version when a name changes its meaning. */
export const serverMeasures: MeasuresDeclaration = {
  version: 3,
  lane: { gauges: Object.keys(laneGauges) },
  service: { counters: serviceCounters },
  listener: {
    counters: measureNames,
    gauges: Object.keys(listenerGauges),
    histograms: Object.keys(listenerHistograms),
  },
}

/** Indexes into a listener's cells, for hot paths; a lane writes them through `MeasureWriter.counters.cells`. */
export const measureAt: { readonly [Name in MeasureName]: number } = Object.fromEntries(
  measureNames.map((name, index) => [name, index]),
) as { [Name in MeasureName]: number }

/** Where the gauge `connections` stands in a listener's cells. */
export const connectionsAt: number = measureNames.length

/** Adds one to a cell; a function of its own so that hot loops stay readable. */
export function count(cells: Float64Array, index: number): void {
  cells[index] = (cells[index] as number) + 1
}
