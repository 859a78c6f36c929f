/** A connection of ours as a Node stream, for those who want one: the HTTP parser, and the WebSocket receiver. */
import { Duplex } from 'node:stream'

import type { CloseReason, StreamConnection, StreamEvents } from '../types.ts'

/** What is read ahead while nobody takes it, in bytes. */
const readAheadBytes = 65_536

/** Reading and writing follow the connection's own back-pressure. */
export class ConnectionDuplex extends Duplex implements StreamEvents {
  readonly connection: StreamConnection
  /** Told of the end of the connection, after the stream itself. */
  onClosed: (reason: CloseReason) => void = () => {}
  /** Told when unsent bytes have left. */
  onDrained: () => void = () => {}
  #isPaused = false
  /** Called when what was written has left. */
  #written: (() => void) | undefined

  constructor(connection: StreamConnection) {
    super({ allowHalfOpen: true, highWaterMark: readAheadBytes, emitClose: true, autoDestroy: false })
    this.connection = connection
    // A stream whose error nobody hears ends the process; how the connection ended is told by onClosed.
    this.on('error', () => {})
    connection.start(this)
  }

  /** Whom the HTTP server and its requests see. */
  get remoteAddress(): string | undefined {
    const { remote } = this.connection
    return 'host' in remote ? remote.host : undefined
  }

  override _read(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.connection.resume()
  }

  override _write(chunk: Buffer, _encoding: string, written: () => void): void {
    if (this.connection.write(chunk) || this.connection.queuedBytes === 0) written()
    else this.#written = written
  }

  override _final(finished: () => void): void {
    this.connection.end()
    finished()
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.connection.destroy()
    done(error)
  }

  onData(chunk: Buffer): void {
    if (this.destroyed || this.push(chunk) || this.#isPaused) return
    this.#isPaused = true
    this.connection.pause()
  }

  onEnd(): void {
    if (!this.destroyed) this.push(null)
  }

  onDrain(): void {
    const written = this.#written
    this.#written = undefined
    written?.()
    this.onDrained()
  }

  onClose(reason: CloseReason): void {
    this.destroy()
    this.onClosed(reason)
  }
}
