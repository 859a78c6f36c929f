/** What runs in folders of their own learn from earlier ones, and leave for later ones: how long commands take. */
import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'

import { History, type RunRecord } from '../../batch/index.ts'
import { remark } from '../output.ts'
import { batchPath } from './connect.ts'

const name = 'history.json'

/** Puts what is known into the folder of a run. */
export function bringHistory(folder: string): void {
  const known = join(batchPath({}), name)
  if (existsSync(known)) copyFileSync(known, join(folder, name))
}

/** Adds what a run has shown to what is known. A home that cannot be written is said, and no failure of the run. */
export async function keepHistory({ jobs }: RunRecord): Promise<void> {
  try {
    mkdirSync(batchPath({}), { recursive: true, mode: 0o700 })
    const history = History.open(batchPath({}))
    for (const job of jobs) history.learnFrom(job)
    await history.save()
  } catch (error) {
    remark(`lanework: what was learned is not kept: ${(error as Error).message}`)
  }
}
