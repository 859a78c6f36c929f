/** A client that asks servers for records, and gives all that they say: every section, every TTL. */
import { checkInteger, checkKnownKeys, fail, systemClock, type Clock } from '../../../core/index.ts'
import { systemNetwork, type Network } from '../../../io/index.ts'
import { dnsClass, rcode, rcodeName } from '../wire/codes.ts'
import { formatName, type Name, parseName } from '../wire/name.ts'
import { dnsType, typeName, typeNumber } from '../wire/types.ts'
import { type AskOptions, askServers, type ServerAnswer } from './ask-servers.ts'
import { chainEnd, type ChainEnd } from './chain.ts'
import { reverseName } from './reverse-name.ts'
import { DnsServers } from './servers.ts'
import { systemServers } from './system-servers.ts'

export interface ResolverOptions {
  /**
   * Whom to ask: `192.0.2.53`, `udp://192.0.2.53:53`, `tcp://[2001:db8::53]:53`. The fastest is asked first, the others where it does not
   * answer. @default those of /etc/resolv.conf
   */
  readonly servers?: readonly string[]
  /** Longest wait for one server, in milliseconds. @default 2_000 */
  readonly timeoutMs?: number
  /** How often the list of servers is gone through where nobody answers: 1 to 10. @default 2 */
  readonly rounds?: number
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
  /** @default the machine's */
  readonly clock?: Clock
}

export interface ResolveOptions extends AskOptions {
  /** @default IN, 1 */
  readonly class?: number
  readonly signal?: AbortSignal
}

const optionKeys: readonly (keyof ResolverOptions)[] = ['servers', 'timeoutMs', 'rounds', 'network', 'clock']

/**
 * Asks over UDP, and over TCP what does not fit; with a random id, a port of its own and random case for each query. What a server
 * says is a result, NXDOMAIN and other response codes too: they are in `message.rcode`. Only where nobody answers is there an error.
 *
 * @example
 * const resolver = new Resolver({ servers: ['192.0.2.53'] })
 * const { message } = await resolver.query('example.com', 'MX')
 * for (const record of message.answers) console.log(formatRecord(record))
 */
export class Resolver {
  readonly #servers: DnsServers
  readonly #timeoutMs: number
  readonly #rounds: number
  readonly #network: Network
  readonly #clock: Clock

  /** Throws OPTION_INVALID, ADDRESS_INVALID. */
  constructor(options: ResolverOptions = {}) {
    checkKnownKeys('resolver', options, optionKeys)
    const servers = options.servers ?? systemServers()
    checkInteger('servers.length', servers.length, 1, 100)
    this.#servers = new DnsServers(servers)
    this.#timeoutMs = checkInteger('timeoutMs', options.timeoutMs ?? 2_000, 1, 600_000)
    this.#rounds = checkInteger('rounds', options.rounds ?? 2, 1, 10)
    this.#network = options.network ?? systemNetwork()
    this.#clock = options.clock ?? systemClock
  }

  /** The servers' addresses, with scheme and port. */
  get servers(): readonly string[] {
    return this.#servers.all.map(({ text }) => text)
  }

  /**
   * Asks for a name and a type (`A`, `TYPE65`, or a number). Throws NO_ANSWER, CONNECTION_REFUSED and the like where no server
   * answered, ABORTED, DNS_NAME_INVALID, OPTION_INVALID.
   */
  async query(name: string | Name, type: string | number = 'A', options: ResolveOptions = {}): Promise<ServerAnswer> {
    const { signal, class: asked = dnsClass.IN, ...flags } = options
    const question = { name: typeof name === 'string' ? parseName(name) : name, type: numberOf(type), class: asked }
    return askServers(question, flags, {
      servers: this.#servers,
      network: this.#network,
      clock: this.#clock,
      timeoutMs: this.#timeoutMs,
      rounds: this.#rounds,
      signal,
    })
  }

  /**
   * The addresses of a name, IPv6 first, behind aliases too; empty where it has none, or there is no such name. What is malformed is
   * passed over. Throws as query, and LOOKUP_FAILED where a server says something else: SERVFAIL, REFUSED.
   *
   * @example
   * await resolver.addresses('example.com') // [{ address: '2001:db8::80', ttl: 300 }, { address: '192.0.2.80', ttl: 300 }]
   */
  async addresses(name: string, options: ResolveOptions = {}): Promise<{ address: string; ttl: number }[]> {
    const asked = parseName(name)
    const types = [dnsType.AAAA, dnsType.A]
    const ends = await Promise.all(types.map((type) => this.#lookUp(asked, type, options)))
    return ends.flat().flatMap(({ value, ttl }) => {
      return value.type === 'A' || value.type === 'AAAA' ? [{ address: value.address, ttl }] : []
    })
  }

  /** The names of an address (PTR); empty where it has none. Throws as addresses, and OPTION_INVALID for what is no address. */
  async names(address: string, options: ResolveOptions = {}): Promise<string[]> {
    const ends = await this.#lookUp(reverseName(address), dnsType.PTR, options)
    return ends.flatMap(({ value }) => (value.type === 'PTR' ? [value.target] : []))
  }

  async #lookUp(name: Name, type: number, options: ResolveOptions): Promise<ChainEnd[]> {
    const { message, server } = await this.query(name, type, options)
    const { rcode: code } = message
    if (code === rcode.NOERROR) return chainEnd(message)
    if (code === rcode.NXDOMAIN) return []
    throw fail('LOOKUP_FAILED', { name: formatName(name), type: typeName(type), server, rcode: rcodeName(code) })
  }
}

function numberOf(type: string | number): number {
  if (typeof type === 'number') return checkInteger('type', type, 0, 0xffff)
  const number = typeNumber(type)
  if (number !== undefined) return number
  throw fail('OPTION_INVALID', {
    option: 'type',
    rule: 'a record type, or TYPE and its number',
    got: JSON.stringify(type),
  })
}
