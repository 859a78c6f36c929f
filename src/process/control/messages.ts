/**
 * What travels over a control socket: frames of a 4-byte length and an encoded array.
 *
 *    client                                   server
 *                                      ◀──    hello, version, pid         or: refused, error
 *    call, id, method, params          ──▶
 *                                      ◀──    result, id, value           or: error, id, error
 *    stream, id, method, params        ──▶
 *    more, id, items (credit)          ──▶    item, id, value ... end, id
 *    cancel, id                        ──▶    the call's signal aborts; error, id, ABORTED
 *    tell, method, params              ──▶    done, and nothing is answered
 */
import { fail, type WireError } from '../../core/index.ts'
import { lengthPrefix, type Framing } from '../../framing/index.ts'
import { encodeValue } from '../codec/index.ts'

export const protocolVersion = 1
/** How errors name the framing, and what cuts the stream. */
export const controlFraming: Framing = { ...lengthPrefix({ bytes: 4 }), name: 'control' }
export const frameBytesDefault = 16_777_216

export type ClientMessage =
  | readonly ['call', number, string, unknown]
  | readonly ['stream', number, string, unknown]
  | readonly ['more', number, number]
  | readonly ['cancel', number]
  | readonly ['tell', string, unknown]

export type ServerMessage =
  | readonly ['hello', number, number]
  | readonly ['refused', WireError]
  | readonly ['result', number, unknown]
  | readonly ['item', number, unknown]
  | readonly ['end', number]
  | readonly ['error', number, WireError]

/** The bytes of a message. Throws FRAME_TOO_LONG, NOT_SERIALIZABLE. */
export function encodeMessage(message: ClientMessage | ServerMessage, limitBytes: number): Buffer {
  const body = encodeValue(message)
  if (body.length > limitBytes) {
    throw fail('FRAME_TOO_LONG', { framing: controlFraming.name, sizeBytes: body.length, limitBytes })
  }
  const frame = Buffer.allocUnsafe(4 + body.length)
  frame.writeUInt32BE(body.length)
  frame.set(body, 4)
  return frame
}

type Shape = readonly ('number' | 'string' | 'object' | 'any')[]

const clientShapes: Readonly<Record<string, Shape>> = {
  call: ['number', 'string', 'any'],
  stream: ['number', 'string', 'any'],
  more: ['number', 'number'],
  cancel: ['number'],
  tell: ['string', 'any'],
}

const serverShapes: Readonly<Record<string, Shape>> = {
  hello: ['number', 'number'],
  refused: ['object'],
  result: ['number', 'any'],
  item: ['number', 'any'],
  end: ['number'],
  error: ['number', 'object'],
}

/** The value as a client's message. Throws FRAME_INVALID. */
export function clientMessage(value: unknown): ClientMessage {
  return checkShape(value, clientShapes) as unknown as ClientMessage
}

/** The value as a server's message. Throws FRAME_INVALID. */
export function serverMessage(value: unknown): ServerMessage {
  return checkShape(value, serverShapes) as unknown as ServerMessage
}

function checkShape(value: unknown, shapes: Readonly<Record<string, Shape>>): readonly unknown[] {
  if (!Array.isArray(value)) throw invalid('it is no array')
  const [kind, ...fields] = value as unknown[]
  const shape = typeof kind === 'string' && Object.hasOwn(shapes, kind) ? shapes[kind] : undefined
  if (shape === undefined) throw invalid('its kind is unknown')
  const fits = shape.length === fields.length && shape.every((type, index) => isOf(type, fields[index]))
  if (!fits) throw invalid(`it is no ${String(kind)}`)
  return value as unknown[]
}

function isOf(type: Shape[number], field: unknown): boolean {
  if (type === 'any') return true
  if (type === 'number') return Number.isSafeInteger(field) && (field as number) >= 0
  return typeof field === type && field !== null
}

function invalid(reason: string): Error {
  return fail('FRAME_INVALID', { framing: controlFraming.name, reason })
}
