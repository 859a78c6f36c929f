/**
 * Frames of the WebSocket protocol as a server sends them (RFC 6455, section 5.2): whole messages, not masked, so the same
 * bytes serve every receiver.
 *
 *   ┌─────┬──────────┬──────────┬─────────────────────────┬─────────┐
 *   │ FIN │ RSV  000 │ opcode   │ 0 │ length: 7 bits, or  │ payload │
 *   │  1  │          │ 4 bits   │   │ 126 + 16, 127 + 64  │         │
 *   └─────┴──────────┴──────────┴─────────────────────────┴─────────┘
 */
import type { Bytes } from '../framing/index.ts'

/** Opcodes with the bit that says that the frame is the whole message. */
const first = { text: 0x81, binary: 0x82, ping: 0x89, pong: 0x8a } as const

/** Longest payload of a control frame, in bytes (RFC 6455, section 5.5). */
export const controlBytes = 125

/** One message as one frame: a string as text, bytes as binary. */
export function webSocketFrame(payload: Bytes): Buffer {
  return frame(typeof payload === 'string' ? first.text : first.binary, payload)
}

/** A ping or pong; `payload` of at most `controlBytes` bytes. */
export function controlFrame(kind: 'ping' | 'pong', payload: Uint8Array = new Uint8Array(0)): Buffer {
  return frame(first[kind], payload)
}

function frame(opening: number, payload: Bytes): Buffer {
  const size = typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
  const headBytes = size < 126 ? 2 : size < 65_536 ? 4 : 10
  const made = Buffer.allocUnsafe(headBytes + size)
  made[0] = opening
  if (headBytes === 2) made[1] = size
  else if (headBytes === 4) {
    made[1] = 126
    made.writeUInt16BE(size, 2)
  } else {
    made[1] = 127
    made.writeUInt32BE(Math.floor(size / 2 ** 32), 2)
    made.writeUInt32BE(size >>> 0, 6)
  }
  if (typeof payload === 'string') made.write(payload, headBytes)
  else made.set(payload, headBytes)
  return made
}
