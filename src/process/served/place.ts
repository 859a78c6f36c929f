/** Where the sockets of this user's processes are: a private folder, one file for each thread that serves. */
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { removeStaleSocket } from '../../io/index.ts'
import { privateFolder } from '../control/private-folder.ts'
import { isProcessAlive } from '../process-table.ts'

/** A Unix socket's path has room for so many bytes; the file's own name takes at most 30. */
const folderBytes = 70

/** A path that nobody used before or will again, whoever gets this pid. What processes that were killed left there is removed. */
export function freshSocketPath(): string {
  const folder = socketFolder()
  // What cannot be looked at is left for the next time.
  sweep(folder).catch(() => {})
  return join(folder, `${process.pid}-${randomBytes(6).toString('hex')}.sock`)
}

function socketFolder(): string {
  const base = tmpdir().length <= folderBytes - 20 ? tmpdir() : '/tmp'
  try {
    return privateFolder(join(base, `lanework-${process.getuid?.() ?? 0}`))
  } catch {
    // Somebody else made a folder of that name, or opened it to others.
    return mkdtempSync(join(base, 'lanework-'))
  }
}

/** A pid says little where the folder is shared with other containers: only what also answers nobody is left over. */
async function sweep(folder: string): Promise<void> {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^(\d+)-.*\.sock$/.exec(name)?.[1])
    if (!Number.isNaN(pid) && !isProcessAlive(pid)) await removeStaleSocket(join(folder, name))
  }
}
