/** A chat server on loopback, and clients that keep what they hear. */
import { createSocket } from 'node:dgram'
import { connect as connectTcp } from 'node:net'
import { once } from 'node:events'

import { connectWebSocket, parseAddress, type InternetAddress } from '#lanework/io/index.js'
import { makerUrl, serve, type LaneKind, type Server } from '#lanework/server/index.js'
import type { ChatOptions } from '#lanework/services/chat/index.js'
import { until } from './until.ts'

const module = new URL('../../../dist/services/chat/index.js#chat', import.meta.url)

export interface ChatServer extends AsyncDisposable {
  readonly server: Server
  /** Ports by transport. */
  readonly ports: Readonly<Record<'udp' | 'tcp' | 'ws' | 'irc', number>>
}

/** Serves chat at all four transports. */
export async function serveChat(
  options: ChatOptions = {},
  { laneKind = 'inline', lanes = 1 }: { laneKind?: LaneKind; lanes?: number } = {},
): Promise<ChatServer> {
  const server = await serve(makerUrl(module, options), {
    listen: [
      { address: 'udp://127.0.0.1:0' },
      { address: 'tcp://127.0.0.1:0' },
      { address: 'ws://127.0.0.1:0/chat' },
      { address: 'tcp://127.0.0.1:0', protocol: 'irc' },
    ],
    laneKind,
    lanes,
  })
  const [udp, tcp, ws, irc] = server.addresses.map((address) => (parseAddress(address) as InternetAddress).port)
  return {
    server,
    ports: { udp: udp ?? 0, tcp: tcp ?? 0, ws: ws ?? 0, irc: irc ?? 0 },
    [Symbol.asyncDispose]: () => server.close(),
  }
}

/** A client that keeps all it hears, as text, a line or datagram or frame each. */
export interface Client extends AsyncDisposable {
  readonly heard: string[]
  readonly raw: Buffer[]
  send(text: string | Uint8Array): void
  /** Resolves once a piece of what it heard fits, with that piece. */
  hears(what: string | RegExp): Promise<string>
  readonly isClosed: () => boolean
  close(): Promise<void>
}

export async function udpClient(port: number): Promise<Client> {
  const socket = createSocket('udp4')
  const kept = keeper()
  socket.on('message', (message) => kept.take(message))
  // A server that has gone.
  socket.on('error', () => {})
  socket.connect(port, '127.0.0.1')
  await once(socket, 'connect')
  let isClosed = false
  const close = async (): Promise<void> => {
    if (isClosed) return
    isClosed = true
    await new Promise<void>((resolve) => socket.close(resolve))
  }
  return { ...kept.client, send: (text) => socket.send(text), isClosed: () => isClosed, ...closed(close) }
}

/** Plain lines, or with `nick` IRC. */
export async function streamClient(port: number): Promise<Client> {
  const socket = connectTcp({ port, host: '127.0.0.1' })
  const kept = keeper()
  let rest = Buffer.alloc(0)
  let isClosed = false
  socket.on('data', (chunk) => {
    rest = Buffer.concat([rest, chunk])
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      kept.take(rest.subarray(0, rest[end - 1] === 13 ? end - 1 : end))
      rest = rest.subarray(end + 1)
    }
  })
  socket.on('error', () => {})
  socket.on('close', () => (isClosed = true))
  await once(socket, 'connect')
  const close = async (): Promise<void> => void socket.destroy()
  return { ...kept.client, send: (text) => socket.write(text), isClosed: () => isClosed, ...closed(close) }
}

export async function ircClient(port: number, nick: string, room = '#lobby'): Promise<Client> {
  const client = await streamClient(port)
  client.send(`NICK ${nick}\r\nUSER ${nick} 0 * :${nick}\r\n`)
  await client.hears(/ (422|376) /)
  client.send(`JOIN ${room}\r\n`)
  await client.hears(/ 366 /)
  return client
}

/** The chat page's protocol. */
export async function pageClient(port: number, nick: string, room = '#lobby'): Promise<Client> {
  const socket = await connectWebSocket(`ws://127.0.0.1:${port}/chat`)
  const kept = keeper()
  let isClosed = false
  void (async () => {
    for await (const message of socket) kept.take(Buffer.from(message.data))
    isClosed = true
  })()
  const client: Client = {
    ...kept.client,
    send: (text) => void socket.send(typeof text === 'string' ? text : Buffer.from(text)),
    isClosed: () => isClosed,
    ...closed(async () => void (await socket.close())),
  }
  client.send(JSON.stringify({ do: 'enter', ref: 'enter', nick }))
  await client.hears('"secret"')
  client.send(JSON.stringify({ do: 'join', ref: 'join', room }))
  await client.hears('"ref":"join"')
  return client
}

function closed(close: () => Promise<void>): Pick<Client, 'close' | typeof Symbol.asyncDispose> {
  return { close, [Symbol.asyncDispose]: close }
}

function keeper(): { take(message: Buffer): void; client: Pick<Client, 'heard' | 'raw' | 'hears'> } {
  const heard: string[] = []
  const raw: Buffer[] = []
  return {
    take: (message) => {
      raw.push(Buffer.from(message))
      heard.push(message.toString())
    },
    client: {
      heard,
      raw,
      async hears(what) {
        const fits = (text: string): boolean => (typeof what === 'string' ? text.includes(what) : what.test(text))
        await until(`somebody hears ${String(what)}; heard was ${heard.join(' | ').slice(-500)}`, () =>
          heard.some(fits),
        )
        return heard.find(fits) as string
      },
    },
  }
}
