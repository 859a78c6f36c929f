/** A stream peer of a service that takes the connection as bytes: runs its `connection()` to the end. */
import { setImmediate } from 'node:timers/promises'

import { isLaneworkError } from '../core/index.ts'
import type { Address, ByteStream, Scheme } from '../io/index.ts'
import { count, measureAt } from './measures.ts'
import type { AcceptedPeer, ServedStreams } from './stream-listener.ts'
import type { Peer, PeerEnd } from './types.ts'

type ConnectionHandler = (stream: ByteStream, peer: Peer<unknown, unknown>) => Promise<void>

export class BytePeer implements Peer<unknown, unknown>, AcceptedPeer {
  state: unknown = undefined
  readonly slot: number
  isBusy = true
  /** What its handler has not read is for the handler to say. */
  readonly pendingBytes = 0
  readonly #owner: ServedStreams
  readonly #stream: ByteStream
  #end: PeerEnd | undefined

  constructor(owner: ServedStreams, stream: ByteStream, slot: number) {
    this.#owner = owner
    this.slot = slot
    this.#stream = stream
  }

  get transport(): Scheme {
    return this.#stream.remote.scheme
  }

  get protocol(): string | undefined {
    return this.#owner.protocol
  }

  get address(): Address {
    return this.#stream.remote
  }

  get local(): Address {
    return this.#stream.local
  }

  get queuedBytes(): number {
    return this.#stream.queuedBytes
  }

  send(reply: unknown): boolean {
    const { queuePolicy, limits } = this.#owner.lane
    const bytes = this.#owner.format(reply)
    // The handler writes to the stream too, so there is no oldest message here: the new one is refused.
    if (queuePolicy !== 'disconnect' && this.#isFullFor(bytes.length, limits.queueBytes)) {
      count(this.#owner.cells, measureAt.droppedQueue)
      return false
    }
    void this.#stream.send(bytes).catch(() => {})
    if (queuePolicy === 'disconnect' && this.#stream.queuedBytes > limits.queueBytes) {
      this.#cut(measureAt.closedQueueFull, { kind: 'queue-full' })
      return false
    }
    return this.#stream.queuedBytes === 0
  }

  async drained(): Promise<boolean> {
    await setImmediate()
    // Nothing more is sent than what waits already, and that is done in order.
    if (this.#stream.queuedBytes > 0) await this.#stream.send('').catch(() => {})
    return this.#end === undefined && this.#stream.closeReason === undefined
  }

  close(): void {
    this.finish({ kind: 'closed' })
  }

  /** Runs the handler; the connection ends with it. */
  run(handler: ConnectionHandler): void {
    const { lane } = this.#owner
    lane.flight.begin()
    void this.#run(handler).finally(() => lane.flight.end())
  }

  finish(reason: PeerEnd): void {
    this.#end ??= reason
    this.#stream.end()
  }

  /** The server stops: the handler reads the end, and may finish what it has. */
  drain(): void {
    this.#end ??= { kind: 'drain' }
    this.#stream.stopReading()
  }

  abort(reason: PeerEnd): void {
    this.#end = reason
    this.#stream.reset()
  }

  checkTimeouts(nowMs: number): void {
    const { idleMs } = this.#owner.lane.limits
    const activity = this.#stream.activityBytes
    if (activity !== this.#seenBytes) {
      this.#seenBytes = activity
      this.#lastActiveMs = nowMs
    } else if (idleMs > 0 && nowMs - (this.#lastActiveMs ??= nowMs) > idleMs) {
      this.#cut(measureAt.closedIdle, { kind: 'idle' })
    }
  }

  #isFullFor(bytes: number, limitBytes: number): boolean {
    const { queuedBytes } = this.#stream
    return queuedBytes > 0 && queuedBytes + bytes > limitBytes
  }

  /** Breaks off for a limit, counted once: the end may come turns later. */
  #cut(measure: number, reason: PeerEnd): void {
    if (this.#isCut) return
    this.#isCut = true
    count(this.#owner.cells, measure)
    this.abort(reason)
  }

  #isCut = false
  #seenBytes = -1
  #lastActiveMs: number | undefined

  async #run(handler: ConnectionHandler): Promise<void> {
    try {
      await this.#owner.lane.service.definition.open?.(this)
      await handler(this.#stream, this)
      await this.#stream.close()
    } catch (error) {
      // A peer that breaks off surfaces in the handler as an error of the stream; that is no bug of the handler.
      if (this.#stream.closeReason === undefined || !isLaneworkError(error)) this.#owner.hookFailed(error, this.address)
      this.#end ??= { kind: 'handler-error', error: error as Error }
      this.#stream.reset()
    } finally {
      this.isBusy = false
      // It counts as open until its descriptor is gone.
      await this.#stream.closed
      this.#owner.closed(this, this.#reason())
    }
  }

  #reason(): PeerEnd {
    const closed = this.#stream.closeReason
    if (closed?.kind === 'reset' || closed?.kind === 'error') {
      return closed.error === undefined ? { kind: closed.kind } : { kind: closed.kind, error: closed.error }
    }
    return this.#end ?? { kind: 'end' }
  }
}
