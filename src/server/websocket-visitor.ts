/**
 * A connection at a `ws://` address before it is a WebSocket, or that only fetches pages: it counts among the connections, and has
 * so long to ask, to read, and to rest.
 */
import {
  VisitTiming,
  type Address,
  type CloseReason,
  type StreamConnection,
  type Visit,
  type WebSocketAcceptor,
  type WebSocketConnection,
} from '../io/index.ts'
import { count, measureAt } from './measures.ts'
import { endOf } from './peer-end.ts'
import type { AcceptedPeer, ServedStreams } from './stream-listener.ts'

export class WebSocketVisitor implements AcceptedPeer {
  readonly slot: number
  readonly pendingBytes = 0
  readonly #owner: ServedStreams
  readonly #host: string | undefined
  readonly #connection: StreamConnection
  readonly #visit: Visit
  readonly #timing: VisitTiming

  constructor(
    owner: ServedStreams,
    acceptor: WebSocketAcceptor,
    connection: StreamConnection,
    slot: number,
    host: string | undefined,
  ) {
    this.slot = slot
    this.#owner = owner
    this.#host = host
    this.#connection = connection
    this.#timing = new VisitTiming(owner.nowMs)
    this.#visit = acceptor.accept(connection, this)
  }

  get address(): Address {
    return this.#connection.remote
  }

  get isBusy(): boolean {
    return this.#visit.state === 'answering' || this.queuedBytes > 0
  }

  get queuedBytes(): number {
    return this.#visit.queuedBytes
  }

  finish(): void {
    this.#visit.end()
  }

  drain(): void {
    if (!this.isBusy) this.#visit.end()
  }

  abort(): void {
    this.#visit.destroy()
  }

  checkTimeouts(nowMs: number): void {
    const { cells, lane } = this.#owner
    const { handshakeMs, idleMs } = lane.limits
    const limits = handshakeMs > 0 ? { askMs: handshakeMs, idleMs } : { idleMs }
    const state = this.#timing.overdue(this.#visit, limits, nowMs)
    if (state === undefined) return
    if (state === 'asking') count(cells, measureAt.closedHandshake)
    else if (state !== 'leaving') count(cells, measureAt.closedIdle)
    VisitTiming.end(this.#visit, state)
  }

  onOpen(connection: WebSocketConnection): void {
    this.#owner.upgraded(this, connection, this.#host)
  }

  onAnswered(): void {
    count(this.#owner.cells, measureAt.pageRequests)
  }

  onRefused(_status: number, reason: string): void {
    this.#owner.handshakeRefused(this.address, reason)
  }

  onClose(reason: CloseReason): void {
    this.#owner.left(this, endOf(reason))
  }
}
