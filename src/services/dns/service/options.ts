/** The options of the DNS service, checked; values that JSON carries, so that they reach lanes in a module's URL. */
import { checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { NetworkMap } from '../../../server/index.ts'
import { type ForwardOptions, forwardSettings } from '../forward/options.ts'
import { type TransferOptions, transferPolicy } from '../transfer/options.ts'
import { parseName } from '../wire/name.ts'
import { checkQueryLog, type QueryLogOptions } from './query-log-options.ts'
import { checkRateLimit, type RateLimitOptions } from './rate-limit-options.ts'
import { checkScripts, type Script, type ScriptModule } from './script-options.ts'

/** A zone and its file. */
export interface ZoneFile {
  /** The path of a zone file (RFC 1035 5). */
  readonly file: string
  /** The zone's name, for a file that does not say it. @default what its `$ORIGIN` or absolute names say */
  readonly origin?: string
}

/** Zones for some clients. */
export interface ViewOptions {
  /** Networks, `10.0.0.0/8`: of all views the longest network that holds a client's address decides. */
  readonly clients: readonly string[]
  /** What these clients are answered from, before the zones for everybody: one of the same name stands in its place. */
  readonly zones: readonly (string | ZoneFile)[]
}

/** What CHAOS queries are told (RFC 4892); what is not given is not told. */
export interface ChaosOptions {
  /** For `version.bind` and `version.server`. */
  readonly version?: string
  /** For `id.server` and `hostname.bind`. */
  readonly id?: string
}

export interface DnsOptions {
  /** The zones to serve: paths, or paths with names. @default an example zone, `example.lan.` */
  readonly zones?: readonly (string | ZoneFile)[]
  /** Loads a zone again when its file, or one that it includes, has changed. @default false */
  readonly watch?: boolean
  /** Where it says what becomes of zones, a line each: `stderr`, or a path. @default nowhere */
  readonly log?: string
  /** Other answers for some clients, 64 views at most. @default none */
  readonly views?: readonly ViewOptions[]
  /** Networks of resolvers whose word is taken for who their clients are (RFC 7871), to choose a view. @default none */
  readonly clientSubnet?: readonly string[]
  /** Limits what clients, and those in whose name somebody else asks, get over UDP; false for no limit. @default as each option says */
  readonly rateLimit?: RateLimitOptions | false
  /** Writes down queries. @default none */
  readonly queryLog?: QueryLogOptions
  /** Names of class CHAOS. @default none is known */
  readonly chaos?: ChaosOptions
  /** Names that functions answer for, in modules. @default none */
  readonly scripts?: readonly ScriptModule[]
  /** A TCP connection without a query is closed after so many milliseconds; clients that ask are told (RFC 7828). @default 10_000 */
  readonly tcpIdleMs?: number
  /** Largest answer over UDP, in bytes: 512 to 4,096. @default 1232 */
  readonly udpBytes?: number
  /** The server's name for itself, 128 bytes at most, told to who asks for it (RFC 5001). @default none */
  readonly nsid?: string
  /** Secrets for cookies, 32 hexadecimal digits each: servers that share an address share them. @default one drawn at the start, for all lanes */
  readonly cookieSecrets?: readonly string[]
  /** Transfers, notification, updates, and their keys. @default none */
  readonly transfer?: TransferOptions
  /** Answers names outside the zones: by asking other servers, from hosts files, from block lists. @default they are refused */
  readonly forward?: ForwardOptions
}

/** Options that cannot travel: for lanes of the calling thread. */
export interface DnsServiceOptions extends Omit<DnsOptions, 'scripts'> {
  /** Names that functions answer for. @default none */
  readonly scripts?: readonly (Script | ScriptModule)[]
}

/** Every option, in the order of the documentation. */
export const dnsOptionKeys: readonly (keyof DnsOptions)[] = [
  'zones',
  'watch',
  'log',
  'views',
  'clientSubnet',
  'rateLimit',
  'queryLog',
  'chaos',
  'scripts',
  'tcpIdleMs',
  'udpBytes',
  'nsid',
  'cookieSecrets',
  'transfer',
  'forward',
]
const zonesLimit = 100_000
const viewsLimit = 64
/** Of a string of TXT (RFC 1035 3.3). */
const textBytes = 255
/** A name that leaves room for everything else in 512 bytes. */
const nsidBytes = 128

/** Throws OPTION_INVALID, and DNS_NAME_INVALID for an origin that is no name. */
export function checkDnsOptions(options: DnsServiceOptions): void {
  checkKnownKeys('dns', options, dnsOptionKeys)
  const { zones, watch, log, views, clientSubnet, rateLimit, queryLog, chaos, scripts, tcpIdleMs } = options
  if (options.udpBytes !== undefined) checkInteger('udpBytes', options.udpBytes, 512, 4096)
  if (tcpIdleMs !== undefined) checkInteger('tcpIdleMs', tcpIdleMs, 100, 3_600_000)
  if (zones !== undefined) checkZones('zones', zones)
  if (watch !== undefined && typeof watch !== 'boolean') throw invalid('watch', 'true or false', watch)
  if (log !== undefined && (typeof log !== 'string' || log === '')) throw invalid('log', 'stderr, or a path', log)
  if (views !== undefined) checkViews(views)
  if (clientSubnet !== undefined) new NetworkMap<true>().addAll('clientSubnet', clientSubnet, true)
  if (rateLimit !== undefined && rateLimit !== false) checkRateLimit(rateLimit)
  if (queryLog !== undefined) checkQueryLog(queryLog)
  if (chaos !== undefined) checkChaos(chaos)
  if (scripts !== undefined) checkScripts(scripts)
  if (options.transfer !== undefined) transferPolicy(options.transfer)
  if (options.forward !== undefined) forwardSettings(options.forward)
  if (options.nsid !== undefined) checkNsid(options.nsid)
  if (options.cookieSecrets !== undefined) checkSecrets(options.cookieSecrets)
}

function checkNsid(nsid: unknown): void {
  if (typeof nsid === 'string' && nsid !== '' && Buffer.byteLength(nsid) <= nsidBytes) return
  throw invalid('nsid', `a text of 1 to ${nsidBytes} bytes`, nsid)
}

function checkSecrets(secrets: readonly string[]): void {
  const rule = '32 hexadecimal digits each, and one at least'
  if (!Array.isArray(secrets) || secrets.length === 0) throw invalid('cookieSecrets', rule, secrets)
  for (const secret of secrets as readonly unknown[]) {
    if (typeof secret === 'string' && /^[0-9a-f]{32}$/i.test(secret)) continue
    throw invalid('cookieSecrets', rule, secret)
  }
}

function checkZones(option: string, zones: readonly (string | ZoneFile)[]): void {
  if (!Array.isArray(zones)) throw invalid(option, 'a list of zone files', zones)
  checkInteger(option, zones.length, 1, zonesLimit)
  for (const zone of zones as readonly (string | ZoneFile)[]) {
    if (typeof zone === 'object' && zone !== null) checkKnownKeys(option, zone, ['file', 'origin'])
    const { file, origin } = zoneFile(zone)
    if (typeof file !== 'string' || file === '') throw invalid(option, 'paths of zone files', zone)
    if (origin !== undefined) parseName(origin)
  }
}

function checkViews(views: readonly ViewOptions[]): void {
  if (!Array.isArray(views)) throw invalid('views', 'a list', views)
  checkInteger('views', views.length, 0, viewsLimit)
  const seen = new NetworkMap<number>()
  for (const [at, view] of (views as readonly ViewOptions[]).entries()) {
    checkKnownKeys('views', view, ['clients', 'zones'])
    if (!Array.isArray(view.clients) || view.clients.length === 0) {
      throw invalid('views', 'networks of clients in each', view.clients)
    }
    seen.addAll('views', view.clients, at)
    checkZones('views', view.zones)
  }
}

function checkChaos(chaos: ChaosOptions): void {
  checkKnownKeys('chaos', chaos, ['version', 'id'])
  for (const text of [chaos.version, chaos.id]) {
    if (text === undefined || (typeof text === 'string' && Buffer.byteLength(text) <= textBytes)) continue
    throw invalid('chaos', `texts of at most ${textBytes} bytes`, text)
  }
}

/** A path as what it is short for. */
export function zoneFile(zone: string | ZoneFile): ZoneFile {
  return typeof zone === 'string' ? { file: zone } : zone
}

function invalid(option: string, rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option, rule, got: JSON.stringify(got) ?? String(got) })
}
