/**
 * Lines of text: a frame ends at LF, and a CR just before the LF belongs to the ending.
 *
 *   h e l l o LF w o r l d CR LF
 *   └─frame─┘    └─frame─┘
 */
import { checkChoice, checkKnownKeys, fail } from '../core/index.ts'
import { ChunkQueue } from './chunks.ts'
import { nothing, wrapPayload } from './payload.ts'
import type { Bytes, FrameDecoder, Framing } from './types.ts'

const lf = 0x0a
const cr = 0x0d

/** Options of `lines()`. */
export interface LinesOptions {
  /**
   * What ends each line that is sent; both endings are understood when receiving.
   * @default 'lf'
   */
  readonly ending?: 'lf' | 'crlf'
}

/**
 * Splits at LF and strips one CR before it; the message is the line without its ending, and
 * `frameBytes` counts it so. A last line without its newline is a line too.
 *
 * A payload that itself ends in CR is always sent with CRLF, since the receiver strips one CR.
 *
 * Throws OPTION_INVALID; decoding throws FRAME_TOO_LONG; encoding throws FRAME_INVALID for a
 * payload with LF inside.
 *
 * @example
 * import { lines } from 'lanework/framing'
 *
 * const decoder = lines().decoder(65_536)
 * decoder.push(Buffer.from('hello\r\nwor'))
 * console.log(String(decoder.next()), decoder.pendingBytes) // hello 3
 */
export function lines(options: LinesOptions = {}): Framing {
  checkKnownKeys('lines', options, ['ending'])
  const ending = checkChoice('lines.ending', options.ending ?? 'lf', ['lf', 'crlf']) === 'lf' ? '\n' : '\r\n'
  return {
    name: 'lines',
    decoder: (frameBytes) => new LineDecoder('lines', frameBytes),
    encode: (payload) => encodeLine('lines', payload, ending),
  }
}

const endings = { '\n': Buffer.from('\n'), '\r\n': Buffer.from('\r\n') }

/** One line with its ending; a string stays a string, as the socket encodes it faster than we do. */
export function encodeLine(framing: string, payload: Bytes, ending: '\n' | '\r\n'): Bytes {
  if (typeof payload === 'string') {
    if (payload.includes('\n')) throw newlineInside(framing)
    return payload + (payload.endsWith('\r') ? '\r\n' : ending)
  }
  if (payload.includes(lf)) throw newlineInside(framing)
  return wrapPayload(nothing, payload, endings[payload.at(-1) === cr ? '\r\n' : ending])
}

function newlineInside(framing: string): Error {
  return fail('FRAME_INVALID', { framing, reason: 'a payload with a newline inside cannot be one line' })
}

/** Cuts at LF; `framing` is the name in errors. */
export class LineDecoder implements FrameDecoder {
  readonly #framing: string
  readonly #frameBytes: number
  readonly #queue = new ChunkQueue()

  constructor(framing: string, frameBytes: number) {
    this.#framing = framing
    this.#frameBytes = frameBytes
  }

  get pendingBytes(): number {
    return this.#queue.length
  }

  push(chunk: Buffer): void {
    this.#queue.push(chunk)
  }

  next(): Buffer | undefined {
    const newline = this.#queue.indexOf(lf)
    if (newline >= 0) return this.#takeLine(newline, 1)
    this.#checkUnfinished(this.#queue.length)
    return undefined
  }

  end(): Buffer | undefined {
    return this.#queue.length === 0 ? undefined : this.#takeLine(this.#queue.length, 0)
  }

  /** Takes the next `size` bytes without a CR at their end, and the `lfBytes` after them. */
  #takeLine(size: number, lfBytes: number): Buffer {
    const queue = this.#queue
    const crBytes = size > 0 && queue.at(size - 1) === cr ? 1 : 0
    if (size - crBytes > this.#frameBytes) throw this.#tooLong(size - crBytes)
    const line = queue.take(size - crBytes)
    queue.skip(crBytes + lfBytes)
    return line
  }

  /** A CR that came last does not count yet: the LF that makes it part of the ending may follow. */
  #checkUnfinished(size: number): void {
    if (size <= this.#frameBytes) return
    const crBytes = this.#queue.at(size - 1) === cr ? 1 : 0
    if (size - crBytes > this.#frameBytes) throw this.#tooLong(size - crBytes)
  }

  #tooLong(sizeBytes: number): Error {
    return fail('FRAME_TOO_LONG', { framing: this.#framing, sizeBytes, limitBytes: this.#frameBytes })
  }
}
