/**
 * One JSON value a line (https://jsonlines.org, NDJSON): lines with values instead of bytes.
 *
 *   { " o p " : 1 } LF { " o p " : 2 } LF
 *   └────frame────┘    └────frame────┘
 */
import { isUtf8 } from 'node:buffer'
import { fail } from '../core/index.ts'
import { encodeLine, LineDecoder } from './lines.ts'
import type { Bytes, FrameDecoder, Framing } from './types.ts'

const framingName = 'json-lines'

/** As much of a bad line as an error repeats. */
const excerptCharacters = 40

/**
 * The handler gets each line parsed as JSON and answers with any value that JSON can carry. The
 * types are a promise of the peer, not checked here: validate what comes from outside.
 *
 * Blank lines (nothing, or only spaces and tabs) are skipped, as is customary; over datagrams,
 * where the whole datagram is the value, a blank one is invalid.
 *
 * Decoding throws FRAME_TOO_LONG; `parse` throws FRAME_INVALID for what is not UTF-8 or not JSON,
 * and repeats at most 40 characters of it; `format` throws FRAME_INVALID for a value without a JSON
 * form (undefined, a function, a bigint, a cycle).
 *
 * @example
 * import { jsonLines } from 'lanework/framing'
 *
 * const framing = jsonLines<{ id: number }, { ok: boolean }>()
 * const decoder = framing.decoder(65_536)
 * decoder.push(Buffer.from('{"id":7}\n'))
 * const frame = decoder.next()
 * if (frame !== undefined) console.log(framing.parse?.(frame).id) // 7
 */
export function jsonLines<Message = unknown, Reply = unknown>(): Framing<Message, Reply> {
  return {
    name: framingName,
    decoder: (frameBytes) => new JsonLineDecoder(frameBytes),
    encode: (payload) => encodeJsonLine(payload),
    parse: (frame) => parseJson(frame) as Message,
    format: (reply) => formatJson(reply),
  }
}

function parseJson(frame: Buffer): unknown {
  if (!isUtf8(frame)) throw invalid('not UTF-8')
  const text = frame.toString()
  try {
    return JSON.parse(text)
  } catch {
    // The message of JSON.parse repeats input as well, so it does not travel as the cause.
    throw invalid(`not JSON: ${JSON.stringify(text.slice(0, excerptCharacters))}`)
  }
}

function formatJson(reply: unknown): string {
  let text: string | undefined
  try {
    text = JSON.stringify(reply)
  } catch (cause) {
    throw fail('FRAME_INVALID', { framing: framingName, reason: 'the reply has no JSON form' }, { cause })
  }
  if (text === undefined) throw invalid('the reply has no JSON form')
  return text
}

function encodeJsonLine(payload: Bytes): Bytes {
  if (isBlank(payload)) throw invalid('a blank payload would be skipped by the receiver')
  return encodeLine(framingName, payload, '\n')
}

function invalid(reason: string): Error {
  return fail('FRAME_INVALID', { framing: framingName, reason })
}

/** True for nothing but spaces, tabs and CRs; looks no further than the first other character. */
function isBlank(line: Bytes): boolean {
  for (let index = 0; index < line.length; index++) {
    const code = typeof line === 'string' ? line.charCodeAt(index) : line[index]
    if (code !== 0x20 && code !== 0x09 && code !== 0x0d) return false
  }
  return true
}

class JsonLineDecoder implements FrameDecoder {
  readonly #lines: LineDecoder

  constructor(frameBytes: number) {
    this.#lines = new LineDecoder(framingName, frameBytes)
  }

  get pendingBytes(): number {
    return this.#lines.pendingBytes
  }

  push(chunk: Buffer): void {
    this.#lines.push(chunk)
  }

  next(): Buffer | undefined {
    for (;;) {
      const line = this.#lines.next()
      if (line === undefined || !isBlank(line)) return line
    }
  }

  end(): Buffer | undefined {
    const line = this.#lines.end()
    return line === undefined || isBlank(line) ? undefined : line
  }
}
