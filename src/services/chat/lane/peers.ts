/** What the chat makes of a server's peers: how they are connected, and why they went. */
import type { Peer, PeerEnd } from '../../../server/index.ts'
import type { Transport } from '../types.ts'

/** Why members of a lane that ends are gone, for the others. */
export const restarts = 'Server restarts'

/** How a peer is connected. */
export function transportOf({ transport, protocol }: Peer): Transport {
  if (protocol === 'irc') return 'irc'
  if (transport === 'ws') return 'ws'
  return transport === 'udp' || transport === 'unix-dgram' ? 'udp' : 'tcp'
}

/** Why somebody's connection ended, for the others. */
export function reasonOf({ kind, error }: PeerEnd): string {
  switch (kind) {
    case 'end':
    case 'closed':
      return 'Left'
    case 'reset':
      return 'Connection reset'
    case 'idle':
      return 'Silent for too long'
    case 'queue-full':
      return 'Did not read what was sent'
    case 'drain':
      return restarts
    case 'bad-frame':
      return 'Sent what makes no sense'
    default:
      return error === undefined ? 'Connection lost' : 'Connection broke'
  }
}
