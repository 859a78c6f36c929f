/** How connections end, and why, in the server's words. */
import type { CloseReason } from '../io/index.ts'
import type { PeerEnd } from './types.ts'

/** After our side has finished, the peer has this long to finish too. */
export const lingerMs = 2_000

export function endOf(reason: CloseReason): PeerEnd {
  if (reason.kind === 'local') return { kind: 'closed' }
  return reason.error === undefined ? { kind: reason.kind } : { kind: reason.kind, error: reason.error }
}
