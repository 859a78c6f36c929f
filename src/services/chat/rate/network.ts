/** Which network an address counts with. */
import { isNumericAddress, prefixKey } from '../../../server/index.ts'

/** The network that counts; undefined for this machine itself, and for what has no numeric address (a Unix socket). */
export function networkOf(address: string): string | undefined {
  if (!isNumericAddress(address)) return undefined
  const network = prefixKey(address)
  return network.startsWith('127.') || prefixKey(address, wholeAddress) === '::1/128' ? undefined : network
}

const wholeAddress = { ipv6Bits: 128 } as const
