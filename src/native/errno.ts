/** The system's error numbers: the addon's calls return them negative. */
import { constants } from 'node:os'

import { fail } from '../core/index.ts'

const names = new Map<number, string>()
// Aliases (EWOULDBLOCK of EAGAIN) stand later in the table than the name that is meant.
for (const [name, errno] of Object.entries(constants.errno)) if (!names.has(errno)) names.set(errno, name)

/** The name of a negative errno, `EAGAIN` for -11. */
export function errnoName(status: number): string {
  return names.get(-status) ?? `errno ${-status}`
}

/** Returns a count or descriptor, or throws SYSTEM_ERROR; `about` says what the call was for. */
export function checkCall(status: number, syscall: string, about: string): number {
  if (status >= 0) return status
  const errno = errnoName(status)
  if (errno === 'EMFILE' || errno === 'ENFILE') throw fail('DESCRIPTOR_LIMIT', { what: about })
  throw fail('SYSTEM_ERROR', { syscall, errno, address: about })
}
