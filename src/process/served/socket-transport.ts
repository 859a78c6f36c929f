/** A transport over a Unix socket of the io layer, which may still be connecting. Nothing can go along with the bytes. */
import type { CloseReason, StreamConnection, StreamEvents } from '../../io/index.ts'
import type { Sink, Transport } from '../channel/transport.ts'

/** What may wait inside the connection before the channel is told to wait. */
const waitingBytes = 262_144
/** After our end the other one has so long to end too. */
const lingerMs = 1_000

export class SocketTransport implements Transport, StreamEvents {
  readonly passesDescriptors = false
  readonly passesLocals = false
  #connection: StreamConnection | undefined
  #sink: Sink | undefined
  #paused = false
  #closed = false
  #ended = false

  /** Keeps nothing running: who waits for something does. */
  constructor(connection: StreamConnection | Promise<StreamConnection>) {
    if (connection instanceof Promise) {
      connection.then(
        (made) => this.#use(made),
        (error: Error) => this.#end(error),
      )
    } else this.#connection = connection
  }

  start(sink: Sink): void {
    this.#sink = sink
    if (this.#connection !== undefined) this.#use(this.#connection)
  }

  write(bytes: Buffer, start: number, end: number): number {
    if (this.#closed || this.#ended) return end - start
    const connection = this.#connection
    if (connection === undefined || connection.queuedBytes > waitingBytes) return 0
    connection.write(bytes.subarray(start, end))
    return end - start
  }

  pause(yes: boolean): void {
    this.#paused = yes
    if (yes) this.#connection?.pause()
    else this.#connection?.resume()
  }

  ref(yes: boolean): void {
    this.#connection?.ref(yes)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    if (this.#connection !== undefined) this.#endOurs(this.#connection)
  }

  // StreamEvents

  onData(chunk: Buffer): void {
    let given = 0
    while (given < chunk.length && !this.#closed) {
      const room = this.#sink?.room() as Buffer
      const part = chunk.subarray(given, given + room.length)
      room.set(part)
      this.#sink?.filled(part.length, [], [])
      given += part.length
    }
  }

  onEnd(): void {
    this.#connection?.destroy()
  }

  onDrain(): void {
    this.#sink?.writable()
  }

  onClose(reason: CloseReason): void {
    this.#end(reason.kind === 'error' ? reason.error : undefined)
  }

  #use(connection: StreamConnection): void {
    this.#connection = connection
    connection.start(this)
    connection.ref(false)
    if (this.#paused) connection.pause()
    this.#sink?.writable()
    if (this.#closed) this.#endOurs(connection)
  }

  /** What is queued goes first; the other end then ends too, or is cut off. */
  #endOurs(connection: StreamConnection): void {
    connection.resume()
    connection.end()
    setTimeout(() => connection.destroy(), lingerMs).unref()
  }

  #end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#sink?.ended(error)
  }
}
