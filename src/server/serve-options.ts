/** The options of `serve`, checked before anything is opened. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../core/index.ts'
import { formatAddress, parseAddress, type Scheme } from '../io/index.ts'
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
const targetKeys: readonly (keyof ListenTarget)[] = ['address', 'datagram', 'stream', 'spread']

/** Throws OPTION_INVALID for a misspelt or wrong option. Limits have their own checks. */
export function checkServeOptions(options: ServeOptions): void {
  checkKnownKeys('serve', options, serveKeys)
  checkChoice('queuePolicy', options.queuePolicy ?? 'disconnect', ['disconnect', 'drop-oldest', 'wait'])
  if (options.group === undefined || options.user !== undefined) return
  throw fail('OPTION_INVALID', { option: 'group', rule: 'given together with user', got: String(options.group) })
}

/** Throws OPTION_INVALID for what is wrong in a definition's own options. */
export function checkServiceOptions({ definition: { sessions } }: AnyService): void {
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

/** The addresses to listen on, each as a target; throws ADDRESS_INVALID, SCHEME_UNKNOWN or OPTION_INVALID. */
export function targetsOf(listen: ServeOptions['listen']): ListenTarget[] {
  const list = typeof listen === 'string' ? [listen] : listen
  if (!Array.isArray(list) || list.length === 0) {
    throw fail('OPTION_INVALID', { option: 'listen', rule: 'at least one address', got: String(listen) })
  }
  return list.map((given: string | ListenTarget) => {
    const target = typeof given === 'string' ? { address: given } : given
    checkKnownKeys('listen', target, targetKeys)
    parseAddress(target.address)
    return target
  })
}
