/**
 * One stream connection of a server: bytes in, frames out of the decoder, one handler call at a time, replies
 * in order.
 *
 *   onData ─▶ decoder ─▶ pump: frame ─▶ handler ─▶ reply ─▶ write
 *                          ▲  stops while: a handler's promise is pending (busy)
 *                          │               the peer does not read (blocked)
 *                          │               the lane has no place for another promise (waiting)
 *                          └─ goes on when the promise settles, or onDrain
 *
 * While the pump stands still, what arrives is held up to one frame, then reading pauses and the
 * sender is slowed down by TCP itself.
 */
import type { FrameDecoder } from '../framing/index.ts'
import type { Address, CloseReason, Scheme, StreamConnection, StreamEvents } from '../io/index.ts'
import { isThenable, type Formatter, type Handler, type LaneContext } from './lane.ts'
import { count, measureAt, type Measures } from './measures.ts'
import type { Peer, PeerEnd } from './types.ts'

/** What the listener does for its connections. */
export interface StreamPeerOwner {
  readonly lane: LaneContext
  readonly measures: Measures
  readonly handler: Handler
  readonly format: Formatter
  /** A coarse clock, read once a batch or sweep: monotonic milliseconds. */
  readonly nowMs: number
  closed(peer: StreamPeer, reason: PeerEnd): void
}

/** After our side has finished, the peer has this long to finish too. */
const lingerMs = 2_000

export class StreamPeer implements Peer<unknown, unknown>, StreamEvents {
  state: unknown = undefined
  readonly #owner: StreamPeerOwner
  readonly #connection: StreamConnection
  readonly #decoder: FrameDecoder
  #busy = false
  #blocked = false
  #waiting = false
  #paused = false
  #peerEnded = false
  #ending = false
  #endingSinceMs = 0
  #end: PeerEnd | undefined
  #lastActiveMs: number
  #queuedBytesSeen = 0
  #frameSinceMs: number | undefined

  constructor(owner: StreamPeerOwner, connection: StreamConnection) {
    this.#owner = owner
    this.#connection = connection
    this.#decoder = owner.lane.framing.decoder(owner.lane.limits.frameBytes)
    this.#lastActiveMs = owner.nowMs
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
    return this.#busy || this.#connection.queuedBytes > 0
  }

  get queuedBytes(): number {
    return this.#connection.queuedBytes
  }

  get pendingBytes(): number {
    return this.#decoder.pendingBytes
  }

  begin(): void {
    this.#connection.start(this)
  }

  send(reply: unknown): boolean {
    const { lane, format } = this.#owner
    return this.#write(lane.framing.encode(format(reply)))
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
    this.#connection.end()
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
    this.#connection.destroy(reason.kind === 'queue-full')
  }

  /** Called now and then by the listener: closes silent peers and slow senders. */
  checkTimeouts(nowMs: number): void {
    const { idleMs, frameMs } = this.#owner.lane.limits
    const queuedBytes = this.#connection.queuedBytes
    // A slow reader is not an idle one: what has left the queue since the last look is traffic.
    if (queuedBytes < this.#queuedBytesSeen) this.#lastActiveMs = nowMs
    this.#queuedBytesSeen = queuedBytes
    const isIdle = idleMs > 0 && nowMs - this.#lastActiveMs > idleMs
    if (this.#ending) {
      if (queuedBytes > 0 && !isIdle) this.#endingSinceMs = nowMs
      if (nowMs - this.#endingSinceMs > lingerMs) this.abort(this.#end ?? { kind: 'closed' })
      return
    }
    if (frameMs > 0 && this.#frameSinceMs !== undefined && nowMs - this.#frameSinceMs > frameMs && !this.#stands()) {
      this.#cut(measureAt.closedFrameTimeout, { kind: 'frame-timeout' })
    } else if (isIdle && !this.#busy && !this.#waiting) {
      this.#cut(measureAt.closedIdle, { kind: 'idle' })
    }
  }

  // StreamEvents

  onData(chunk: Buffer): void {
    if (this.#ending) return
    this.#lastActiveMs = this.#owner.nowMs
    this.#decoder.push(chunk)
    this.#pump()
    if (!this.#stands() || this.#paused) return
    if (this.#decoder.pendingBytes < this.#owner.lane.limits.frameBytes) return
    this.#paused = true
    this.#connection.pause()
  }

  onEnd(): void {
    this.#peerEnded = true
    this.#pump()
  }

  onDrain(): void {
    this.#lastActiveMs = this.#owner.nowMs
    this.#blocked = false
    this.#pump()
  }

  onClose(reason: CloseReason): void {
    this.#ending = true
    this.#owner.closed(this, this.#end ?? endOf(reason))
  }

  /** True while no further frame may be handled. */
  #stands(): boolean {
    return this.#busy || this.#blocked || this.#waiting
  }

  #pump(): void {
    const { flight } = this.#owner.lane
    while (!this.#stands() && !this.#ending && !this.#owner.lane.draining) {
      if (flight.isFull) {
        this.#waitForPlace()
        break
      }
      const frame = this.#nextFrame()
      if (frame === undefined) break
      this.#handle(frame)
    }
    if (this.#stands() || this.#ending) return
    if (this.#owner.lane.draining) {
      this.finish({ kind: 'drain' })
      return
    }
    this.#frameSinceMs = this.#decoder.pendingBytes === 0 ? undefined : (this.#frameSinceMs ?? this.#owner.nowMs)
    if (this.#paused) {
      this.#paused = false
      this.#connection.resume()
    }
    if (this.#peerEnded) this.#lastFrame()
  }

  #nextFrame(): Buffer | undefined {
    try {
      const frame = this.#decoder.next()
      if (frame !== undefined) this.#frameSinceMs = undefined
      return frame
    } catch (error) {
      this.#badMessage(error)
      return undefined
    }
  }

  /** The peer has finished: the end may complete a last frame, and then our side ends too. */
  #lastFrame(): void {
    try {
      const frame = this.#decoder.end()
      if (frame !== undefined) {
        this.#handle(frame)
        if (this.#stands()) return
      }
    } catch (error) {
      this.#badMessage(error)
      return
    }
    this.finish({ kind: 'end' })
  }

  #handle(frame: Buffer): void {
    const { lane, measures, handler } = this.#owner
    const { cells } = measures
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
    try {
      const answer = handler(message, this)
      if (answer === undefined) return
      if (isThenable(answer)) this.#await(answer)
      else this.#reply(answer)
    } catch (error) {
      this.#handlerFailed(error)
    }
  }

  #reply(answer: unknown): void {
    const { lane, measures, format } = this.#owner
    count(measures.cells, measureAt.replies)
    this.#write(lane.framing.encode(format(answer)))
  }

  #await(answer: PromiseLike<unknown>): void {
    const { flight } = this.#owner.lane
    this.#busy = true
    flight.begin()
    const settled = (settle: () => void): void => {
      this.#busy = false
      try {
        settle()
      } catch (error) {
        this.#handlerFailed(error)
      }
      flight.end()
      // Sent before the next frame is handled, so that replies keep the order of their requests.
      this.#lastActiveMs = this.#owner.nowMs
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
      this.#pump()
    })
  }

  #write(bytes: Uint8Array | string): boolean {
    if (this.#ending) return false
    const taken = this.#connection.write(bytes)
    if (taken) return true
    this.#blocked = this.#connection.queuedBytes > 0
    if (this.#connection.queuedBytes > this.#owner.lane.limits.queueBytes) {
      this.#cut(measureAt.closedQueueFull, { kind: 'queue-full' })
    }
    return false
  }

  #cut(measure: number, reason: PeerEnd): void {
    count(this.#owner.measures.cells, measure)
    this.abort(reason)
  }

  #badMessage(error: unknown): void {
    count(this.#owner.measures.cells, measureAt.badMessages)
    if (this.#owner.lane.events.has('badMessage')) {
      this.#owner.lane.events.emit('badMessage', { error: error as Error, peer: this.address })
    }
    // Nothing that follows a broken frame can be understood; it is read and dropped until the peer is gone.
    this.finish({ kind: 'bad-frame', error: error as Error })
  }

  #handlerFailed(error: unknown): void {
    count(this.#owner.measures.cells, measureAt.handlerErrors)
    this.#owner.lane.events.emit('handlerError', { error, peer: this.address })
    // Its reply is missing: a client that counts replies would wait for ever.
    this.finish({ kind: 'handler-error', error: error as Error })
  }
}

function endOf(reason: CloseReason): PeerEnd {
  if (reason.kind === 'local') return { kind: 'closed' }
  return reason.error === undefined ? { kind: reason.kind } : { kind: reason.kind, error: reason.error }
}
