/** The options of `serve`, checked before anything is opened. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../core/index.ts'
import { formatAddress, parseAddress, type Origins, type Scheme } from '../io/index.ts'
import type { AnyService, ListenTarget, ServeOptions } from './types.ts'

const serveKeys: readonly (keyof ServeOptions)[] = [
  'listen',
  'lanes',
  'laneKind',
  'spread',
  'limits',
  'queuePolicy',
  'supervision',
  'framing',
  'user',
  'group',
  'network',
  'clock',
  'signal',
]
const targetKeys: readonly (keyof ListenTarget)[] = [
  'address',
  'datagram',
  'stream',
  'spread',
  'protocol',
  'origins',
  'protocols',
]

/** Throws OPTION_INVALID for a misspelt or wrong option. Limits have their own checks. */
export function checkServeOptions(options: ServeOptions): void {
  checkKnownKeys('serve', options, serveKeys)
  checkChoice('queuePolicy', options.queuePolicy ?? 'disconnect', ['disconnect', 'drop-oldest', 'wait'])
  if (options.group === undefined || options.user !== undefined) return
  throw fail('OPTION_INVALID', { option: 'group', rule: 'given together with user', got: String(options.group) })
}

/** Throws OPTION_INVALID for what is wrong in a definition's own options. */
export function checkServiceOptions({ definition: { sessions, origins } }: AnyService): void {
  if (origins !== undefined) checkOrigins('origins', origins)
  if (sessions === undefined) return
  checkKnownKeys('sessions', sessions, ['idleMs', 'limit', 'begin'])
  checkInteger('sessions.idleMs', sessions.idleMs, 1, 2 ** 31 - 1)
  checkInteger('sessions.limit', sessions.limit, 1, 1_000_000)
  checkChoice('sessions.begin', sessions.begin ?? 'first', ['first', 'asked'])
}

/** Throws OPTION_INVALID for an address of a transport that the service is not for. */
export function checkSchemes(
  name: string,
  schemes: readonly Scheme[] | undefined,
  targets: readonly ListenTarget[],
): void {
  if (schemes === undefined) return
  for (const { address } of targets) {
    if (schemes.includes(parseAddress(address).scheme)) continue
    const rule = `addresses of ${schemes.join(' or ')} for the service ${name}`
    throw fail('OPTION_INVALID', { option: 'listen', rule, got: formatAddress(parseAddress(address)) })
  }
}

function checkTarget({ address, protocol, origins, protocols }: ListenTarget): void {
  const parsed = parseAddress(address)
  if (protocol !== undefined && !/^[a-z][a-z0-9.-]*$/.test(protocol)) {
    throw fail('OPTION_INVALID', { option: 'listen.protocol', rule: 'a word in lower case', got: String(protocol) })
  }
  if (origins !== undefined) checkOrigins('listen.origins', origins)
  const badName = (protocols ?? []).find((name) => !/^[!#$%&'*+.^_`|~A-Za-z0-9-]+$/.test(name))
  if (badName !== undefined) {
    throw fail('OPTION_INVALID', { option: 'listen.protocols', rule: 'names of sub-protocols', got: String(badName) })
  }
  if (parsed.scheme === 'ws') {
    if (parsed.path?.includes('?') !== true) return
    throw fail('ADDRESS_INVALID', { input: formatAddress(parsed), reason: 'a server has no query' })
  }
  if (origins === undefined && protocols === undefined) return
  const option = origins === undefined ? 'listen.protocols' : 'listen.origins'
  throw fail('OPTION_INVALID', { option, rule: 'given for ws:// addresses', got: formatAddress(parsed) })
}

/** Throws OPTION_INVALID for what no browser sends as an Origin (RFC 6454, section 6.1). */
function checkOrigins(option: string, origins: Origins): void {
  if (origins === '*') return
  const isOrigin = (text: string): boolean => text === 'null' || (URL.canParse(text) && new URL(text).origin === text)
  if (Array.isArray(origins) && origins.every(isOrigin)) return
  const rule = "'*', or origins as browsers send them: 'https://example.org', without a path"
  throw fail('OPTION_INVALID', { option, rule, got: String(origins) })
}

/** The addresses to listen on, each as a target; throws ADDRESS_INVALID, SCHEME_UNKNOWN or OPTION_INVALID. */
export function targetsOf(listen: ServeOptions['listen']): ListenTarget[] {
  const list = typeof listen === 'string' ? [listen] : listen
  if (!Array.isArray(list) || list.length === 0) {
    throw fail('OPTION_INVALID', { option: 'listen', rule: 'at least one address', got: String(listen) })
  }
  return list.map((given: string | ListenTarget) => {
    const target = typeof given === 'string' ? { address: given } : given
    checkKnownKeys('listen', target, targetKeys)
    checkTarget(target)
    return target
  })
}
