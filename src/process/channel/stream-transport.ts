/** A transport over one of Node's own streams: where there is no addon. Nothing can go along with the bytes. */
import type { Duplex } from 'node:stream'

import type { Sink, Transport } from './transport.ts'

/** What may wait inside the stream; the rest waits in the channel, where it is counted. */
const waitingBytes = 262_144

export class StreamTransport implements Transport {
  readonly passesDescriptors = false
  readonly passesLocals = false
  readonly #stream: Duplex
  #sink: Sink | undefined
  #closed = false

  constructor(stream: Duplex) {
    this.#stream = stream
  }

  start(sink: Sink): void {
    this.#sink = sink
    this.#stream.on('data', (chunk: Buffer) => this.#arrive(chunk))
    // What was cut off is told by 'close'; the channel says what was left unread.
    this.#stream.on('error', () => {})
    this.#stream.on('close', () => sink.ended())
    this.#stream.on('end', () => sink.ended())
  }

  get waitingBytes(): number {
    return this.#stream.destroyed ? 0 : this.#stream.writableLength
  }

  write(bytes: Buffer, start: number, end: number): number {
    if (this.#closed || this.#stream.destroyed) return end - start
    const taken = Math.min(end - start, waitingBytes - this.#stream.writableLength)
    if (taken <= 0) return 0
    this.#stream.write(Buffer.from(bytes.subarray(start, start + taken)), () => this.#sink?.writable())
    return taken
  }

  pause(yes: boolean): void {
    if (yes) this.#stream.pause()
    else this.#stream.resume()
  }

  ref(yes: boolean): void {
    const handle = this.#stream as { ref?(): void; unref?(): void }
    if (yes) handle.ref?.()
    else handle.unref?.()
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#stream.end(() => this.#stream.destroy())
  }

  #arrive(chunk: Buffer): void {
    let given = 0
    while (given < chunk.length) {
      const room = this.#sink?.room() as Buffer
      const part = chunk.subarray(given, given + room.length)
      room.set(part)
      this.#sink?.filled(part.length, [], [])
      given += part.length
    }
  }
}
