/** One batch at a time in a folder. */
import { join } from 'node:path'

import { fail } from '../../core/index.ts'
import { FileLock } from '../../process/index.ts'

export function lockPath(folder: string): string {
  return join(folder, 'executive.lock')
}

/** Throws BATCH_RUNS while another one has it, JOURNAL_NOT_WRITTEN where it cannot be written. */
export function lockOf(folder: string): FileLock {
  const path = lockPath(folder)
  const lock = new FileLock(path)
  const isTaken = (): boolean => {
    try {
      return lock.take()
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException
      throw fail('JOURNAL_NOT_WRITTEN', { path, reason: code ?? message }, { cause })
    }
  }
  if (isTaken()) return lock
  throw fail('BATCH_RUNS', { folder, pid: lock.holderPid ?? 0 })
}
