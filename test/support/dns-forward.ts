/** A forwarder on a network in memory, with a clock that the test turns, and mock servers upstream. */
import {
  decodeMessage,
  type EdnsOption,
  type Message,
  MockDns,
  type MockDnsOptions,
  type MockTable,
} from '#lanework/services/dns/index.js'
import { formatRecord, rcodeName } from '#lanework/services/dns/index.js'
import { Asked } from '#lanework/services/dns/answer/asked.js'
import { makeQuery } from '#lanework/services/dns/client/query-message.js'
import { Forwarder } from '#lanework/services/dns/forward/forwarder.js'
import { type ForwardOptions, forwardSettings } from '#lanework/services/dns/forward/options.js'
import { parseName, typeNumber } from '#lanework/services/dns/index.js'
import { MemoryNetwork, VirtualClock } from '#lanework/testing/index.js'

export interface ClientQuery {
  readonly type?: string
  readonly class?: number
  readonly dnssec?: boolean
  readonly cd?: boolean
  readonly ad?: boolean
  readonly udpBytes?: number
  readonly options?: readonly EdnsOption[]
  readonly transport?: 'udp' | 'tcp'
  readonly host?: string
  /** The client that asks, where it asks more than once. */
  readonly peer?: object
  /** Options that the lane has for the answer. */
  readonly told?: Uint8Array
  /** The query's bytes instead of new ones. */
  readonly bytes?: Uint8Array
}

export class ForwardBench {
  readonly clock = new VirtualClock()
  readonly network = new MemoryNetwork({ clock: this.clock })
  readonly mocks: MockDns[] = []
  forwarder!: Forwarder

  /** One mock server for each table. */
  static async start(
    tables: readonly MockTable[],
    options: ForwardOptions = {},
    mockOptions: MockDnsOptions = {},
  ): Promise<ForwardBench> {
    const bench = new ForwardBench()
    const { network, clock } = bench
    for (const table of tables) bench.mocks.push(await MockDns.start(table, { network, clock, ...mockOptions }))
    bench.use(options)
    return bench
  }

  /** Makes the forwarder anew. */
  use(options: ForwardOptions): void {
    const settings = forwardSettings({
      servers: this.mocks.map(({ address }) => address),
      cacheBytes: 1_048_576,
      ...options,
    })
    this.forwarder = new Forwarder(settings, { clock: this.clock, network: this.network, udpBytes: 1232 })
  }

  get mock(): MockDns {
    return this.mocks[0]!
  }

  /** What the upstream servers were asked, as `name type`. */
  get asked(): string[] {
    return this.mocks.flatMap(({ queries }) => queries.map(({ name, type }) => `${name} ${type}`))
  }

  /** What `take` gives, and a promise of the answer that comes later. */
  send(name: string, query: ClientQuery = {}) {
    const { type = 'A', class: asked = 1, transport = 'udp', host = '127.0.0.1', peer = {} } = query
    const bytes =
      query.bytes ??
      makeQuery({ name: parseName(name), type: typeNumber(type)!, class: asked }, { ...query, mixCase: false })
    const what = new Asked()
    if (!what.takePlain(bytes)) what.takeAny(bytes)
    let reply: (answer: Uint8Array) => void = () => {}
    const later = new Promise<Uint8Array>((resolve) => (reply = resolve))
    const source = {
      transport,
      peer: peer as never,
      host,
      answerer: { told: query.told ?? new Uint8Array(0) } as never,
      reply: (answer: Uint8Array) => {
        reply(answer.slice())
        return true
      },
    }
    const taken = this.forwarder.take(bytes, what, source)
    return { taken: taken instanceof Uint8Array ? taken.slice() : taken, later, bytes }
  }

  /** Asks, and waits for the answer. */
  async ask(name: string, query: ClientQuery = {}): Promise<Message> {
    const { taken, later } = this.send(name, query)
    if (taken instanceof Uint8Array) return decodeMessage(taken)
    if (taken === 'later') return decodeMessage(await later)
    throw new Error(`No answer: ${String(taken)}`)
  }

  /** Asks; the answer in short: response code and records. */
  async short(name: string, query: ClientQuery = {}): Promise<string[]> {
    return shortOf(await this.ask(name, query))
  }

  async close(): Promise<void> {
    this.forwarder.stop()
    for (const mock of this.mocks) await mock.close()
  }
}

export function shortOf(message: Message): string[] {
  const records = [...message.answers, ...message.authorities].map((record) =>
    formatRecord(record).replaceAll('\t', ' '),
  )
  return [rcodeName(message.rcode), ...records]
}

/** The codes of extended errors. */
export function extendedErrors({ edns }: Message): number[] {
  return (edns?.options ?? []).filter(({ code }) => code === 15).map(({ data }) => data[0]! * 256 + data[1]!)
}
