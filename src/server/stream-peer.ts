/**
 * One stream connection of a server: bytes in, frames out of the decoder, one handler call at a time, replies
 * in order.
 *
 *   onData ─▶ decoder ─▶ pump: frame ─▶ handler ─▶ reply ─▶ write
 *                          ▲  stops while: a handler's promise is pending (busy)
 *                          │               the peer does not read (blocked)
 *                          │               the lane has no place for another promise (waiting)
 *                          │               its source has sent too many messages (throttled)
 *                          └─ goes on when the promise settles, onDrain, or the listener calls retry
 *
 * While the pump stands still, what arrives is held up to one frame, then reading pauses and the
 * sender is slowed down by TCP itself. A WebSocket is the same with messages that come whole: `wire` says which.
 */
import type { Bytes } from '../framing/index.ts'
import type { Address, CloseReason, Scheme, StreamConnection, WebSocketEvents, WebSocketRequest } from '../io/index.ts'
import { DrainWaiters } from './drain-waiters.ts'
import { isThenable, type Formatter, type Handler, type LaneContext } from './lane.ts'
import type { HandlerTimes } from './handler-times.ts'
import { count, measureAt } from './measures.ts'
import { endOf, lingerMs } from './peer-end.ts'
import { PeerTimeouts } from './peer-timeouts.ts'
import { PeerWriter } from './peer-writer.ts'
import type { SourceRates } from './rate/source-rates.ts'
import type { Peer, PeerEnd } from './types.ts'
import type { Wire } from './wire.ts'

/** What the listener does for its connections. */
export interface StreamPeerOwner {
  readonly lane: LaneContext
  /** Of the listener, by `measureAt`. */
  readonly cells: Float64Array
  readonly times: HandlerTimes
  readonly rates: SourceRates | undefined
  readonly handler: Handler
  readonly format: Formatter
  /** The word of the target that it listens at. */
  readonly protocol: string | undefined
  /** A coarse clock, read once a batch or sweep: monotonic milliseconds. */
  readonly nowMs: number
  closed(peer: StreamPeer, reason: PeerEnd): void
  /** Whether it may go on saying nothing. */
  mayBeSilent(peer: StreamPeer): boolean
  /** Calls `peer.retry()` in a while. */
  throttle(peer: StreamPeer): void
}

export class StreamPeer implements Peer<unknown, unknown>, WebSocketEvents {
  state: unknown = undefined
  readonly #owner: StreamPeerOwner
  readonly #connection: StreamConnection
  readonly #wire: Wire
  readonly #writer: PeerWriter
  readonly #timeouts: PeerTimeouts
  /** Its place among the connections of all lanes. */
  readonly slot: number
  /** Whom its messages count for; undefined for who is exempt. */
  readonly #host: string | undefined
  /** A whole frame that may not be handled yet. */
  #held: Buffer | undefined
  /** The held frame has its token already, and waits for a place in the window. */
  #hasToken = false
  #throttled = false
  #busy = false
  #waiting = false
  #paused = false
  #peerEnded = false
  #ending = false
  #endingSinceMs = 0
  #end: PeerEnd | undefined
  #queuedBytesSeen = 0
  readonly #drained = new DrainWaiters()

  constructor(owner: StreamPeerOwner, wire: Wire, slot: number, host: string | undefined) {
    this.#owner = owner
    this.#connection = wire.connection
    this.slot = slot
    this.#host = host
    this.#wire = wire
    this.#writer = new PeerWriter(owner.lane, owner.cells, wire.connection)
    this.#timeouts = new PeerTimeouts(owner.nowMs)
    // A handshake was its first frame.
    if (wire.handshake !== undefined) this.#timeouts.whole()
  }

  get protocol(): string | undefined {
    return this.#owner.protocol
  }

  get handshake(): WebSocketRequest | undefined {
    return this.#wire.handshake
  }

  get isText(): boolean | undefined {
    return this.#wire.isText
  }

  get transport(): Scheme {
    return this.#connection.remote.scheme
  }

  get address(): Address {
    return this.#connection.remote
  }

  get local(): Address {
    return this.#connection.local
  }

  /** True while a handler of this peer runs or bytes for it wait: a drain must not cut it off. */
  get isBusy(): boolean {
    return this.#busy || this.queuedBytes > 0
  }

  get queuedBytes(): number {
    return this.#writer.queuedBytes
  }

  get pendingBytes(): number {
    return this.#wire.decoder.pendingBytes + (this.#held?.length ?? 0)
  }

  begin(): void {
    this.#connection.start(this)
  }

  send(reply: unknown): boolean {
    return this.#write(this.#wire.encode(reply), false)
  }

  drained(): Promise<boolean> {
    return this.#drained.wait(() => (this.#ending ? undefined : this.queuedBytes))
  }

  close(): void {
    this.finish({ kind: 'closed' })
  }

  /** Ends after what is queued. */
  finish(reason: PeerEnd): void {
    if (this.#ending) return
    this.#ending = true
    this.#endingSinceMs = this.#owner.nowMs
    this.#end ??= reason
    if (this.#writer.isEmpty) this.#wire.end(this.#end)
    // What still comes is read and dropped: unread bytes would turn our end into a reset.
    this.#connection.resume()
  }

  /** The server stops: ends now unless a handler runs or bytes wait. */
  drain(): void {
    if (!this.isBusy) this.finish({ kind: 'drain' })
  }

  /** Closes at once; what is queued is lost. */
  abort(reason: PeerEnd): void {
    this.#end = reason
    this.#ending = true
    this.#endingSinceMs = this.#owner.nowMs
    this.#wire.cut(reason)
  }

  /** Called now and then by the listener: closes silent peers and slow senders. */
  checkTimeouts(nowMs: number): void {
    const { limits } = this.#owner.lane
    const timeouts = this.#timeouts
    const queuedBytes = this.#connection.queuedBytes
    // A slow reader is not an idle one: what has left the queue since the last look is traffic.
    if (queuedBytes < this.#queuedBytesSeen) timeouts.active(nowMs)
    this.#queuedBytesSeen = queuedBytes
    if (this.#ending) {
      if (queuedBytes > 0 && !timeouts.isIdle(limits.idleMs, nowMs)) this.#endingSinceMs = nowMs
      if (nowMs - this.#endingSinceMs > lingerMs) this.abort(this.#end ?? { kind: 'closed' })
      return
    }
    if (timeouts.isIdle(limits.idleMs / 2, nowMs)) this.#wire.ping?.()
    const mayBeIdle = !this.#busy && !this.#waiting && !this.#throttled
    const overdue = timeouts.overdue(limits, nowMs, this.#stands(), mayBeIdle)
    if (overdue === undefined) return
    if (overdue.reason.kind === 'idle' && this.#owner.mayBeSilent(this)) timeouts.active(nowMs)
    else this.#cut(overdue.measure, overdue.reason)
  }

  /** It had to wait for the limits on messages; perhaps it may go on now. */
  retry(): void {
    this.#throttled = false
    this.#timeouts.active(this.#owner.nowMs)
    this.#pump()
  }

  onData(chunk: Buffer): void {
    if (this.#ending) return
    this.#timeouts.received(chunk.length, this.#owner.nowMs)
    this.#wire.decoder.push(chunk)
    this.#pump()
    if (!this.#stands() || this.#paused) return
    if (this.pendingBytes < this.#owner.lane.limits.frameBytes) return
    this.#paused = true
    this.#connection.pause()
  }

  onProgress(bytes: number): void {
    if (this.#ending) return
    this.#timeouts.received(bytes, this.#owner.nowMs)
    this.#pump()
  }

  onBroken(error: Error): void {
    this.#badMessage(error)
  }

  onEnd(): void {
    this.#peerEnded = true
    this.#pump()
  }

  onDrain(): void {
    this.#timeouts.active(this.#owner.nowMs)
    if (!this.#writer.drained()) return
    if (this.#ending) this.#wire.end(this.#end ?? { kind: 'closed' })
    else this.#pump()
    this.#drained.wake()
  }

  onClose(reason: CloseReason): void {
    this.#ending = true
    this.#drained.wake()
    this.#owner.closed(this, this.#end ?? endOf(reason))
  }

  /** True while no further frame may be handled. */
  #stands(): boolean {
    return this.#busy || this.#writer.isBlocked || this.#waiting || this.#throttled
  }

  #pump(): void {
    const { flight } = this.#owner.lane
    while (!this.#stands() && !this.#ending && !this.#owner.lane.draining) {
      if (flight.isFull) {
        this.#waitForPlace()
        break
      }
      const frame = this.#held ?? this.#nextFrame()
      if (frame === undefined || !this.#admit(frame)) break
      this.#handle(frame)
    }
    if (this.#stands() || this.#ending) return
    if (this.#owner.lane.draining) {
      this.finish({ kind: 'drain' })
      return
    }
    this.#timeouts.rest(this.#wire.decoder.pendingBytes, this.#owner.nowMs)
    if (this.#paused) {
      this.#paused = false
      this.#connection.resume()
    }
    if (this.#peerEnded) this.#lastFrame()
  }

  #nextFrame(): Buffer | undefined {
    try {
      const frame = this.#wire.decoder.next()
      if (frame !== undefined) this.#timeouts.whole()
      return frame
    } catch (error) {
      this.#badMessage(error)
      return undefined
    }
  }

  /** True when the frame may be handled; else it is held until the limits on its source's messages allow it. */
  #admit(frame: Buffer): boolean {
    const { rates, cells } = this.#owner
    if (rates === undefined || this.#host === undefined) return true
    this.#hasToken ||= rates.takeToken(this.#host)
    if (this.#hasToken && rates.takePlace(this.#host)) {
      this.#held = undefined
      this.#hasToken = false
      return true
    }
    if (this.#held === undefined) count(cells, measureAt.heldRate)
    this.#held = frame
    this.#throttled = true
    this.#owner.throttle(this)
    return false
  }

  /** The peer has finished: the end may complete a last frame, and then our side ends too. */
  #lastFrame(): void {
    try {
      const frame = this.#wire.decoder.end()
      if (frame !== undefined) {
        this.#timeouts.whole()
        if (this.#admit(frame)) this.#handle(frame)
        if (this.#stands()) return
      }
    } catch (error) {
      this.#badMessage(error)
      return
    }
    this.finish({ kind: 'end' })
  }

  #handle(frame: Buffer): void {
    const { lane, cells, handler, times } = this.#owner
    count(cells, measureAt.messages)
    cells[measureAt.messageBytes] = (cells[measureAt.messageBytes] as number) + frame.length
    let message: unknown = frame
    const { parse } = lane.framing
    if (parse !== undefined) {
      try {
        message = parse(frame)
      } catch (error) {
        this.#badMessage(error)
        return
      }
    }
    const sinceMs = times.begin()
    try {
      const answer = handler(message, this)
      if (isThenable(answer)) {
        this.#await(answer, sinceMs)
        return
      }
      if (answer !== undefined) this.#reply(answer)
      times.answered(sinceMs)
    } catch (error) {
      this.#handlerFailed(error)
    }
  }

  #reply(answer: unknown): void {
    count(this.#owner.cells, measureAt.replies)
    this.#write(this.#wire.encode(answer), true)
  }

  #await(answer: PromiseLike<unknown>, sinceMs: number): void {
    const { lane, times } = this.#owner
    const { flight } = lane
    const begunMs = times.promised(sinceMs)
    this.#busy = true
    flight.begin()
    const settled = (settle: () => void): void => {
      this.#busy = false
      try {
        settle()
      } catch (error) {
        this.#handlerFailed(error)
      }
      times.settled(begunMs)
      flight.end()
      // Sent before the next frame is handled, so that replies keep the order of their requests.
      this.#timeouts.active(this.#owner.nowMs)
      this.#pump()
    }
    answer.then(
      (reply) => settled(() => (reply === undefined ? undefined : this.#reply(reply))),
      (error: unknown) => settled(() => this.#handlerFailed(error)),
    )
  }

  #waitForPlace(): void {
    if (this.#waiting) return
    this.#waiting = true
    this.#owner.lane.flight.onPlace(() => {
      this.#waiting = false
      this.#timeouts.active(this.#owner.nowMs)
      this.#pump()
    })
  }

  #write(bytes: Bytes, isReply: boolean): boolean {
    if (this.#ending) return false
    const written = this.#writer.write(bytes, isReply)
    if (written === 'overflow') this.#cut(measureAt.closedQueueFull, { kind: 'queue-full' })
    return written === 'sent'
  }

  #cut(measure: number, reason: PeerEnd): void {
    count(this.#owner.cells, measure)
    this.abort(reason)
  }

  #badMessage(error: unknown): void {
    count(this.#owner.cells, measureAt.badMessages)
    if (this.#owner.lane.events.has('badMessage')) {
      this.#owner.lane.events.emit('badMessage', { error: error as Error, peer: this.address })
    }
    // Nothing that follows a broken frame can be understood; it is read and dropped until the peer is gone.
    this.finish({ kind: 'bad-frame', error: error as Error })
  }

  #handlerFailed(error: unknown): void {
    count(this.#owner.cells, measureAt.handlerErrors)
    this.#owner.lane.events.emit('handlerError', { error, peer: this.address })
    // Its reply is missing: a client that counts replies would wait for ever.
    this.finish({ kind: 'handler-error', error: error as Error })
  }
}
