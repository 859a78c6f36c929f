/**
 * A connection at a `ws://` address before it is a WebSocket, or that only fetches pages: it counts among the connections, and has
 * so long to ask, to read, and to rest.
 */
import type {
  Address,
  CloseReason,
  StreamConnection,
  Visit,
  WebSocketAcceptor,
  WebSocketConnection,
} from '../io/index.ts'
import { count, measureAt } from './measures.ts'
import { endOf, lingerMs } from './peer-end.ts'
import type { AcceptedPeer, ServedStreams } from './stream-listener.ts'

/** A request must be whole so soon, unless `handshakeMs` says otherwise. */
const askMs = 10_000
/** Between two requests of a connection, at most; `idleMs` may be shorter. */
const restMs = 5_000

export class WebSocketVisitor implements AcceptedPeer {
  readonly slot: number
  readonly pendingBytes = 0
  readonly #owner: ServedStreams
  readonly #host: string | undefined
  readonly #connection: StreamConnection
  readonly #visit: Visit
  /** Since when it is in this state, at this request, with so many bytes waiting. */
  #sinceMs: number
  #state: Visit['state'] = 'asking'
  #requests = 0
  #queuedBytes = 0

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
    this.#sinceMs = owner.nowMs
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
    const { state, requests, queuedBytes } = this.#visit
    const hasMoved = state !== this.#state || requests !== this.#requests || queuedBytes < this.#queuedBytes
    this.#state = state
    this.#requests = requests
    this.#queuedBytes = queuedBytes
    if (hasMoved) this.#sinceMs = nowMs
    const limitMs = this.#limitMs(state)
    if (limitMs === 0 || nowMs - this.#sinceMs <= limitMs) return
    const { cells } = this.#owner
    if (state === 'leaving') this.#visit.destroy()
    else if (state === 'asking') {
      count(cells, measureAt.closedHandshake)
      this.#visit.timeOut()
    } else {
      count(cells, measureAt.closedIdle)
      if (state === 'resting') this.#visit.end()
      else this.#visit.destroy()
    }
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

  #limitMs(state: Visit['state']): number {
    const { handshakeMs, idleMs } = this.#owner.lane.limits
    if (state === 'leaving') return lingerMs
    if (state === 'asking') return handshakeMs > 0 ? handshakeMs : askMs
    return state === 'resting' && (idleMs === 0 || idleMs > restMs) ? restMs : idleMs
  }
}
