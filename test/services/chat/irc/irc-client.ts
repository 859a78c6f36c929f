/** An IRC client over a real socket, whose lines are read one by one. */
import { connect as connectTcp, type Socket } from 'node:net'
import { once } from 'node:events'
import { until } from '../../../support/until.js'

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
