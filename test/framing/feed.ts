/** Feeds bytes to a decoder in chunks, and tells what came out. */
import { isLaneworkError } from '#lanework/core/index.js'
import type { Framing } from '#lanework/framing/index.js'

/** What a decoder made of a stream: its frames, and the code with which it refused the rest. */
export interface Decoded {
  readonly frames: Buffer[]
  readonly refused?: string
  /** The most bytes that were held back while the decoder waited for more. */
  readonly mostPendingBytes: number
}

/** Pushes each chunk, takes all frames after it, and ends the stream. Frames are not copied. */
export function decode(framing: Pick<Framing, 'decoder'>, chunks: Iterable<Buffer>, frameBytes: number): Decoded {
  const decoder = framing.decoder(frameBytes)
  const frames: Buffer[] = []
  let mostPendingBytes = 0
  try {
    for (const chunk of chunks) {
      decoder.push(chunk)
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) frames.push(frame)
      mostPendingBytes = Math.max(mostPendingBytes, decoder.pendingBytes)
    }
    const last = decoder.end()
    if (last !== undefined) frames.push(last)
    return { frames, mostPendingBytes }
  } catch (error) {
    if (!isLaneworkError(error)) throw error
    return { frames, mostPendingBytes, refused: error.code }
  }
}

/** Copies of the pieces between cut points, which may come in any order and lie outside. */
export function cut(bytes: Buffer, points: readonly number[]): Buffer[] {
  const inside = points.map((point) => point % (bytes.length + 1)).sort((left, right) => left - right)
  const borders = [0, ...inside, bytes.length]
  return inside.concat(bytes.length).map((end, index) => Buffer.from(bytes.subarray(borders[index], end)))
}

/** One chunk a byte. */
export function* singleBytes(bytes: Buffer): Generator<Buffer> {
  for (const byte of bytes) yield Buffer.of(byte)
}

/** The payloads one after the other as a stream. */
export function encodeAll(framing: Pick<Framing, 'encode'>, payloads: readonly Buffer[]): Buffer {
  return Buffer.concat(payloads.map((payload) => Buffer.from(framing.encode(payload) as Uint8Array)))
}

/** For messages and comparisons: bytes as hex. */
export function hex(frames: readonly Uint8Array[]): string[] {
  return frames.map((frame) => Buffer.from(frame).toString('hex'))
}
