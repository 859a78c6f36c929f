/** What lanes of a service without `shared` are given. */
import { fail } from '../../core/index.ts'
import type { SharedAccess } from '../types.ts'

export const noShared: SharedAccess = {
  snapshot: undefined,
  version: 0,
  onSnapshot: () => () => {},
  call: async (method) => {
    throw fail('METHOD_UNKNOWN', { method, known: 'none, as the service has no shared()' })
  },
}
