/** The names under which addresses are found (RFC 1035 3.5, RFC 3596 2.5). */
import { fail } from '../../../core/index.ts'
import { parseIpv4, parseIpv6 } from '../wire/addresses.ts'
import { type Name, parseName } from '../wire/name.ts'

/**
 * `4.3.2.1.in-addr.arpa.` of `1.2.3.4`, and the nibbles of an IPv6 address below `ip6.arpa.` Throws OPTION_INVALID for what is no address.
 */
export function reverseName(address: string): Name {
  const bytes = parseIpv4(address) ?? parseIpv6(address)
  if (bytes !== undefined) return reverseOf(bytes)
  throw fail('OPTION_INVALID', { option: 'address', rule: 'an IPv4 or IPv6 address', got: JSON.stringify(address) })
}

/** The same of 4 or 16 bytes. */
export function reverseOf(address: Uint8Array): Name {
  if (address.length === 4) return parseName(`${address.toReversed().join('.')}.in-addr.arpa.`)
  const nibbles = [...address].flatMap((byte) => [byte >>> 4, byte & 15]).reverse()
  return parseName(`${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa.`)
}
