/**
 * Frames of one size: records, samples, blocks.
 *
 *   | 16 bytes | 16 bytes | 16 bytes | ...
 */
import { checkInteger, fail } from '../core/index.ts'
import { ChunkQueue } from './chunks.ts'
import { payloadSize } from './payload.ts'
import type { FrameDecoder, Framing } from './types.ts'

const largestFrameBytes = 1_073_741_824

/**
 * Every message has exactly `sizeBytes` bytes (1 to 1 GiB).
 *
 * Throws OPTION_INVALID; decoding throws FRAME_TOO_LONG at the first byte when `sizeBytes` exceeds
 * `frameBytes`, and FRAME_TRUNCATED when the stream ends inside a frame; encoding throws
 * FRAME_INVALID for a payload of another size.
 *
 * @example
 * import { fixed } from 'lanework/framing'
 *
 * const decoder = fixed(4).decoder(65_536)
 * decoder.push(Buffer.from('abcdef'))
 * console.log(String(decoder.next()), decoder.next()) // abcd undefined
 */
export function fixed(sizeBytes: number): Framing {
  checkInteger('fixed', sizeBytes, 1, largestFrameBytes)
  return {
    name: 'fixed',
    decoder: (frameBytes) => new FixedDecoder(sizeBytes, frameBytes),
    encode(payload) {
      const size = payloadSize(payload)
      if (size === sizeBytes) return payload
      const reason = `a payload of ${size} bytes is not exactly ${sizeBytes} bytes long`
      throw fail('FRAME_INVALID', { framing: 'fixed', reason })
    },
  }
}

class FixedDecoder implements FrameDecoder {
  readonly #sizeBytes: number
  readonly #frameBytes: number
  readonly #queue = new ChunkQueue()

  constructor(sizeBytes: number, frameBytes: number) {
    this.#sizeBytes = sizeBytes
    this.#frameBytes = frameBytes
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk)
  }

  next(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined
    if (this.#sizeBytes > this.#frameBytes) {
      const limits = { sizeBytes: this.#sizeBytes, limitBytes: this.#frameBytes }
      throw fail('FRAME_TOO_LONG', { framing: 'fixed', ...limits })
    }
    return this.#queue.length < this.#sizeBytes ? undefined : this.#queue.take(this.#sizeBytes)
  }

  end(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined
    throw fail('FRAME_TRUNCATED', { framing: 'fixed', pendingBytes: this.#queue.length })
  }
}
