/**
 * An accepted WebSocket. What comes goes through the receiver of `ws`, which checks masks, fragments, control frames and UTF-8;
 * what leaves goes straight to the connection, so that a turn's frames leave together.
 *
 *   connection ─▶ ConnectionDuplex ─▶ ws ─▶ message ─▶ owner
 *   connection ◀───────────────────────────── frame ◀─ owner
 */
import type { WebSocket } from 'ws'

import { fail, type LaneworkError } from '../../core/index.ts'
import type { Bytes } from '../../framing/index.ts'
import type { Address } from '../address.ts'
import type { ConnectionDuplex } from '../http/connection-duplex.ts'
import type { CloseReason, StreamConnection } from '../types.ts'
import { controlFrame } from '../websocket-frame.ts'
import { MessageProgress } from './progress.ts'
import type { WebSocketConnection, WebSocketEvents, WebSocketRequest } from './types.ts'

/** `readyState` of an open WebSocket. */
const open = 1

export class AcceptedWebSocket implements WebSocketConnection {
  readonly request: WebSocketRequest
  isText = false
  readonly #socket: WebSocket
  readonly #duplex: ConnectionDuplex
  readonly #below: StreamConnection
  readonly #messageBytes: number
  readonly #progress = new MessageProgress()
  #remote: Address | undefined
  #events: WebSocketEvents | undefined
  /** The peer has. */
  #saidGoodbye = false
  /** We have said goodbye. */
  #finishing = false
  /** The connection is gone, while the owner still handles what came before the goodbye. */
  #heldEnd: CloseReason | undefined
  #isBroken = false
  /** Answered once there is room again. */
  #pinged: Buffer | undefined

  constructor(socket: WebSocket, duplex: ConnectionDuplex, request: WebSocketRequest, messageBytes: number) {
    this.#socket = socket
    this.#duplex = duplex
    this.#below = duplex.connection
    this.request = request
    this.#messageBytes = messageBytes
  }

  get remote(): Address {
    this.#remote ??= withScheme(this.#below.remote)
    return this.#remote
  }

  get local(): Address {
    return withScheme(this.#below.local)
  }

  get partBytes(): number {
    return this.#progress.partBytes
  }

  get queuedBytes(): number {
    return this.#below.queuedBytes
  }

  start(events: WebSocketEvents): void {
    this.#events = events
    const socket = this.#socket
    socket.on('message', (data, isBinary) => {
      this.isText = !isBinary
      events.onData(data as Buffer)
    })
    socket.on('ping', (data: Buffer) => this.#answerPing(data))
    socket.on('error', (error: Error & { code?: string }) => this.#onError(error))
    // After the receiver's own listener: it has seen the same bytes.
    this.#duplex.on('data', (chunk: Buffer) => this.#onBytes(chunk))
    this.#duplex.onDrained = (): void => this.#onDrain()
    this.#duplex.onClosed = (reason): void => this.#onClosed(this.#endOf(reason))
  }

  /** Queues a frame (`webSocketFrame`). */
  write(frame: Bytes): boolean {
    if (this.#socket.readyState !== open) return false
    return this.#below.write(frame)
  }

  pause(): void {
    this.#socket.pause()
    this.#below.pause()
  }

  resume(): void {
    this.#socket.resume()
    this.#below.resume()
  }

  ping(): void {
    if (this.#socket.readyState === open && this.#below.queuedBytes === 0) this.#below.write(controlFrame('ping'))
  }

  end(): void {
    this.finish(1_000)
  }

  finish(code: number): void {
    this.#finishing = true
    if (this.#socket.readyState === open) this.#socket.close(code)
    // The peer's answer is read and dropped with what comes before it.
    this.resume()
    this.#tellHeldEnd()
  }

  cut(code: number, reset: boolean): void {
    if (this.#below.queuedBytes === 0 && this.#socket.readyState === open) this.#socket.close(code)
    this.destroy(reset)
  }

  destroy(reset?: boolean): void {
    this.#finishing = true
    this.#below.destroy(reset)
    this.#tellHeldEnd()
  }

  ref(yes: boolean): void {
    this.#below.ref(yes)
  }

  setNoDelay(yes: boolean): void {
    this.#below.setNoDelay(yes)
  }

  #onBytes(chunk: Buffer): void {
    this.#progress.push(chunk)
    if (this.#socket.readyState === open || this.#isBroken || this.#finishing) this.#events?.onProgress(chunk.length)
    else if (!this.#saidGoodbye) {
      this.#saidGoodbye = true
      this.#events?.onEnd()
    }
  }

  #onDrain(): void {
    const pinged = this.#pinged
    this.#pinged = undefined
    if (pinged !== undefined) this.#answerPing(pinged)
    this.#events?.onDrain()
  }

  #onClosed(end: CloseReason): void {
    if (!this.#saidGoodbye || this.#finishing) {
      this.#events?.onClose(end)
      return
    }
    this.#heldEnd = end
    // Nothing waits any more: an owner that was held up by it goes on.
    this.#events?.onDrain()
  }

  /** On a later turn, as every end is told. */
  #tellHeldEnd(): void {
    const end = this.#heldEnd
    this.#heldEnd = undefined
    if (end !== undefined) queueMicrotask(() => this.#events?.onClose(end))
  }

  /** A peer that pings and does not read has its last ping answered (RFC 6455, section 5.5.3). */
  #answerPing(data: Buffer): void {
    if (this.#below.queuedBytes > 0) this.#pinged = data
    else this.write(controlFrame('pong', data))
  }

  #onError(error: Error & { code?: string }): void {
    if (this.#isBroken || error.code?.startsWith('WS_ERR') !== true) return
    this.#isBroken = true
    this.#events?.onBroken(this.#brokenBy(error))
  }

  #brokenBy(error: Error & { code?: string }): LaneworkError {
    const limitBytes = this.#messageBytes
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') {
      return fail('FRAME_TOO_LONG', { framing: 'websocket', sizeBytes: limitBytes + 1, limitBytes })
    }
    return fail('FRAME_INVALID', { framing: 'websocket', reason: error.message }, { cause: error })
  }

  /** Without a goodbye a peer has broken off, even where its system ended the connection in order (code 1006). */
  #endOf(reason: CloseReason): CloseReason {
    return reason.kind === 'end' && !this.#saidGoodbye ? { kind: 'reset' } : reason
  }
}

function withScheme(address: Address): Address {
  return 'host' in address ? { scheme: 'ws', host: address.host, port: address.port } : address
}
