/** Who is answered: lists of networks that may ask and that may not. The most specific network that holds an address decides. */
import { fail } from '../../../core/index.ts'
import { prefixKey } from '../../../server/index.ts'

/** Networks as `192.0.2.0/24`, `2001:db8::/32`, or single addresses. */
export interface AccessLists {
  /** With any, whoever stands in neither list is refused. @default everybody */
  readonly allow?: readonly string[]
  /** Where a network stands in both lists, it is refused. @default nobody */
  readonly deny?: readonly string[]
}

/** A rule for each network of one length. */
interface Networks {
  readonly ipv4Bits: number
  readonly ipv6Bits: number
  readonly mayAsk: ReadonlyMap<string, boolean>
}

/**
 * Makes the question "may this address ask?", of IPv4 and IPv6 addresses; an IPv4 address that came through an IPv6 socket
 * (`::ffff:192.0.2.1`) is the IPv4 address. Throws OPTION_INVALID for what is no network.
 *
 * @example
 * const mayAsk = accessBy({ allow: ['192.0.2.0/24'], deny: ['192.0.2.66'] })
 * mayAsk('192.0.2.1') // true
 */
export function accessBy({ allow = [], deny = [] }: AccessLists): (host: string) => boolean {
  const byLength = new Map<number, Map<string, boolean>>()
  for (const [option, list, mayAsk] of [
    ['allow', allow, true],
    ['deny', deny, false],
  ] as const) {
    for (const text of list) enter(byLength, option, text, mayAsk)
  }
  const longestFirst = [...byLength].sort(([one], [other]) => other - one)
  const networks = longestFirst.map(([length, mayAsk]): Networks => {
    return { ipv4Bits: Math.max(0, length - 96), ipv6Bits: length, mayAsk }
  })
  const otherwise = allow.length === 0
  return (host) => {
    for (const { ipv4Bits, ipv6Bits, mayAsk } of networks) {
      // An IPv4 network of n bits is one of 96 + n here; shorter ones are IPv6 alone.
      if (ipv6Bits < 96 && !host.includes(':')) continue
      const found = mayAsk.get(prefixKey(host, { ipv4Bits, ipv6Bits }))
      if (found !== undefined) return found
    }
    return otherwise
  }
}

function enter(byLength: Map<number, Map<string, boolean>>, option: string, text: string, mayAsk: boolean): void {
  const [host = '', bitsText, more] = text.split('/')
  const isIpv6 = prefixOf(option, text, host, 0, 0).includes(':')
  const most = isIpv6 ? 128 : 32
  const bits = bitsText === undefined ? most : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : NaN
  if (!(bits <= most) || more !== undefined) throw noNetwork(option, text)
  const key = isIpv6 ? prefixOf(option, text, host, 32, bits) : prefixOf(option, text, host, bits, 128)
  const length = isIpv6 ? bits : bits + 96
  const networks = byLength.get(length) ?? new Map<string, boolean>()
  byLength.set(length, networks)
  networks.set(key, mayAsk)
}

function prefixOf(option: string, text: string, host: string, ipv4Bits: number, ipv6Bits: number): string {
  try {
    return prefixKey(host, { ipv4Bits, ipv6Bits })
  } catch {
    throw noNetwork(option, text)
  }
}

function noNetwork(option: string, text: string): Error {
  const rule = 'networks such as 192.0.2.0/24 or 2001:db8::/32, or addresses'
  return fail('OPTION_INVALID', { option, rule, got: JSON.stringify(text) })
}
