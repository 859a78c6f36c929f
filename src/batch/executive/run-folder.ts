/**
 * The folder of a run that nobody asked one for: new, and gone with the run. Where a run was killed with -9 its keeper ends its jobs; its
 * folder, and what is left of them where the keeper was killed too, is swept by the next run of this user.
 */
import { lstatSync, mkdtempSync, readdirSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { allProcesses, FileLock, Keeper, signalSame } from '../../process/index.ts'
import { nameOf } from '../machine/find.ts'
import { lockPath } from './folder-lock.ts'

const prefix = 'lanework-batch-'

/** Makes one, after those of runs that were killed were swept. */
export async function newRunFolder(): Promise<string> {
  await sweepRunFolders()
  return mkdtempSync(join(tmpdir(), prefix))
}

/** Again where somebody makes a file in it meanwhile: another run, that tries for a moment whether the one here was killed. */
export async function removeRunFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 5 })
}

/** What cannot be removed is left for the next time. */
async function sweepRunFolders(): Promise<void> {
  for (const name of readdirSync(tmpdir())) {
    if (!name.startsWith(prefix)) continue
    await sweep(join(tmpdir(), name)).catch(() => {})
  }
}

async function sweep(folder: string): Promise<void> {
  const stat = lstatSync(folder)
  if (!stat.isDirectory() || stat.uid !== process.getuid?.()) return
  // A run that has just begun has no lock yet.
  const lock = new FileLock(lockPath(folder))
  if (lock.holderPid === undefined || !lock.take()) return
  try {
    // One that lives is ending the jobs, and has to write down how.
    if (await hasKeeper(folder)) return
    for (const { pid, startTicks } of allProcesses())
      if (nameOf(folder, pid) !== undefined) signalSame(pid, startTicks, 'SIGKILL')
    await removeRunFolder(folder)
  } finally {
    lock.release()
  }
}

async function hasKeeper(folder: string): Promise<boolean> {
  const keeper = await Keeper.connect(Keeper.socket(folder)).catch(() => undefined)
  await keeper?.close()
  return keeper !== undefined
}
