/** The batch that a command is for. */
import { join, resolve } from 'node:path'

import { checkFolderLength, connectBatch, type Batch, type JobSelection } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { makeFolder } from '../../process/index.ts'
import { statePath } from '../state-folder.ts'
import type { BatchFlags, SelectionFlags } from './flags.ts'

/** Where it is, or would be. */
export function batchPath({ state }: BatchFlags): string {
  return state === undefined ? join(statePath(undefined), 'batch') : resolve(state)
}

/** The same, fit for the sockets of a batch. Throws OPTION_INVALID. */
export function socketFolder(flags: BatchFlags): string {
  const folder = batchPath(flags)
  checkFolderLength(folder, optionOf(flags))
  return folder
}

function optionOf({ state }: BatchFlags): string {
  return state === undefined ? 'XDG_STATE_HOME' : '--state'
}

/** Makes the folder if need be, for its owner only. Throws OPTION_INVALID. */
export function batchFolder(flags: BatchFlags): string {
  const folder = socketFolder(flags)
  try {
    makeFolder(folder)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    const rule = `a folder, or one that can be made (${code})`
    throw fail('OPTION_INVALID', { option: optionOf(flags), rule, got: folder }, { cause: error })
  }
  return folder
}

/** Connects, does it, and lets go. Throws BATCH_NOT_FOUND when none runs there. */
export async function withRunning<Result>(flags: BatchFlags, act: (batch: Batch) => Promise<Result>): Promise<Result> {
  const batch = await connectBatch(socketFolder(flags))
  try {
    return await act(batch)
  } finally {
    await batch.close()
  }
}

/** Which jobs the words and options name; undefined for neither. Throws OPTION_INVALID for several at once. */
export function selectionOf(jobs: readonly string[], { group, all }: SelectionFlags): JobSelection | undefined {
  const given: readonly JobSelection[] = [
    ...(jobs.length === 0 ? [] : [{ jobs: jobs.map(jobName) }]),
    ...(group === undefined ? [] : [{ group }]),
    ...(all === true ? [{ all } as const] : []),
  ]
  if (given.length > 1) throw fail('OPTION_INVALID', { option: 'JOB', rule: oneWay, got: 'several of these' })
  return given[0]
}

/** For commands that do something: nothing is done to all jobs unless somebody says so. Throws OPTION_INVALID. */
export function neededSelection(jobs: readonly string[], flags: SelectionFlags): JobSelection {
  const selection = selectionOf(jobs, flags)
  if (selection === undefined) throw fail('OPTION_INVALID', { option: 'JOB', rule: oneWay, got: 'nothing' })
  return selection
}

const oneWay = 'numbers or names of jobs, --group NAME, or --all'

/** Names never consist of digits alone. */
function jobName(word: string): string | number {
  return /^\d{1,15}$/.test(word) ? Number(word) : word
}
