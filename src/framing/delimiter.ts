/**
 * Frames that end with a sequence of bytes of one's own: NUL-terminated strings, `\r\n\r\n`, ...
 *
 *   h e l l o 00 w o r l d 00
 *   └─frame─┘    └─frame─┘
 */
import { fail } from '../core/index.ts'
import { ChunkQueue } from './chunks.ts'
import { nothing, wrapPayload } from './payload.ts'
import type { Bytes, FrameDecoder, Framing } from './types.ts'

const delimiterBytesLimit = 16

/**
 * Splits at a delimiter of 1 to 16 bytes (a string counts as UTF-8); the message is what stands
 * before it, and `frameBytes` counts that.
 *
 * Throws OPTION_INVALID for a delimiter of another size; decoding throws FRAME_TOO_LONG, and
 * FRAME_TRUNCATED when the stream ends without a delimiter; encoding throws FRAME_INVALID when the
 * receiver would find the delimiter before the payload is over.
 *
 * @example
 * import { delimiter } from 'lanework/framing'
 *
 * const framing = delimiter('\0')
 * const decoder = framing.decoder(65_536)
 * decoder.push(Buffer.from(framing.encode('hello')))
 * console.log(String(decoder.next())) // hello
 */
export function delimiter(bytes: Bytes): Framing {
  const sequence = checkDelimiter(bytes)
  return {
    name: 'delimiter',
    decoder: (frameBytes) => new DelimiterDecoder(sequence, frameBytes),
    encode: (payload) => encodeDelimited(sequence, payload),
  }
}

function checkDelimiter(bytes: Bytes): Buffer {
  if (typeof bytes === 'string' || bytes instanceof Uint8Array) {
    // A copy, as the caller may change the bytes later.
    const sequence = Buffer.from(bytes as string)
    if (sequence.length >= 1 && sequence.length <= delimiterBytesLimit) return sequence
  }
  const got = typeof bytes === 'string' ? JSON.stringify(bytes.slice(0, 40)) : `${bytes?.length} bytes`
  throw fail('OPTION_INVALID', { option: 'delimiter', rule: `1 to ${delimiterBytesLimit} bytes`, got })
}

function encodeDelimited(sequence: Buffer, payload: Bytes): Buffer {
  const frame = wrapPayload(nothing, payload, sequence)
  // Searched in the whole, since a payload `xa` and a delimiter `aa` make `xaaa`, which is cut after x.
  if (frame.indexOf(sequence) === frame.length - sequence.length) return frame
  throw fail('FRAME_INVALID', {
    framing: 'delimiter',
    reason: `the delimiter ${sequence.toString('hex')} (hex) begins inside the payload`,
  })
}

class DelimiterDecoder implements FrameDecoder {
  readonly #sequence: Buffer
  /** A single byte is searched for as a number, which is faster. */
  readonly #needle: number | Buffer
  readonly #frameBytes: number
  readonly #queue = new ChunkQueue()

  constructor(sequence: Buffer, frameBytes: number) {
    this.#sequence = sequence
    this.#needle = sequence.length === 1 ? sequence.readUInt8(0) : sequence
    this.#frameBytes = frameBytes
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk)
  }

  next(): Buffer | undefined {
    const found = this.#queue.indexOf(this.#needle)
    // Not found: what was searched is in the frame for sure, a half delimiter at the end may not be.
    const sizeBytes = found < 0 ? this.#queue.searchedBytes : found
    if (sizeBytes > this.#frameBytes) {
      throw fail('FRAME_TOO_LONG', { framing: 'delimiter', sizeBytes, limitBytes: this.#frameBytes })
    }
    if (found < 0) return undefined
    const frame = this.#queue.take(found)
    this.#queue.skip(this.#sequence.length)
    return frame
  }

  end(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined
    throw fail('FRAME_TRUNCATED', { framing: 'delimiter', pendingBytes: this.#queue.length })
  }
}
