/** How long the path of a batch's folder may be: the sockets in it have names of which the system takes only so much. */
import { join, resolve } from 'node:path'

import { fail } from '../../core/index.ts'
import { unixPathBytes } from '../../io/index.ts'
import { socketName } from './methods.ts'

/** Bytes of a folder's path at most; the name of the control socket is the longest in it. */
export const folderBytes: number = unixPathBytes - 1 - Buffer.byteLength(socketName)

/** Throws OPTION_INVALID for a folder whose sockets would have paths that no socket can have. */
export function checkFolderLength(folder: string, option = 'folder'): void {
  const path = resolve(folder)
  const bytes = Buffer.byteLength(path)
  if (Buffer.byteLength(join(path, socketName)) <= unixPathBytes) return
  const rule = `a folder whose path has at most ${folderBytes} bytes, as those of its sockets have at most ${unixPathBytes} (unix(7)): a shorter one, or a link to it`
  throw fail('OPTION_INVALID', { option, rule, got: `${bytes} bytes: ${path}` })
}
