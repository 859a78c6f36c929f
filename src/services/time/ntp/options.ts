/** The options of the NTP service, checked; all but a source are values that JSON carries, so that they reach lanes in a module's URL. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import type { AccessLists } from './access.ts'

/** How many requests of one source are answered, after chrony's `ratelimit`: what is beyond leaks through, or is kissed. */
export interface NtpRate {
  /** Log2 seconds between requests in the long run, -10 to 9. @default 3 (8 s) */
  readonly interval?: number
  /** Requests at once after silence, 1 to 255. @default 8 */
  readonly burst?: number
  /**
   * Of requests beyond the rate one in 2^leak is answered all the same, at random, 1 to 4: so somebody who floods in a client's
   * name cannot cut the client off. @default 2
   */
  readonly leak?: number
  /** Of those not answered one in 2^kiss gets a kiss-o'-death RATE, 0 to 4; `false` for none. @default 2 */
  readonly kiss?: number | false
}

export interface NtpOptions extends AccessLists {
  /**
   * The machine's clock is to be trusted, at this stratum, 1 to 15: for a net of its own. With `upstream` that is said while no
   * server of it can be believed. @default it is not: unsynchronised
   */
  readonly localStratum?: number
  /**
   * Servers to correct the time by, `HOST` or `HOST:PORT`, 1 to 64; one clock follows them for all lanes, and its stratum is theirs
   * and one. The system's clock is left alone. @default none
   */
  readonly upstream?: readonly string[]
  /** Where that clock's frequency outlives the process. @default nowhere */
  readonly driftFile?: string
  /** What who may not ask is told: nothing, or a kiss-o'-death DENY. @default 'drop' */
  readonly denied?: 'drop' | 'kiss'
  /** Limits each IPv4 address and each IPv6 network of 64 bits, loopback aside, over all lanes. @default no limit */
  readonly rate?: NtpRate | boolean
  /** Answers remembered for interleaved mode, for each lane; false for basic mode only. @default 4_096 */
  readonly interleaved?: number | false
}

/** What `rate` comes to. */
export interface CheckedRate {
  readonly interval: number
  readonly burst: number
  readonly leak: number
  readonly kiss: number | false
}

const keys: readonly (keyof NtpOptions)[] = [
  'allow',
  'deny',
  'denied',
  'localStratum',
  'upstream',
  'driftFile',
  'rate',
  'interleaved',
]

/** Throws OPTION_INVALID. */
export function checkNtpOptions(options: NtpOptions): void {
  checkKnownKeys('ntp', options, keys)
  checkList('allow', options.allow)
  checkList('deny', options.deny)
  checkList('upstream', options.upstream)
  checkChoice('denied', options.denied ?? 'drop', ['drop', 'kiss'])
  if (options.driftFile !== undefined && options.upstream === undefined) {
    throw fail('OPTION_INVALID', { option: 'driftFile', rule: 'given together with upstream', got: options.driftFile })
  }
  if (options.localStratum !== undefined) checkInteger('localStratum', options.localStratum, 1, 15)
  if (options.interleaved !== undefined && options.interleaved !== false) {
    checkInteger('interleaved', options.interleaved, 4, 2 ** 20)
  }
  checkedRate(options.rate)
}

/** Undefined for no limit. Throws OPTION_INVALID. */
export function checkedRate(given: NtpRate | boolean | undefined): CheckedRate | undefined {
  if (given === undefined || given === false) return undefined
  const rate = given === true ? {} : given
  checkKnownKeys('rate', rate, ['interval', 'burst', 'leak', 'kiss'])
  const { interval = 3, burst = 8, leak = 2, kiss = 2 } = rate
  return {
    interval: checkInteger('rate.interval', interval, -10, 9),
    burst: checkInteger('rate.burst', burst, 1, 255),
    leak: checkInteger('rate.leak', leak, 1, 4),
    kiss: kiss === false ? false : checkInteger('rate.kiss', kiss, 0, 4),
  }
}

function checkList(option: string, list: unknown): void {
  if (list === undefined || (Array.isArray(list) && list.every((each) => typeof each === 'string'))) return
  throw fail('OPTION_INVALID', { option, rule: 'a list of texts', got: JSON.stringify(list) })
}
