/** A WebSocket client of bytes: it keeps no rule that it is not told to keep. */
import { connect, parseAddress, type ByteStream } from '#lanework/io/index.js'

/** One masked frame, as a client sends it; `opening` is the first byte, with FIN, RSV and opcode. */
export function masked(opening: number, payload: Uint8Array | string, mask: Buffer = Buffer.of(1, 2, 3, 4)): Buffer {
  const bytes = Buffer.from(payload as Uint8Array)
  const body = Buffer.from(bytes.map((byte, index) => byte ^ (mask[index % 4] as number)))
  return Buffer.concat([head(opening, 0x80, bytes.length), mask, body])
}

/** The same without a mask, which no client may send. */
export function unmasked(opening: number, payload: Uint8Array | string): Buffer {
  const bytes = Buffer.from(payload as Uint8Array)
  return Buffer.concat([head(opening, 0, bytes.length), bytes])
}

function head(opening: number, maskBit: number, size: number): Buffer {
  if (size < 126) return Buffer.of(opening, maskBit | size)
  const made = Buffer.alloc(size < 65_536 ? 4 : 10)
  made[0] = opening
  made[1] = maskBit | (size < 65_536 ? 126 : 127)
  if (size < 65_536) made.writeUInt16BE(size, 2)
  else made.writeBigUInt64BE(BigInt(size), 2)
  return made
}

/** A handshake's request, with whatever fields differ. */
export function request(path: string, fields: Readonly<Record<string, string | undefined>> = {}): string {
  const all = {
    Host: '127.0.0.1',
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
    ...fields,
  }
  const lines = Object.entries(all).filter(([, value]) => value !== undefined)
  return `GET ${path} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
}

export interface Frame {
  readonly opening: number
  readonly payload: Buffer
}

export interface RawWebSocket {
  readonly stream: ByteStream
  send(bytes: Uint8Array | string): Promise<void>
  /** The next frame; undefined at the end of the connection. */
  frame(): Promise<Frame | undefined>
  /** The code of the close frame that comes, past all others; 1005 for one without, 1006 for none. */
  closeCode(): Promise<number>
}

/** Connects to the host and port of a `ws://` address and says nothing. */
export async function rawConnect(address: string): Promise<ByteStream> {
  const { host, port } = parseAddress(address) as { host: string; port: number }
  const stream = await connect({ scheme: 'tcp', host, port })
  stream.timeoutMs = 60_000
  return stream
}

/** Connects and shakes hands. */
export async function rawWebSocket(
  address: string,
  fields: Readonly<Record<string, string | undefined>> = {},
): Promise<RawWebSocket> {
  const stream = await rawConnect(address)
  const { path = '/' } = parseAddress(address) as { path?: string }
  await stream.send(request(path, fields))
  const answer = await readHead(stream)
  if (!answer.startsWith('HTTP/1.1 101 ')) throw new Error(`refused: ${answer}`)
  const frame = async (): Promise<Frame | undefined> => {
    const start = await stream.read(2)
    if (start.length < 2) return undefined
    const short = (start[1] as number) & 0x7f
    const extended = short === 126 ? 2 : short === 127 ? 8 : 0
    const more = await stream.read(extended)
    const size = extended === 2 ? more.readUInt16BE() : extended === 8 ? Number(more.readBigUInt64BE()) : short
    return { opening: start[0] as number, payload: size === 0 ? Buffer.alloc(0) : await stream.read(size) }
  }
  return {
    stream,
    frame,
    send: (bytes) => stream.send(bytes),
    async closeCode() {
      try {
        for (let next = await frame(); next !== undefined; next = await frame()) {
          if (next.opening === 0x88) return next.payload.length === 0 ? 1_005 : next.payload.readUInt16BE()
        }
      } catch {
        // A reset is an end too.
      }
      return 1_006
    },
  }
}

/** The head of an answer, with the empty line at its end. */
export async function readHead(stream: ByteStream): Promise<string> {
  let head = ''
  while (!head.endsWith('\r\n\r\n')) {
    const byte = await stream.read(1)
    if (byte.length === 0) throw new Error(`the connection ended after ${JSON.stringify(head)}`)
    head += byte.toString('latin1')
  }
  return head
}
