/** The two services of the first lesson: what comes in goes back, as it is or in upper case. */
import { service, type Peer, type Service } from '../../server/index.ts'

/** Sends every message back unchanged (RFC 862). */
export const echo: Service = service({
  name: 'echo',
  message: (message, peer) => asItCame(message, peer),
})

/** Sends every message back with ASCII letters in upper case and all other bytes unchanged. */
export const upper: Service = service({
  name: 'upper',
  message: (message, peer) => asItCame(upperAscii(message), peer),
})

/** Text of a WebSocket goes back as text. */
function asItCame(bytes: Buffer, { isText }: Peer): Buffer | string {
  return isText === true ? String(bytes) : bytes
}

/**
 * Turns `a` to `z` into `A` to `Z`, in place; bytes of other characters (UTF-8 among them) stay.
 *
 * @example String(upperAscii(Buffer.from('grüezi'))) // 'GRüEZI'
 */
export function upperAscii<Bytes extends Uint8Array>(bytes: Bytes): Bytes {
  for (let index = 0; index < bytes.length; index++) {
    const byte = bytes[index] as number
    if (byte >= 0x61 && byte <= 0x7a) bytes[index] = byte - 0x20
  }
  return bytes
}
