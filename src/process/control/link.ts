/** One connection as values in both directions: frames in, frames out, and a word on how full the way out is. */
import { fail, isLaneworkError } from '../../core/index.ts'
import type { FrameDecoder } from '../../framing/index.ts'
import { formatAddress, type CloseReason, type StreamConnection, type StreamEvents } from '../../io/index.ts'
import { decodeValue } from '../codec/index.ts'
import { controlFraming, encodeMessage, type ClientMessage, type ServerMessage } from './messages.ts'

/** After our end the peer has this long to end too. */
const lingerMs = 1_000

export interface LinkEvents {
  onMessage(value: unknown): void
  /** The last event, exactly once. */
  onClose(error: Error): void
}

export class Link implements StreamEvents {
  readonly #connection: StreamConnection
  readonly #limitBytes: number
  readonly #decoder: FrameDecoder
  readonly #events: LinkEvents
  #drains: (() => void)[] = []
  #isFull = false
  #paused = false
  #closed = false
  #failure: Error | undefined
  #linger: NodeJS.Timeout | undefined

  constructor(connection: StreamConnection, limitBytes: number, events: LinkEvents) {
    this.#connection = connection
    this.#limitBytes = limitBytes
    this.#decoder = controlFraming.decoder(limitBytes)
    this.#events = events
    connection.start(this)
  }

  get closed(): boolean {
    return this.#closed
  }

  /** Sends a message; throws FRAME_TOO_LONG or NOT_SERIALIZABLE, and then nothing was sent. */
  send(message: ClientMessage | ServerMessage): void {
    if (this.#closed) return
    const bytes = encodeMessage(message, this.#limitBytes)
    if (this.#connection.write(bytes)) return
    this.#isFull = true
  }

  /** Resolves when the peer keeps up, or is gone. */
  async drained(): Promise<void> {
    if (this.#isFull && !this.#closed) await new Promise<void>((resolve) => this.#drains.push(resolve))
  }

  get isFull(): boolean {
    return this.#isFull
  }

  /** Requests wait in the peer until `resume`. */
  pause(): void {
    this.#paused = true
    this.#connection.pause()
  }

  resume(): void {
    this.#paused = false
    this.#connection.resume()
    this.#deliver()
  }

  ref(yes: boolean): void {
    this.#connection.ref(yes)
  }

  /** Ends after what is queued; a peer that does not end too is cut off after a second. */
  end(): void {
    if (this.#closed || this.#failure !== undefined) return
    this.#failure = this.#goneError()
    this.#connection.resume()
    this.#connection.end()
    this.#linger = setTimeout(() => this.#connection.destroy(), lingerMs)
  }

  /** Breaks off. */
  break(error: Error): void {
    if (this.#closed) return
    this.#failure ??= error
    this.#connection.destroy()
  }

  // StreamEvents

  onData(chunk: Buffer): void {
    this.#decoder.push(chunk)
    this.#deliver()
  }

  /** One chunk may hold thousands of requests: after a pause the rest stays in the decoder. */
  #deliver(): void {
    try {
      while (!this.#closed && !this.#paused && this.#failure === undefined) {
        const frame = this.#decoder.next()
        if (frame === undefined) return
        this.#events.onMessage(decodeValue(frame))
      }
    } catch (error) {
      this.break(isLaneworkError(error) ? error : invalidBytes(error))
    }
  }

  onEnd(): void {
    this.#failure ??= this.#goneError()
    this.#connection.destroy()
  }

  onDrain(): void {
    this.#isFull = false
    for (const resolve of this.#drains.splice(0)) resolve()
  }

  onClose(reason: CloseReason): void {
    if (this.#closed) return
    this.#closed = true
    clearTimeout(this.#linger)
    for (const resolve of this.#drains.splice(0)) resolve()
    this.#events.onClose(this.#failure ?? reason.error ?? this.#goneError())
  }

  #goneError(): Error {
    return fail('CLOSED', { what: `control connection ${formatAddress(this.#connection.remote)}` })
  }
}

/** Bytes that the codec stumbles over are garbage of the peer's, whatever the codec says. */
function invalidBytes(cause: unknown): Error {
  return fail('FRAME_INVALID', { framing: controlFraming.name, reason: 'its body is no value' }, { cause })
}
