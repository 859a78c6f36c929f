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

/**
 * Makes a folder, for its owner only, and those that it is in. Throws the system's error, with `code`. Node's own way of doing so
 * never ends where nothing can be made in a folder that is there (/proc).
 */
export function makeFolder(path: string): void {
  try {
    makeOne(path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error
    makeFolder(dirname(path))
    makeOne(path)
  }
}

function makeOne(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || !statSync(path).isDirectory()) throw error
  }
}
