/** A DNS server on loopback and one who asks it, over UDP and TCP: one question, one answer, without a wait of a fixed time. */
import { createSocket, type Socket } from 'node:dgram'
import { connect, type Socket as Stream } from 'node:net'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { serve, type ServeOptions, type Server } from '#lanework/server/index.js'
import {
  decodeMessage,
  dnsService,
  type DnsServiceOptions,
  type EdnsOption,
  emptyMessage,
  encodeMessage,
  type Message,
  parseName,
  typeNumber,
  type ZoneStatus,
} from '#lanework/services/dns/index.js'
import { folder } from './folder.js'

export const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0']

/** A question in words. */
export interface Asking {
  readonly name: string
  /** @default 'A' */
  readonly type?: string
  /** 3 for CHAOS. @default 1 */
  readonly class?: number
  readonly rd?: boolean
  /** With EDNS, which options alone bring about too. */
  readonly edns?: boolean
  readonly options?: readonly EdnsOption[]
}

export function queryOf({ name, type = 'A', class: asked = 1, rd = false, edns, options }: Asking): Uint8Array {
  const hasEdns = edns === true || options !== undefined
  return encodeMessage({
    ...emptyMessage,
    rd,
    questions: [{ name: parseName(name), type: typeNumber(type)!, class: asked }],
    ...(hasEdns ? { edns: { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: options ?? [] } } : {}),
  })
}

/** Served in the calling thread. */
export function serveDns(options: DnsServiceOptions, more: Partial<ServeOptions> = {}): Promise<Server> {
  return serve(dnsService(options), { listen, ...more })
}

export function portOf(server: Server, at = 0): number {
  return Number(new URL(server.addresses[at]!).port)
}

/** Writes files into a new folder; gives its path. */
export function written(files: Readonly<Record<string, string>>): string {
  const home = mkdtempSync(join(folder, 'dns-'))
  for (const [name, text] of Object.entries(files)) writeFileSync(join(home, name), text)
  return home
}

/** A zone of one host, whose address ends in `last`. */
export function zoneText(origin: string, serial: number, last = serial): string {
  return `$ORIGIN ${origin}\n$TTL 60\n@ SOA ns admin ${serial} 1h 15m 2w 5m\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.${last}\n`
}

export async function zonesOf(server: Server): Promise<readonly ZoneStatus[]> {
  return (await server.call('zones')) as readonly ZoneStatus[]
}

/** Asks over UDP from one socket; queries get numbers, and answers are found by them. */
export class UdpClient {
  readonly #socket: Socket
  readonly #port: number
  readonly #waiting = new Map<number, (answer: Buffer | undefined) => void>()
  /** Answers that came, in order. */
  readonly answers: Buffer[] = []
  #ids = 0

  constructor(port: number) {
    this.#port = port
    this.#socket = createSocket('udp4')
    this.#socket.on('message', (answer) => {
      this.answers.push(answer)
      const id = answer.readUInt16BE(0)
      this.#waiting.get(id)?.(answer)
      this.#waiting.delete(id)
    })
  }

  /** Sends, and waits for nothing; gives the query's number. */
  send(query: Uint8Array): number {
    const id = (this.#ids = (this.#ids + 1) & 0xffff)
    const bytes = Buffer.from(query)
    bytes.writeUInt16BE(id, 0)
    this.#socket.send(bytes, this.#port, '127.0.0.1')
    return id
  }

  /** The answer's bytes; undefined where none has come within `timeoutMs`. */
  ask(query: Uint8Array, timeoutMs = 30_000): Promise<Buffer | undefined> {
    const id = this.send(query)
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(undefined), timeoutMs)
      this.#waiting.set(id, (answer) => {
        clearTimeout(timer)
        resolve(answer)
      })
    })
  }

  async query(name: string, type = 'A', more: Partial<Asking> = {}): Promise<Message> {
    const answer = await this.ask(queryOf({ name, type, ...more }))
    if (answer === undefined) throw new Error(`no answer to ${name} ${type}`)
    return decodeMessage(answer)
  }

  /** The address of a name; its response code where there is none. */
  async address(name: string): Promise<string> {
    const { answers, rcode } = await this.query(name)
    const data = answers.at(-1)?.data
    return data === undefined ? `rcode ${rcode}` : [...data].join('.')
  }

  close(): void {
    this.#socket.close()
  }
}

/** Speaks to a server over TCP: messages are put behind their length. */
export class TcpClient {
  readonly stream: Stream
  readonly answers: Buffer[] = []
  /** The connection is over. */
  ended = false
  #held: Buffer = Buffer.alloc(0)

  constructor(port: number) {
    this.stream = connect(port, '127.0.0.1')
    this.stream.on('data', (chunk: Buffer) => this.#take(chunk))
    this.stream.on('error', () => {})
    this.stream.on('close', () => (this.ended = true))
  }

  send(...queries: Uint8Array[]): void {
    for (const query of queries) {
      this.stream.write(Uint8Array.of(query.length >>> 8, query.length & 0xff))
      this.stream.write(query)
    }
  }

  close(): void {
    this.stream.destroy()
  }

  #take(chunk: Buffer): void {
    this.#held = Buffer.concat([this.#held, chunk])
    while (this.#held.length >= 2 && this.#held.length >= 2 + this.#held.readUInt16BE(0)) {
      const end = 2 + this.#held.readUInt16BE(0)
      this.answers.push(this.#held.subarray(2, end))
      this.#held = this.#held.subarray(end)
    }
  }
}
