/**
 * No framing: each chunk of the stream is a message as it comes. Where TCP cuts is up to the
 * network, so this suits echo, proxies and sinks, and protocols that do their own cutting.
 */
import type { FrameDecoder, Framing } from './types.ts'

/**
 * Each chunk is a message. A chunk longer than `frameBytes` arrives as several messages of at most
 * `frameBytes` bytes, so nothing is ever refused; an empty payload sends nothing.
 *
 * @example
 * import { raw } from 'lanework/framing'
 *
 * const decoder = raw().decoder(4)
 * decoder.push(Buffer.from('abcdef'))
 * console.log(String(decoder.next()), String(decoder.next())) // abcd ef
 */
export function raw(): Framing {
  return {
    name: 'raw',
    raw: true,
    decoder: (frameBytes) => new RawDecoder(frameBytes),
    encode: (payload) => payload,
  }
}

/** Stands in for a chunk that has been handed out, so that the list does not keep its memory. */
const usedUp: Buffer = Buffer.alloc(0)

/** Used-up chunks are dropped from the list once there are this many and they are the larger half. */
const compactAt = 32

/** A list of chunks and no byte queue, as chunks must not be joined. */
class RawDecoder implements FrameDecoder {
  readonly #frameBytes: number
  readonly #chunks: Buffer[] = []
  #head = 0
  #pendingBytes = 0

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes
  }

  get pendingBytes(): number {
    return this.#pendingBytes
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#pendingBytes += chunk.length
  }

  next(): Buffer | undefined {
    if (this.#pendingBytes === 0) return undefined
    const chunk = this.#chunks[this.#head] as Buffer
    if (chunk.length > this.#frameBytes) return this.#cut(chunk)
    this.#pendingBytes -= chunk.length
    this.#drop()
    return chunk
  }

  end(): Buffer | undefined {
    return undefined
  }

  #drop(): void {
    const chunks = this.#chunks
    // Usually one chunk waits, and pop keeps the room in the list where emptying it would free it.
    if (chunks.length === 1) {
      chunks.pop()
      return
    }
    chunks[this.#head++] = usedUp
    if (this.#head < chunks.length && (this.#head < compactAt || this.#head * 2 < chunks.length)) return
    chunks.splice(0, this.#head)
    this.#head = 0
  }

  #cut(chunk: Buffer): Buffer {
    this.#chunks[this.#head] = chunk.subarray(this.#frameBytes)
    this.#pendingBytes -= this.#frameBytes
    return chunk.subarray(0, this.#frameBytes)
  }
}
