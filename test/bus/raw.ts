/** Connections to a hub that speak for themselves: frames as clients write them, and others. */
import { parseAddress, systemNetwork, type StreamConnection } from '#lanework/io/index.js'
import { until } from '../support/until.js'

/** A frame as a client would write it. */
export function frame(kind: number, subject = '', payload: Uint8Array = Buffer.alloc(0), id = 0): Buffer {
  const header = Buffer.alloc(12)
  header.writeUInt32BE(8 + subject.length + payload.length, 0)
  header[4] = kind
  header.writeUInt16BE(subject.length, 6)
  header.writeUInt32BE(id, 8)
  return Buffer.concat([header, Buffer.from(subject, 'latin1'), payload])
}

export const hello = frame(1, '', Buffer.from('4c574255000100000001 00000000'.replace(' ', ''), 'hex'))

export interface Raw {
  readonly stream: StreamConnection
  readonly received: () => number
  readonly closed: () => boolean
}

/** A connection that speaks for itself. */
export async function raw(path: string): Promise<Raw> {
  const stream = await systemNetwork().connectStream(parseAddress(`unix:${path}`))
  let received = 0
  let closed = false
  stream.start({
    onData: (chunk) => (received += chunk.length),
    onEnd: () => stream.destroy(),
    onDrain: () => {},
    onClose: () => (closed = true),
  })
  return { stream, received: () => received, closed: () => closed }
}

export async function greeted(path: string): Promise<Raw> {
  const connection = await raw(path)
  connection.stream.write(hello)
  await until('the hub greeted', () => connection.received() > 0)
  return connection
}
