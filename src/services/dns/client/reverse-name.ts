/** The names under which addresses are found (RFC 1035 3.5, RFC 3596 2.5). */
import { type Name, parseName } from '../wire/name.ts'

/** `4.3.2.1.in-addr.arpa.` of 1.2.3.4, and the nibbles of an IPv6 address below `ip6.arpa.` */
export function reverseName(address: Uint8Array): Name {
  if (address.length === 4) return parseName(`${[...address].reverse().join('.')}.in-addr.arpa.`)
  const nibbles = [...address].flatMap((byte) => [byte >>> 4, byte & 15]).reverse()
  return parseName(`${nibbles.map((nibble) => nibble.toString(16)).join('.')}.ip6.arpa.`)
}
