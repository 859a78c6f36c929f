/** Where runs find what earlier ones learned, and leave it for later ones: how long commands take. */
import { remark } from '../output.ts'
import { batchFolder } from './connect.ts'
import type { BatchFlags } from './flags.ts'

/** The folder of the batch, also for runs that have one of their own; undefined, and said, where there can be none. */
export function historyFolder(flags: BatchFlags): string | undefined {
  try {
    return batchFolder(flags)
  } catch (error) {
    remark(`Note: what is learned is not kept: ${(error as Error).message}`)
    return undefined
  }
}
