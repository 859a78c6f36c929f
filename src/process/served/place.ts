/** Where the sockets of this user's processes are: a private folder, one file for each thread that serves. */
import { mkdtempSync, readdirSync, unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { threadId } from 'node:worker_threads'

import { privateFolder } from '../control/private-folder.ts'
import { isProcessAlive } from '../process-table.ts'

/** A Unix socket's path has room for so many bytes; the file's own name takes at most 30. */
const folderBytes = 70
let opened = 0

/** A path that nobody uses. What processes that were killed left there is removed. */
export function freshSocketPath(): string {
  const folder = socketFolder()
  sweep(folder)
  return join(folder, `${process.pid}-${threadId}-${++opened}.sock`)
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

function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const pid = Number(/^(\d+)-\d+-\d+\.sock$/.exec(name)?.[1])
    if (Number.isNaN(pid) || isProcessAlive(pid)) continue
    try {
      unlinkSync(join(folder, name))
    } catch {
      // Another process swept at the same time.
    }
  }
}
