/**
 * What is said between an end of a bus and its hub, as frames.
 *
 *   ┌ u32 length ┬ u8 kind ┬ u8 words ┬ u16 ┬ u32 id ┬ subject ┬ payload ┐     length counts what follows it
 *                                       └ bytes of the subject
 *
 *   kind        to the hub                          to the end
 *   hello       magic, version, options             magic, version, limits       first in both directions
 *   message     publishes                           what it is interested in     the same bytes: the hub passes them on
 *   subscribe, unsubscribe, respond, unrespond      -
 *   request     id is the requester's               id is the hub's
 *   answer      id is the hub's; `words` is an      id is the requester's
 *               answer's kind
 *   cancel      the requester has given up          -
 *   ping, pong  comes back in order                 what was sent before it has been taken
 *   refused     -                                   a JSON error, then the end
 */
import { fail } from '../core/index.ts'

export const kinds = {
  hello: 1,
  message: 2,
  subscribe: 3,
  unsubscribe: 4,
  respond: 5,
  unrespond: 6,
  request: 7,
  answer: 8,
  cancel: 9,
  ping: 10,
  pong: 11,
  refused: 12,
} as const

/** What an answer is: bytes, or the JSON form of an error. */
export const outcomes = { answered: 0, failed: 1, noResponder: 2, responderLost: 3, full: 4 } as const

export const headerBytes = 8
/** Longest payload, in bytes; what NATS allows by default. */
export const payloadBytes = 1_048_576
/** Longest frame behind its length field. */
export const frameBytes: number = headerBytes + 255 + payloadBytes

export const magic = 0x4c_57_42_55
export const protocolVersion = 1
export const noBytes: Buffer = Buffer.alloc(0)

/** A frame as read; subject and payload are views of the chunk that it came in. */
export interface Frame {
  kind: number
  outcome: number
  id: number
  subject: string
  payload: Buffer
}

/** Reads one frame into `into`; throws FRAME_INVALID. What subjects may hold is checked where they are used. */
export function readFrame(bytes: Buffer, into: Frame): void {
  if (bytes.length < headerBytes) throw invalid(`${bytes.length} bytes are no header`)
  const subjectEnd = headerBytes + bytes.readUInt16BE(2)
  if (subjectEnd > bytes.length) throw invalid('its subject is longer than the frame')
  into.kind = bytes[0] as number
  into.outcome = bytes[1] as number
  into.id = bytes.readUInt32BE(4)
  into.subject = bytes.toString('latin1', headerBytes, subjectEnd)
  into.payload = bytes.subarray(subjectEnd)
}

/** The fault of a peer. */
export function invalid(reason: string): Error {
  return fail('FRAME_INVALID', { framing: 'bus', reason })
}

/** The first frame's payload: magic, version, and two numbers that the direction gives their meaning. */
export function helloPayload(first: number, second: number): Buffer {
  const bytes = Buffer.alloc(14)
  bytes.writeUInt32BE(magic, 0)
  bytes.writeUInt16BE(protocolVersion, 4)
  bytes.writeUInt32BE(first, 6)
  bytes.writeUInt32BE(second, 10)
  return bytes
}

/** Reads a greeting's two numbers; throws FRAME_INVALID. */
export function readHello(frame: Frame): [first: number, second: number] {
  const { payload } = frame
  if (frame.kind !== kinds.hello || payload.length < 14 || payload.readUInt32BE(0) !== magic)
    throw invalid('it does not begin with a greeting')
  const version = payload.readUInt16BE(4)
  if (version !== protocolVersion) throw invalid(`the peer speaks version ${version}, this end ${protocolVersion}`)
  return [payload.readUInt32BE(6), payload.readUInt32BE(10)]
}
