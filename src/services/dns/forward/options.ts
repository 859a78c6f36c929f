/** The options of the forwarder, checked; values that JSON carries. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { NetworkMap, privateNetworks } from '../../../server/index.ts'
import { DnsServer, serverAddress } from '../client/servers.ts'
import { leastCacheBytes, mostCacheBytes } from './cache.ts'

/** What is answered for a blocked name: that there is none, an address that leads nowhere, or nothing at all. */
export type BlockAnswer = 'nxdomain' | 'null' | 'refused'

export interface ForwardOptions {
  /**
   * Who is asked for names outside the zones, by address: `192.0.2.53`, `udp://192.0.2.53:53`, `tcp://[2001:db8::53]:53`. The fastest is
   * asked first, the others where it fails. Names are refused: to look them up may lead back here. @default nobody: hosts files and block lists alone
   */
  readonly servers?: readonly string[]
  /**
   * Networks whose clients may use it. An open forwarder is a tool of attacks on others. @default loopback, link-local and private
   * addresses
   */
  readonly allow?: readonly string[]
  /** Memory of the cache, in bytes for each lane: 1,048,576 to 4,000,000,000. @default 33_554_432 */
  readonly cacheBytes?: number
  /** TTLs are raised to this, in seconds: 0 to 3,600. @default 0 */
  readonly minTtl?: number
  /** TTLs are lowered to this, in seconds. @default 86_400 */
  readonly maxTtl?: number
  /** Answers that there is nothing are kept for so long at most, in seconds. @default 3_600 */
  readonly maxNegativeTtl?: number
  /** How long answers that are out of date may stand in when nobody answers, in seconds; 0 for never (RFC 8767). @default 86_400 */
  readonly staleSeconds?: number
  /** Fetches what is asked for often again before its time is over. @default true */
  readonly prefetch?: boolean
  /** Longest wait for one server, in milliseconds. @default 1_500 */
  readonly timeoutMs?: number
  /** After so long a query is answered with an error, in milliseconds. @default 4_500 */
  readonly deadlineMs?: number
  /** Different questions that wait for answers at once, for each lane. @default 1_000 */
  readonly inFlight?: number
  /** Queries of one client that wait at once. @default 100 */
  readonly clientInFlight?: number
  /**
   * Questions below one name of two labels (`example.com`) that wait at once, for each lane: so that nobody who makes up names of somebody
   * keeps all others waiting. @default a quarter of inFlight
   */
  readonly domainInFlight?: number
  /** Draws the case of letters in questions, so that answers are harder to forge. @default true */
  readonly mixCase?: boolean
  /**
   * Passes on the servers' word that data is validated (AD), to clients that ask for it. For servers at the end of a path that nobody
   * can forge on. @default false
   */
  readonly trustAd?: boolean
  /** Files of addresses and names, as /etc/hosts. @default none */
  readonly hosts?: readonly string[]
  /** Files of names that are not to be found: hosts files, lists of domains, or `||name^` rules. @default none */
  readonly block?: readonly string[]
  /** Files of names that are never blocked, in the same forms. @default none */
  readonly allowNames?: readonly string[]
  /** What is answered for blocked names: `nxdomain`, `null` (0.0.0.0 and ::) or `refused`. @default 'nxdomain' */
  readonly blockAnswer?: BlockAnswer
}

/** All of them, with defaults. */
export type ForwardSettings = Required<Omit<ForwardOptions, 'hosts' | 'block' | 'allowNames'>>

const keys: readonly (keyof ForwardOptions)[] = [
  'servers',
  'allow',
  'cacheBytes',
  'minTtl',
  'maxTtl',
  'maxNegativeTtl',
  'staleSeconds',
  'prefetch',
  'timeoutMs',
  'deadlineMs',
  'inFlight',
  'clientInFlight',
  'domainInFlight',
  'mixCase',
  'trustAd',
  'hosts',
  'block',
  'allowNames',
  'blockAnswer',
]

/** The options with their defaults. Throws OPTION_INVALID, ADDRESS_INVALID, SCHEME_UNKNOWN. */
export function forwardSettings(options: ForwardOptions): ForwardSettings {
  checkKnownKeys('forward', options, keys)
  const servers = options.servers ?? []
  if (!Array.isArray(servers)) throw listWanted('servers', servers)
  checkInteger('forward.servers.length', servers.length, 0, 32)
  for (const server of servers) {
    if (new DnsServer(serverAddress(server)).isNamed) {
      throw fail('OPTION_INVALID', {
        option: 'forward.servers',
        rule: 'addresses, no names',
        got: JSON.stringify(server),
      })
    }
  }
  for (const list of ['allow', 'hosts', 'block', 'allowNames'] as const) {
    const value = options[list] ?? []
    if (!Array.isArray(value) || value.some((each) => typeof each !== 'string')) throw listWanted(list, value)
  }
  for (const flag of ['prefetch', 'mixCase', 'trustAd'] as const) {
    const value: unknown = options[flag]
    if (value !== undefined && typeof value !== 'boolean') {
      throw fail('OPTION_INVALID', { option: `forward.${flag}`, rule: 'true or false', got: JSON.stringify(value) })
    }
  }
  const allow = options.allow ?? privateNetworks
  networksOf(allow)
  const day = 86_400
  const number = (option: keyof ForwardOptions, usual: number, least: number, most: number): number =>
    checkInteger(`forward.${option}`, options[option] ?? usual, least, most)
  const inFlight = number('inFlight', 1_000, 1, 20_000)
  return {
    servers,
    allow,
    cacheBytes: number('cacheBytes', 33_554_432, leastCacheBytes, mostCacheBytes),
    minTtl: number('minTtl', 0, 0, 3_600),
    maxTtl: number('maxTtl', day, 1, 7 * day),
    maxNegativeTtl: number('maxNegativeTtl', 3_600, 0, 3 * 3_600),
    staleSeconds: number('staleSeconds', day, 0, 7 * day),
    prefetch: options.prefetch ?? true,
    timeoutMs: number('timeoutMs', 1_500, 10, 60_000),
    deadlineMs: number('deadlineMs', 4_500, 10, 60_000),
    inFlight,
    domainInFlight: number('domainInFlight', Math.ceil(inFlight / 4), 1, 20_000),
    clientInFlight: number('clientInFlight', 100, 1, 20_000),
    mixCase: options.mixCase ?? true,
    trustAd: options.trustAd ?? false,
    blockAnswer: checkChoice('forward.blockAnswer', options.blockAnswer ?? 'nxdomain', ['nxdomain', 'null', 'refused']),
  }
}

function listWanted(option: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option: `forward.${option}`, rule: 'a list of texts', got: JSON.stringify(got) })
}

/** Whose clients may use it. Throws OPTION_INVALID. */
export function networksOf(allow: readonly string[]): NetworkMap<true> {
  return new NetworkMap<true>().addAll('forward.allow', allow, true)
}
