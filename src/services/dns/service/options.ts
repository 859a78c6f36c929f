/** The options of the DNS service, checked; values that JSON carries, so that they reach lanes in a module's URL. */
import { checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { type TransferOptions, transferPolicy } from '../transfer/options.ts'
import { parseName } from '../wire/name.ts'

/** A zone and its file. */
export interface ZoneFile {
  /** The path of a zone file (RFC 1035 5). */
  readonly file: string
  /** The zone's name, for a file that does not say it. @default what its `$ORIGIN` or absolute names say */
  readonly origin?: string
}

export interface DnsOptions {
  /** The zones to serve: paths, or paths with names. @default an example zone, `example.lan.` */
  readonly zones?: readonly (string | ZoneFile)[]
  /** Largest answer over UDP, in bytes: 512 to 4,096. @default 1232 */
  readonly udpBytes?: number
  /** The server's name for itself, told to who asks for it (RFC 5001). @default none */
  readonly nsid?: string
  /** Secrets for cookies, 32 hexadecimal digits each: servers that share an address share them. @default one drawn at the start */
  readonly cookieSecrets?: readonly string[]
  /** Transfers, notification, updates, and their keys. @default none */
  readonly transfer?: TransferOptions
}

const keys: readonly (keyof DnsOptions)[] = ['zones', 'udpBytes', 'nsid', 'cookieSecrets', 'transfer']
const zonesLimit = 100_000

/** Throws OPTION_INVALID, and DNS_NAME_INVALID for an origin that is no name. */
export function checkDnsOptions(options: DnsOptions): void {
  checkKnownKeys('dns', options, keys)
  if (options.udpBytes !== undefined) checkInteger('udpBytes', options.udpBytes, 512, 4096)
  if (options.transfer !== undefined) transferPolicy(options.transfer)
  if (options.zones !== undefined) {
    checkInteger('zones', options.zones.length, 1, zonesLimit)
    for (const zone of options.zones) checkZone(zone)
  }
  for (const secret of options.cookieSecrets ?? []) {
    if (/^[0-9a-f]{32}$/i.test(secret)) continue
    throw fail('OPTION_INVALID', {
      option: 'cookieSecrets',
      rule: '32 hexadecimal digits each',
      got: JSON.stringify(secret),
    })
  }
}

function checkZone(zone: string | ZoneFile): void {
  const { file, origin } = typeof zone === 'string' ? { file: zone, origin: undefined } : zone
  if (typeof file !== 'string' || file === '') {
    throw fail('OPTION_INVALID', { option: 'zones', rule: 'paths of zone files', got: JSON.stringify(zone) })
  }
  if (origin !== undefined) parseName(origin)
}
