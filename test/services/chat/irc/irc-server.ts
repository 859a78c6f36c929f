/** The chat service with an IRC address, and clients of it over real sockets. */
import { connect as connectTcp, type Socket } from 'node:net'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { serve, type Server } from '#lanework/server/index.js'
import { chatService, type ChatOptions } from '#lanework/services/chat/index.js'
import { until } from '../../../support/until.js'

export interface IrcServer {
  readonly server: Server
  readonly port: number
  readonly udpPort: number
  readonly linesPort: number
}

/** Served in this thread. */
export async function ircServer(options: ChatOptions = {}): Promise<IrcServer> {
  const server = await serve(chatService({ name: 'irc.test', ...options }), {
    listen: [{ address: 'tcp://127.0.0.1:0', protocol: 'irc' }, 'udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
  })
  const ports = server.addresses.map((address) => Number(/:(\d+)$/.exec(address)?.[1]))
  return { server, port: ports[0] as number, udpPort: ports[1] as number, linesPort: ports[2] as number }
}

/** A client that keeps all that it is sent. */
export class IrcClient {
  readonly lines: string[] = []
  isEnded = false
  readonly socket: Socket
  #rest = ''

  constructor(socket: Socket) {
    this.socket = socket
    socket.setEncoding('utf8')
    socket.on('data', (text: string) => {
      const lines = (this.#rest + text).split('\r\n')
      this.#rest = lines.pop() as string
      this.lines.push(...lines)
    })
    socket.on('close', () => (this.isEnded = true))
    socket.on('error', () => {})
  }

  send(...lines: string[]): void {
    this.socket.write(lines.map((line) => `${line}\r\n`).join(''))
  }

  /** The first line that matches, once it has come; it and those before it are taken away. */
  async line(pattern: RegExp): Promise<string> {
    return until(`a line ${pattern} comes; there are ${JSON.stringify(this.lines)}`, () => {
      const at = this.lines.findIndex((line) => pattern.test(line))
      return at < 0 ? undefined : this.lines.splice(0, at + 1).at(-1)
    })
  }

  close(): void {
    this.socket.destroy()
  }
}

export async function ircClient(port: number, nick?: string, ...caps: string[]): Promise<IrcClient> {
  const socket = connectTcp(port, '127.0.0.1')
  await once(socket, 'connect')
  const client = new IrcClient(socket)
  if (nick === undefined) return client
  if (caps.length > 0) client.send(`CAP REQ :${caps.join(' ')}`)
  client.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick} Real`)
  if (caps.length > 0) client.send('CAP END')
  await client.line(/ (376|422) /)
  return client
}

export interface UdpClient {
  readonly heard: string[]
  send(text: string | Uint8Array): void
  close(): void
}

export async function udpClient(port: number): Promise<UdpClient> {
  const socket = createSocket('udp4')
  const heard: string[] = []
  socket.on('message', (message) => heard.push(message.toString()))
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { heard, send: (text) => socket.send(text, port, '127.0.0.1'), close: () => socket.close() }
}
