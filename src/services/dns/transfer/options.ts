/** The options of zone transfers, notification and updates, checked; values that JSON carries, so that they reach lanes. */
import { checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { prefixKey } from '../../../server/index.ts'
import { formatName, lowerName, type Name, parseName } from '../wire/name.ts'
import { AccessList, type AccessRule } from './access.ts'
import { KeyRing, type TsigKeyOptions } from './keys.ts'

/** Another server: an address, and the key that messages to it are signed with. */
export interface ServerOptions {
  /** `192.0.2.1`, `192.0.2.1:5353`, `[2001:db8::1]:5353`. @default port 53 */
  readonly address: string
  /** The name of one of `keys`. @default none: messages are not signed */
  readonly key?: string
}

export interface ZoneTransferOptions {
  /** The zone's name. */
  readonly zone: string
  /** Who may have the whole zone, or changes of it. @default nobody */
  readonly allowTransfer?: readonly AccessRule[]
  /** Who may change it by dynamic update. @default nobody */
  readonly allowUpdate?: readonly AccessRule[]
  /** Whom to tell of new versions. @default nobody */
  readonly notify?: readonly (string | ServerOptions)[]
  /** Where the zone comes from, in the order they are asked: it is a secondary then. @default its file: it is a primary */
  readonly primaries?: readonly (string | ServerOptions)[]
  /** Who may notify of new versions besides the primaries. @default nobody */
  readonly allowNotify?: readonly AccessRule[]
  /** The journal's file. @default in `stateDir`, else beside the zone's file as `FILE.journal` where updates are allowed */
  readonly journal?: string
  /** The least seconds between two looks at a primary, whatever the SOA says: 1 to 86,400. @default 10 */
  readonly leastRefresh?: number
  /** The most bytes that a transfer may have, names and data: 4,096 to 4,294,967,295. @default 1_073_741_824 */
  readonly transferBytes?: number
}

export interface TransferOptions {
  /** Keys shared with other servers and with clients. @default none */
  readonly keys?: readonly TsigKeyOptions[]
  /** What holds for which zone. @default nothing is transferred, notified or updated */
  readonly zones?: readonly ZoneTransferOptions[]
  /** Where journals and transferred zones are kept. @default secondaries are fetched anew at each start */
  readonly stateDir?: string
  /** Transfers that a lane sends at once; those beyond it are refused: 1 to 10,000. @default 100 */
  readonly transfersAtOnce?: number
}

/** Another server, ready for use. */
export interface OtherServer {
  readonly host: string
  readonly port: number
  readonly key?: string
}

/** What holds for one zone. */
export interface ZonePolicy {
  readonly origin: Name
  readonly transfer: AccessList
  readonly update: AccessList
  /** The primaries among them. */
  readonly notified: AccessList
  readonly notify: readonly OtherServer[]
  readonly primaries: readonly OtherServer[]
  readonly journal: string | undefined
  readonly leastRefreshMs: number
  readonly transferBytes: number
}

/** Options ready for use. */
export interface TransferPolicy {
  readonly keys: KeyRing
  readonly stateDir: string | undefined
  readonly transfersAtOnce: number
  /** By name, as formatName writes it in lower case. */
  readonly zones: ReadonlyMap<string, ZonePolicy>
}

const keys: readonly (keyof TransferOptions)[] = ['keys', 'zones', 'stateDir', 'transfersAtOnce']
const zoneKeys: readonly (keyof ZoneTransferOptions)[] = [
  'zone',
  'allowTransfer',
  'allowUpdate',
  'notify',
  'primaries',
  'allowNotify',
  'journal',
  'leastRefresh',
  'transferBytes',
]

/** Checks the options. Throws OPTION_INVALID, DNS_NAME_INVALID and ADDRESS_INVALID. */
export function transferPolicy(options: TransferOptions = {}): TransferPolicy {
  checkKnownKeys('transfer', options, keys)
  const ring = new KeyRing(options.keys)
  const zones = new Map<string, ZonePolicy>()
  for (const zone of options.zones ?? []) {
    const policy = zonePolicy(zone, ring)
    const name = formatName(policy.origin)
    if (zones.has(name)) throw invalid('zones', 'each zone once', name)
    zones.set(name, policy)
  }
  return {
    keys: ring,
    stateDir: options.stateDir,
    transfersAtOnce: checkInteger('transfersAtOnce', options.transfersAtOnce ?? 100, 1, 10_000),
    zones,
  }
}

/** True where some zone comes from elsewhere. */
export function hasPrimaries(options: TransferOptions | undefined): boolean {
  return (options?.zones ?? []).some(({ primaries }) => (primaries?.length ?? 0) > 0)
}

function zonePolicy(zone: ZoneTransferOptions, ring: KeyRing): ZonePolicy {
  checkKnownKeys('transfer.zones', zone, zoneKeys)
  const primaries = (zone.primaries ?? []).map((one) => otherServer('primaries', one, ring))
  if (primaries.length > 0 && (zone.allowUpdate?.length ?? 0) > 0) {
    throw invalid('allowUpdate', 'given for primary zones only', zone.zone)
  }
  return {
    origin: lowerName(parseName(zone.zone)),
    transfer: new AccessList('allowTransfer', zone.allowTransfer ?? [], ring),
    update: new AccessList('allowUpdate', zone.allowUpdate ?? [], ring),
    notified: new AccessList('allowNotify', [...(zone.allowNotify ?? []), ...primaries.map(({ host }) => host)], ring),
    notify: (zone.notify ?? []).map((one) => otherServer('notify', one, ring)),
    primaries,
    journal: zone.journal,
    leastRefreshMs: checkInteger('leastRefresh', zone.leastRefresh ?? 10, 1, 86_400) * 1000,
    transferBytes: checkInteger('transferBytes', zone.transferBytes ?? 2 ** 30, 4096, 2 ** 32 - 1),
  }
}

function otherServer(option: string, given: string | ServerOptions, ring: KeyRing): OtherServer {
  const { address, key } = typeof given === 'string' ? { address: given, key: undefined } : given
  if (typeof given !== 'string') checkKnownKeys(option, given, ['address', 'key'])
  const [host, port] = hostAndPort(option, String(address))
  if (key !== undefined && ring.get(key) === undefined) throw invalid(option, 'the name of one of keys', key)
  return { host, port, ...(key === undefined ? {} : { key }) }
}

/** `HOST`, `HOST:PORT`, `[IPV6]:PORT`. */
function hostAndPort(option: string, text: string): [host: string, port: number] {
  const isNumeric = (host: string): boolean => {
    try {
      return prefixKey(host) !== ''
    } catch {
      return false
    }
  }
  if (isNumeric(text)) return [text, 53]
  const [, bracketed, plain, port = '53'] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text) ?? []
  const host = bracketed ?? plain ?? ''
  if (!isNumeric(host) || Number(port) < 1 || Number(port) > 65_535)
    throw invalid(option, 'an IP address and a port', text)
  return [host, Number(port)]
}

function invalid(option: string, rule: string, got: string): Error {
  return fail('OPTION_INVALID', { option, rule, got: JSON.stringify(got) })
}
