/** A batch in a process of its own, which outlives whoever started it. */
import { join, resolve } from 'node:path'

import { privateFolder, startDaemon, type RunningDaemon } from '../../process/index.ts'
import { batchModule } from '../entries.ts'
import type { BatchSettings } from '../types.ts'
import { checkFolderLength } from './folder-length.ts'
import { openBatch, type OpenOptions } from './open-batch.ts'
import { serveBatch } from './serve-batch.ts'

/** What its process says and how it fails goes there. */
const logName = 'executive.log'

/**
 * Starts a batch that goes on in the background and serves its control socket, and resolves with its pid when it is ready; what it
 * has to complain of later is in `executive.log` of the folder. Settings that are not given are those that it was started with
 * there last. Throws as `openBatch` does, and PROGRAM_NOT_STARTED.
 */
export function startBatch(folder: string, settings: BatchSettings = {}): Promise<number> {
  checkFolderLength(folder)
  const home = privateFolder(resolve(folder))
  return startDaemon({
    module: batchModule,
    name: 'runDaemon',
    settings: { ...settings, folder: home, keepSettings: true },
    log: join(home, logName),
  })
}

/** What that process does: opens, serves, and stops when it is told. */
export async function runDaemon(options: OpenOptions): Promise<RunningDaemon> {
  const batch = await openBatch(options)
  try {
    const served = await serveBatch(batch, options.folder)
    return { done: served.closed, stop: () => void served.stop(false).catch(() => {}) }
  } catch (error) {
    await batch.close()
    throw error
  }
}
