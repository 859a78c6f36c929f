/**
 * A DNS server for tests: answers from a table on a free port of loopback, remembers what it was asked, and goes wrong on demand.
 *
 *   query ─▶ remembered ─▶ fault? ─▶ `answer`, or the table ─▶ sent, whole or spoilt
 */
import { checkInteger, checkKnownKeys, fail, systemClock, type Clock, type Timer } from '../../../core/index.ts'
import { lengthPrefix } from '../../../framing/index.ts'
import {
  formatAddress,
  type Address,
  type DatagramSocket,
  isInternet,
  type Network,
  type StreamConnection,
  type StreamListener,
  systemNetwork,
} from '../../../io/index.ts'
import { decodeMessage } from '../wire/decode-message.ts'
import { encodeMessage } from '../wire/encode-message.ts'
import type { Message } from '../wire/message-types.ts'
import { formatName, lowerName } from '../wire/name.ts'
import { typeName } from '../wire/types.ts'
import { type MockFault, spoilt } from './mock-faults.ts'
import { MockRecords, type MockTable } from './mock-table.ts'

/** A query as it came. */
export interface MockQuery {
  /** The name in lower case, with a dot at its end. */
  readonly name: string
  /** `A`, `MX`, `TYPE65280`. */
  readonly type: string
  readonly transport: 'udp' | 'tcp'
  readonly message: Message
  readonly bytes: Uint8Array
  /** Where it came from. */
  readonly from: Address
}

/** What is sent: a message, bytes as they are, or nothing at all (null); undefined for what the table says. */
export type MockAnswer = Message | Uint8Array | null | undefined

export interface MockDnsOptions {
  /** TTL of the records, and of answers that there are none, in seconds. @default 60 */
  readonly ttl?: number
  /** @default 127.0.0.1 */
  readonly host?: string
  /** 0 for a free one. @default 0 */
  readonly port?: number
  /** Answers instead of the table; what it throws is nobody's to catch, so that the test fails. @default the table's answers */
  readonly answer?: (query: MockQuery, usual: Message) => MockAnswer | Promise<MockAnswer>
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
  /** @default the machine's */
  readonly clock?: Clock
}

const optionKeys: readonly (keyof MockDnsOptions)[] = ['ttl', 'host', 'port', 'answer', 'network', 'clock']
const udpBytesLimit = 1232
/** Ports that are free for UDP are tried until one is free for TCP too. */
const portAttempts = 32
/** What is remembered, so that a test that runs for days does not grow. */
const queriesLimit = 100_000

/**
 * @example
 * await using dns = await MockDns.start({ 'example.test': { A: ['192.0.2.1'] } })
 * const resolver = new Resolver({ servers: [dns.address] })
 * await resolver.addresses('example.test') // [{ address: '192.0.2.1', ttl: 60 }]
 */
export class MockDns {
  /** What was asked, oldest first. */
  readonly queries: MockQuery[] = []
  readonly #options: MockDnsOptions
  readonly #records: MockRecords
  readonly #clock: Clock
  readonly #faults: { readonly fault: MockFault; left: number }[] = []
  readonly #streams = new Set<StreamConnection>()
  /** Of answers that are late. */
  readonly #timers = new Set<Timer>()
  #isClosed = false
  #datagrams: DatagramSocket | undefined
  #listener: StreamListener | undefined

  private constructor(table: MockTable, options: MockDnsOptions) {
    checkKnownKeys('mockDns', options, optionKeys)
    this.#options = options
    this.#clock = options.clock ?? systemClock
    this.#records = new MockRecords(checkInteger('ttl', options.ttl ?? 60, 0, 0x7fff_ffff))
    this.#records.setAll(table)
  }

  /** Starts it, over UDP and TCP on the same port. Throws ADDRESS_IN_USE, ZONE_INVALID for data that is none, OPTION_INVALID. */
  static async start(table: MockTable = {}, options: MockDnsOptions = {}): Promise<MockDns> {
    const mock = new MockDns(table, options)
    await mock.#open()
    return mock
  }

  /** `udp://127.0.0.1:PORT`: what a client is given. */
  get address(): string {
    return formatAddress(this.#bound().address)
  }

  /** The same port over TCP. */
  get tcpAddress(): string {
    return this.address.replace('udp:', 'tcp:')
  }

  get port(): number {
    const { address } = this.#bound()
    return isInternet(address) ? address.port : 0
  }

  /**
   * Puts data in the place of what the name had of this type: none for [], though the name stays. Throws ZONE_INVALID,
   * DNS_NAME_INVALID.
   */
  set(name: string, type: string, data: readonly string[], ttl?: number): void {
    this.#records.set(name, type, data, ttl)
  }

  /** Takes a name away with all it had. */
  remove(name: string): void {
    this.#records.remove(name)
  }

  /** Goes wrong for the next `times` queries that the fault is for; Infinity until `recover`. Faults apply one after the other. */
  fail(fault: MockFault, times = 1): void {
    this.#faults.push({ fault, left: times })
  }

  /** Forgets all faults. */
  recover(): void {
    this.#faults.length = 0
  }

  /** Answers that have not been sent yet are not sent any more. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    for (const stream of this.#streams) stream.destroy()
    await this.#listener?.close()
    await this.#datagrams?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #bound(): DatagramSocket {
    if (this.#datagrams === undefined) throw fail('CLOSED', { what: 'mock DNS server' })
    return this.#datagrams
  }

  async #open(): Promise<void> {
    const { host = '127.0.0.1', port = 0, network = systemNetwork() } = this.#options
    for (let attempt = 1; ; attempt++) {
      const datagrams = await network.bindDatagram({ scheme: 'udp', host, port })
      try {
        const address = { scheme: 'tcp', host, port: portOf(datagrams.address) } as const
        const events = { onConnection: (stream: StreamConnection) => this.#serve(stream), onAcceptError: () => {} }
        this.#listener = await network.listenStream(address, events)
        this.#datagrams = datagrams
        break
      } catch (error) {
        await datagrams.close()
        if (port !== 0 || attempt === portAttempts) throw error
      }
    }
    this.#datagrams.receive((batch) => {
      for (let at = 0; at < batch.count; at++) {
        const { address } = batch.source(at)
        this.#take(batch.message(at), 'udp', address, (bytes) => void this.#datagrams?.send(bytes, address))
      }
    })
  }

  #serve(stream: StreamConnection): void {
    const decoder = framing.decoder(0xffff)
    this.#streams.add(stream)
    const send = (bytes: Uint8Array): void => {
      stream.write(Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff, ...bytes))
    }
    stream.start({
      onData: (chunk) => {
        decoder.push(chunk)
        for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
          this.#take(frame, 'tcp', stream.remote, send)
        }
      },
      onEnd: () => stream.end(),
      onDrain: () => {},
      onClose: () => void this.#streams.delete(stream),
    })
  }

  #take(bytes: Uint8Array, transport: 'udp' | 'tcp', from: Address, send: (bytes: Uint8Array) => void): void {
    let message: Message
    try {
      message = decodeMessage(bytes)
    } catch {
      return
    }
    const [question] = message.questions
    if (message.isResponse || question === undefined) return
    const name = formatName(lowerName(question.name))
    const query = { name, type: typeName(question.type), transport, message, bytes, from }
    if (this.queries.length < queriesLimit) this.queries.push(query)
    void this.#answer(query, send)
  }

  async #answer(query: MockQuery, send: (bytes: Uint8Array) => void): Promise<void> {
    const fault = this.#faultFor(query)
    const usual = this.#usual(query)
    const chosen = await this.#options.answer?.(query, usual)
    if (chosen === null) return
    const bytes = chosen instanceof Uint8Array ? chosen : encoded(chosen ?? usual, query)
    const sent = fault === undefined ? bytes : spoilt(fault, bytes, query)
    if (sent === undefined || this.#isClosed) return
    if (fault?.delayMs === undefined) return send(sent)
    const timer = this.#clock.after(fault.delayMs, () => {
      this.#timers.delete(timer)
      send(sent)
    })
    this.#timers.add(timer)
  }

  #usual({ message }: MockQuery): Message {
    const { edns } = message
    return {
      ...message,
      isResponse: true,
      ra: true,
      ad: false,
      ...this.#records.answer(message.questions[0]!),
      additionals: [],
      ...(edns === undefined ? {} : { edns: { ...edns, udpSize: udpBytesLimit, options: [] } }),
    }
  }

  #faultFor({ name, type, transport }: MockQuery): MockFault | undefined {
    const found = this.#faults.find(({ fault, left }) => {
      const isName = fault.name === undefined || `${fault.name.toLowerCase().replace(/\.$/, '')}.` === name
      const isType = fault.type === undefined || fault.type === type
      return left > 0 && isName && isType && (fault.transport === undefined || fault.transport === transport)
    })
    if (found !== undefined) found.left--
    return found?.fault
  }
}

const framing = lengthPrefix({ bytes: 2 })

function portOf(address: Address): number {
  return isInternet(address) ? address.port : 0
}

function encoded(message: Message, { transport, message: query }: MockQuery): Uint8Array {
  const limit = transport === 'tcp' ? 0xffff : Math.min(udpBytesLimit, Math.max(512, query.edns?.udpSize ?? 512))
  return encodeMessage(message, { limit })
}
