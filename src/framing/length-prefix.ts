/**
 * Frames that announce their length.
 *
 *   bytes: 2                       | 00 05 | h e l l o |
 *   bytes: 'varint'                |  05   | h e l l o |
 *   bytes: 2, inclusive: true      | 00 07 | h e l l o |        counts the field as well
 *
 *   bytes: 2, offset: 1            |  T  | 00 05 | h e l l o |
 *                                  └head─┘       └──payload──┘
 *   what the handler gets          |  T  | h e l l o |          the field is taken out
 *
 * A frame over the limit is refused as soon as its length is known, before its payload comes.
 */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../core/index.ts'
import { ChunkQueue } from './chunks.ts'
import { nothing, payloadBytes, payloadSize, wrapPayload } from './payload.ts'
import type { Bytes, FrameDecoder, Framing } from './types.ts'
import { readVarint, varintBytes } from './varint.ts'

const largestOffset = 255

/** Options of `lengthPrefix()`. */
export interface LengthPrefixOptions {
  /** The size of the length field in bytes, or `varint`: unsigned LEB128 as in Protocol Buffers. */
  readonly bytes: 1 | 2 | 4 | 8 | 'varint'
  /**
   * The byte order of the length field; a varint has none.
   * @default 'big'
   */
  readonly order?: 'big' | 'little'
  /**
   * Bytes that stand before the length field, 0 to 255: a type, flags, a version. The handler gets
   * them in front of the payload, without the length field; a reply begins with them likewise.
   * @default 0
   */
  readonly offset?: number
  /**
   * What the length counts besides the payload: nothing (false), the length field and the `offset`
   * bytes (true), or only the length field ('field', as in PostgreSQL). A varint can only be false,
   * as its own size depends on its value.
   * @default false
   */
  readonly inclusive?: boolean | 'field'
}

/**
 * Each frame starts with its length. The message is the payload without the length field; with
 * `offset`, the bytes before the field come first. `frameBytes` counts what the handler gets.
 *
 * Throws OPTION_INVALID; decoding throws FRAME_TOO_LONG as soon as the length is read,
 * FRAME_INVALID for an inclusive length below the header's own and for a varint of more than 64
 * bits, and FRAME_TRUNCATED; encoding throws FRAME_INVALID for a payload too long for the field or
 * shorter than `offset`. Source: Protocol Buffers, "Encoding", for the varint.
 *
 * @example
 * import { lengthPrefix } from 'lanework/framing'
 *
 * // PostgreSQL: a type byte, then a length of 4 bytes that counts itself but not the type.
 * const framing = lengthPrefix({ bytes: 4, offset: 1, inclusive: 'field' })
 * const decoder = framing.decoder(65_536)
 * decoder.push(Buffer.from('Q\0\0\0\x09ping\0'))
 * console.log(JSON.stringify(String(decoder.next()))) // "Qping\u0000"
 */
export function lengthPrefix(options: LengthPrefixOptions): Framing {
  const layout = checkLayout(options)
  return {
    name: framingName,
    decoder: (frameBytes) => new LengthPrefixDecoder(layout, frameBytes),
    encode: (payload) => (layout.offset === 0 ? encodeSimple(layout, payload) : encodeOffset(layout, payload)),
  }
}

const framingName = 'length-prefix'

/** The options with all defaults in place. */
interface Layout {
  readonly fieldBytes: number | 'varint'
  readonly little: boolean
  readonly offset: number
  /** What the announced length counts beyond the payload, in bytes. */
  readonly overhead: number
}

function checkLayout(options: LengthPrefixOptions): Layout {
  checkKnownKeys('lengthPrefix', options, ['bytes', 'order', 'offset', 'inclusive'])
  const size = checkChoice('lengthPrefix.bytes', String(options.bytes), ['1', '2', '4', '8', 'varint'])
  const little = checkChoice('lengthPrefix.order', options.order ?? 'big', ['big', 'little']) === 'little'
  const offset = checkInteger('lengthPrefix.offset', options.offset ?? 0, 0, largestOffset)
  const inclusive = String(options.inclusive ?? false)
  if (size === 'varint') {
    checkChoice('lengthPrefix.inclusive (with a varint)', inclusive, ['false'])
    return { fieldBytes: 'varint', little, offset, overhead: 0 }
  }
  const counts = checkChoice('lengthPrefix.inclusive', inclusive, ['false', 'true', 'field'])
  const overheads = { false: 0, true: offset + Number(size), field: Number(size) }
  return { fieldBytes: Number(size), little, offset, overhead: overheads[counts] }
}

function encodeSimple(layout: Layout, payload: Bytes): Buffer {
  return wrapPayload(lengthField(layout, payloadSize(payload)), payload, nothing)
}

function encodeOffset(layout: Layout, payload: Bytes): Buffer {
  const bytes = payloadBytes(payload)
  if (bytes.length < layout.offset) {
    throw invalid(`a payload of ${bytes.length} bytes lacks the ${layout.offset} bytes before the length field`)
  }
  const body = bytes.subarray(layout.offset)
  return Buffer.concat([bytes.subarray(0, layout.offset), lengthField(layout, body.length), body])
}

function lengthField(layout: Layout, payloadLength: number): Uint8Array {
  let rest = payloadLength + layout.overhead
  const size = layout.fieldBytes
  if (size === 'varint') return varintBytes(rest)
  if (rest >= 256 ** size) throw invalid(`the length of ${payloadLength} bytes does not fit a field of ${size}`)
  const field = new Uint8Array(size)
  for (let index = 0; index < size; index++) {
    field[layout.little ? index : size - 1 - index] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return field
}

function invalid(reason: string): Error {
  return fail('FRAME_INVALID', { framing: framingName, reason })
}

class LengthPrefixDecoder implements FrameDecoder {
  readonly #layout: Layout
  readonly #frameBytes: number
  readonly #queue = new ChunkQueue()
  /** Both are known once the length field of the next frame is whole; 0 and -1 before. */
  #fieldBytes = 0
  #payloadBytes = -1

  constructor(layout: Layout, frameBytes: number) {
    this.#layout = layout
    this.#frameBytes = frameBytes
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk)
  }

  next(): Buffer | undefined {
    if (this.#payloadBytes < 0 && !this.#readLength()) return undefined
    const offset = this.#layout.offset
    if (this.#queue.length < offset + this.#fieldBytes + this.#payloadBytes) return undefined
    const head = offset === 0 ? nothing : this.#queue.take(offset)
    this.#queue.skip(this.#fieldBytes)
    const payload = this.#queue.take(this.#payloadBytes)
    this.#payloadBytes = -1
    // The field stands between the two, so with an offset a frame costs one copy.
    return offset === 0 ? payload : Buffer.concat([head, payload])
  }

  end(): Buffer | undefined {
    if (this.#queue.length === 0) return undefined
    throw fail('FRAME_TRUNCATED', { framing: framingName, pendingBytes: this.#queue.length })
  }

  /** False while the length field is not whole. */
  #readLength(): boolean {
    const { fieldBytes, offset, overhead } = this.#layout
    if (fieldBytes === 'varint') return this.#readVarintLength()
    if (this.#queue.length < offset + fieldBytes) return false
    const length = this.#readField(fieldBytes)
    if (length < overhead) throw invalid(`an inclusive length of ${length} is below the ${overhead} bytes it counts`)
    return this.#accept(fieldBytes, length - overhead)
  }

  #readVarintLength(): boolean {
    const { offset } = this.#layout
    const limit = this.#frameBytes - offset
    const length = readVarint((index) => this.#queue.at(offset + index), limit)
    if (length === undefined) return false
    if (length === 'too long') throw invalid('a varint of more than 64 bits')
    return this.#accept(length.bytes, length.value)
  }

  /** Exact up to 2^53; beyond, the rounded value is over any limit all the same. */
  #readField(fieldBytes: number): number {
    const { little, offset } = this.#layout
    let length = 0
    for (let index = 0; index < fieldBytes; index++) {
      const byte = this.#queue.at(offset + (little ? fieldBytes - 1 - index : index)) as number
      length = length * 256 + byte
    }
    return length
  }

  #accept(fieldBytes: number, payloadLength: number): true {
    const sizeBytes = this.#layout.offset + payloadLength
    if (sizeBytes > this.#frameBytes) {
      throw fail('FRAME_TOO_LONG', { framing: framingName, sizeBytes, limitBytes: this.#frameBytes })
    }
    this.#fieldBytes = fieldBytes
    this.#payloadBytes = payloadLength
    return true
  }
}
