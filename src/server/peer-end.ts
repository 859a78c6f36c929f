/** Why a connection ended, in the server's words. */
import type { CloseReason } from '../io/index.ts'
import type { PeerEnd } from './types.ts'

export function endOf(reason: CloseReason): PeerEnd {
  if (reason.kind === 'local') return { kind: 'closed' }
  return reason.error === undefined ? { kind: reason.kind } : { kind: reason.kind, error: reason.error }
}
