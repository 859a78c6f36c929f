/** How arrivals come to several lanes: which ways an address allows. The programs for the kernel: spread-program.ts. */
import { checkChoice, fail } from '../core/index.ts'
import { isDatagram, isInternet, type Address } from './address.ts'
import type { DatagramOptions } from './types.ts'

/**
 * source: a socket for each lane, chosen by the kernel's hash of the addresses, so that a UDP peer always meets the same one.
 * round-robin: UDP only; a socket for each lane, chosen by a random number of the kernel, so evenly whoever sends. The
 * filter has no memory: it is even in the long run, not in strict turns. shared: one socket for all lanes, and the first takes.
 * least-connections: streams only; the supervisor accepts, and gives each connection to the lane that it picks.
 */
export type SocketSpread = 'source' | 'round-robin' | 'shared' | 'least-connections'

const spreads = ['auto', 'source', 'round-robin', 'shared', 'least-connections'] as const

/**
 * The spread to use for an address: `auto` is source for UDP and TCP, shared for Unix sockets, and for multicast and
 * broadcast, of which each socket would get a copy. Throws OPTION_INVALID for one that the address does not allow.
 */
export function spreadFor(
  address: Address,
  spread: SocketSpread | 'auto' = 'auto',
  datagram: DatagramOptions = {},
): SocketSpread {
  checkChoice('spread', spread, spreads)
  const copies = address.scheme === 'udp' && (datagram.multicast !== undefined || datagram.broadcast === true)
  if (spread === 'auto') return isInternet(address) && !copies ? 'source' : 'shared'
  if (spread === 'shared') return spread
  if (spread === 'least-connections') {
    if (isDatagram(address)) throw refused(spread, 'for streams: tcp or unix', address.scheme)
    return spread
  }
  if (!isInternet(address)) throw refused(spread, 'for udp or tcp', address.scheme)
  if (spread === 'round-robin' && address.scheme !== 'udp') throw refused(spread, 'for udp', address.scheme)
  if (copies) throw refused(spread, 'shared with multicast or broadcast, of which each socket gets a copy', spread)
  return spread
}

function refused(spread: SocketSpread, rule: string, got: string): Error {
  return fail('OPTION_INVALID', { option: `spread ${spread}`, rule, got })
}
