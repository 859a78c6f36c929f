/** Which network an address counts with. */
import { isNumericAddress, prefixKey } from '../../../server/index.ts'

/** The network that counts; undefined for this machine itself, and for what has no numeric address (a Unix socket). */
export function networkOf(address: string): string | undefined {
  if (!isNumericAddress(address)) return undefined
  const network = prefixKey(address)
  return network.startsWith('127.') || prefixKey(address, wholeAddress) === '::1/128' ? undefined : network
}

/** The wider network around it, by which one who has many addresses is known: 24 bits of IPv4, 48 of IPv6; undefined as above. */
export function wideNetworkOf(address: string): string | undefined {
  return networkOf(address) === undefined ? undefined : prefixKey(address, wide)
}

const wide = { ipv4Bits: 24, ipv6Bits: 48 } as const
const wholeAddress = { ipv6Bits: 128 } as const
