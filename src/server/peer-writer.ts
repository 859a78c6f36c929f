/** What leaves for one stream peer: as long as it reads at once, else by the queue policy. */
import type { Bytes } from '../framing/index.ts'
import type { StreamConnection } from '../io/index.ts'
import type { LaneContext } from './lane.ts'
import { count, measureAt } from './measures.ts'
import { Outbox } from './outbox.ts'

/** sent: it left, or leaves with this turn. waits: it, or what came before it, waits for the peer. overflow: too much waits. */
export type Written = 'sent' | 'waits' | 'overflow'

export class PeerWriter {
  /** The peer does not read. */
  isBlocked = false
  readonly #lane: LaneContext
  readonly #cells: Float64Array
  readonly #connection: StreamConnection
  /** Made when the peer does not read for the first time, with drop-oldest. */
  #outbox: Outbox | undefined

  constructor(lane: LaneContext, cells: Float64Array, connection: StreamConnection) {
    this.#lane = lane
    this.#cells = cells
    this.#connection = connection
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes + (this.#outbox?.bytes ?? 0)
  }

  /** Nothing of ours waits outside the connection. */
  get isEmpty(): boolean {
    return this.#outbox === undefined || this.#outbox.isEmpty
  }

  write(bytes: Bytes, isReply: boolean): Written {
    const { queuePolicy, limits } = this.#lane
    if (queuePolicy === 'drop-oldest' && this.isBlocked) {
      this.#queue(bytes)
      return 'waits'
    }
    // Nothing more is handled meanwhile, so a reply is the last one, and may go beyond the limit.
    if (queuePolicy === 'wait' && !isReply && this.#isFullFor(bytes.length)) {
      count(this.#cells, measureAt.droppedQueue)
      return 'waits'
    }
    if (this.#connection.write(bytes)) return 'sent'
    const { queuedBytes } = this.#connection
    this.isBlocked = queuedBytes > 0
    return queuePolicy === 'disconnect' && queuedBytes > limits.queueBytes ? 'overflow' : 'waits'
  }

  /** The connection has room again; true when nothing waits any more. */
  drained(): boolean {
    if (this.#outbox !== undefined && !this.#outbox.flush(this.#connection)) return false
    this.isBlocked = false
    return true
  }

  /** Keeps a message behind those that wait; the oldest go when there are too many bytes. */
  #queue(bytes: Bytes): void {
    this.#outbox ??= new Outbox()
    this.#outbox.push(bytes)
    const dropped = this.#outbox.trim(this.#lane.limits.queueBytes - this.#connection.queuedBytes)
    this.#cells[measureAt.droppedQueue] = (this.#cells[measureAt.droppedQueue] as number) + dropped
  }

  #isFullFor(bytes: number): boolean {
    const { queuedBytes } = this.#connection
    return queuedBytes > 0 && queuedBytes + bytes > this.#lane.limits.queueBytes
  }
}
