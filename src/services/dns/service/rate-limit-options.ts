/** How many answers a network of clients gets. */
import { checkInteger, checkKnownKeys } from '../../../core/index.ts'
import { NetworkMap, privateNetworks } from '../../../server/index.ts'

/** Rates are for one network and one kind of answer, of each lane. */
export interface RateLimitOptions {
  /** Answers a second to one network for one name and type, a referral or a wildcard counting as one name. @default 200 */
  readonly answersPerSecond?: number
  /** Answers a second of one zone that say that there is no such name, or no such data. @default 200 */
  readonly negativesPerSecond?: number
  /** Answers a second that are errors: REFUSED, FORMERR, SERVFAIL... @default 200 */
  readonly errorsPerSecond?: number
  /** Who asks too much is limited until the rate over so many seconds is kept. @default 15 */
  readonly windowSeconds?: number
  /** One in so many answers beyond the rate goes out empty with TC, so that a real client asks again over TCP; 0 for none. @default 2 */
  readonly slip?: number
  /** One in so many goes out whole, unless it slips; 0 for none. @default 0 */
  readonly leak?: number
  /** Bits of IPv4 addresses that make a network. @default 24 */
  readonly ipv4Bits?: number
  /** Bits of IPv6 addresses that make a network. @default 56 */
  readonly ipv6Bits?: number
  /** Networks without a limit. Valid cookies always lift it, as TCP does. @default loopback and private networks */
  readonly exempt?: readonly string[]
  /** Memory for the table of each lane, 20 bytes a network and kind of answer: 65,536 to 1,073,741,824. @default 4_194_304 */
  readonly tableBytes?: number
  /** Counts, and limits nothing. @default false */
  readonly dryRun?: boolean
}

export type RateLimit = Required<RateLimitOptions>

/** The options as they are in force. Throws OPTION_INVALID. */
export function checkRateLimit(options: RateLimitOptions = {}): RateLimit {
  checkKnownKeys('rateLimit', options, rateLimitKeys)
  const number = (name: keyof typeof usual, least: number, most: number): number =>
    checkInteger(`rateLimit.${name}`, options[name] ?? usual[name], least, most)
  const exempt = options.exempt ?? privateNetworks
  new NetworkMap<true>().addAll('rateLimit.exempt', exempt, true)
  return {
    answersPerSecond: number('answersPerSecond', 1, 1_000_000),
    negativesPerSecond: number('negativesPerSecond', 1, 1_000_000),
    errorsPerSecond: number('errorsPerSecond', 1, 1_000_000),
    windowSeconds: number('windowSeconds', 1, 3_600),
    slip: number('slip', 0, 10_000),
    leak: number('leak', 0, 10_000),
    ipv4Bits: number('ipv4Bits', 1, 32),
    ipv6Bits: number('ipv6Bits', 1, 128),
    exempt,
    tableBytes: number('tableBytes', 65_536, 1_073_741_824),
    dryRun: options.dryRun === true,
  }
}

const usual = {
  answersPerSecond: 200,
  negativesPerSecond: 200,
  errorsPerSecond: 200,
  windowSeconds: 15,
  slip: 2,
  leak: 0,
  ipv4Bits: 24,
  ipv6Bits: 56,
  tableBytes: 4_194_304,
} as const

export const rateLimitKeys: readonly (keyof RateLimitOptions)[] = [
  'answersPerSecond',
  'negativesPerSecond',
  'errorsPerSecond',
  'windowSeconds',
  'slip',
  'leak',
  'ipv4Bits',
  'ipv6Bits',
  'exempt',
  'tableBytes',
  'dryRun',
]
