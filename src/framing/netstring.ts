/**
 * Netstrings (D. J. Bernstein, https://cr.yp.to/proto/netstrings.txt): the length in decimal digits,
 * a colon, the payload, a comma. Self-delimiting and checked at both ends.
 *
 *   5 : h e l l o ,
 *       └─frame─┘
 */
import { fail } from '../core/index.ts'
import { ChunkQueue } from './chunks.ts'
import { payloadSize, wrapPayload } from './payload.ts'
import type { FrameDecoder, Framing } from './types.ts'

const zero = 0x30
const colon = 0x3a
const comma = Buffer.from(',')

/**
 * Frames are netstrings; the message is the payload, and `frameBytes` counts that.
 *
 * Decoding throws FRAME_INVALID for anything but digits before the colon, for leading zeros and for
 * a missing comma, FRAME_TOO_LONG at the first digit that takes the length over the limit, and
 * FRAME_TRUNCATED. Every payload can be encoded.
 *
 * @example
 * import { netstring } from 'lanework/framing'
 *
 * const decoder = netstring().decoder(65_536)
 * decoder.push(Buffer.from('5:hello,5:wor'))
 * console.log(String(decoder.next()), decoder.next()) // hello undefined
 */
export function netstring(): Framing {
  return {
    name: 'netstring',
    decoder: (frameBytes) => new NetstringDecoder(frameBytes),
    encode: (payload) => wrapPayload(Buffer.from(`${payloadSize(payload)}:`), payload, comma),
  }
}

class NetstringDecoder implements FrameDecoder {
  readonly #frameBytes: number
  readonly #queue = new ChunkQueue()
  /** Both are known once the colon of the next frame has come; 0 and -1 before. */
  #headBytes = 0
  #payloadBytes = -1

  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk)
  }

  next(): Buffer | undefined {
    if (this.#payloadBytes < 0 && !this.#readHead()) return undefined
    const commaAt = this.#headBytes + this.#payloadBytes
    if (this.#queue.length <= commaAt) return undefined
    if (this.#queue.at(commaAt) !== comma[0]) throw invalid('no comma after the payload')
    this.#queue.skip(this.#headBytes)
    const payload = this.#queue.take(this.#payloadBytes)
    this.#queue.skip(comma.length)
    this.#payloadBytes = -1
    return payload
  }

  end(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined
    throw fail('FRAME_TRUNCATED', { framing: 'netstring', pendingBytes: this.#queue.length })
  }

  /** Reads digits up to the colon, at most as many as the limit has; false while it has not come. */
  #readHead(): boolean {
    let length = 0
    for (let index = 0; ; index++) {
      const byte = this.#queue.at(index)
      if (byte === undefined) return false
      if (byte === colon && index > 0) {
        this.#headBytes = index + 1
        this.#payloadBytes = length
        return true
      }
      if (byte < zero || byte > zero + 9) throw invalid('the length has something else than digits')
      if (index > 0 && length === 0) throw invalid('the length has a leading zero')
      length = length * 10 + byte - zero
      if (length > this.#frameBytes) throw this.#tooLong(length)
    }
  }

  #tooLong(sizeBytes: number): Error {
    return fail('FRAME_TOO_LONG', { framing: 'netstring', sizeBytes, limitBytes: this.#frameBytes })
  }
}

function invalid(reason: string): Error {
  return fail('FRAME_INVALID', { framing: 'netstring', reason })
}
