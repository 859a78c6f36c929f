/** Folders that only their owner may enter: whoever can reach a control socket commands the server. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

import { fail } from '../../core/index.ts'

/** Makes the folder (mode 0700) if need be, and checks that nobody else may enter. Throws FOLDER_NOT_PRIVATE, SYSTEM_ERROR. */
export function privateFolder(path: string): string {
  try {
    makeFolder(path)
  } catch (cause) {
    const { syscall = 'mkdir', code = 'UNKNOWN' } = cause as NodeJS.ErrnoException
    throw fail('SYSTEM_ERROR', { syscall, errno: code, address: path }, { cause })
  }
  const { mode, uid } = statSync(path)
  const own = process.getuid?.()
  if (own !== undefined && uid !== own) throw fail('FOLDER_NOT_PRIVATE', { path, reason: `it belongs to user ${uid}` })
  if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
    throw fail('FOLDER_NOT_PRIVATE', { path, reason: `its mode is ${(mode & 0o777).toString(8)}` })
  }
  return path
}

/** With those above it. Node's own way of doing so never ends where a file system takes no folders (/proc). */
function makeFolder(path: string, isAgain = false): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const above = dirname(path)
    if (isAgain || code !== 'ENOENT' || above === path) throw error
    makeFolder(above)
    makeFolder(path, true)
  }
}
