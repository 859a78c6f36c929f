/** What becomes of jobs' output, for people: a disk that is full, and what logs had no room for. */
import { statfsSync } from 'node:fs'

import { readLogCuts } from '../../process/index.ts'
import { bytesText } from '../engine/words.ts'
import type { Held } from './types.ts'

const fullBytes = 65_536

/** Undefined while there is room. */
export function diskTrouble(folder: string): string | undefined {
  try {
    const { bavail, bsize } = statfsSync(folder)
    if (bavail * bsize >= fullBytes) return undefined
    return `The disk of ${folder} is full: output of jobs is lost, and no job can be started.`
  } catch {
    return undefined
  }
}

/** Which of its output is in no file any more; undefined when nothing is gone. */
export function lossTrouble({ job, plan, logs }: Pick<Held, 'job' | 'plan' | 'logs'>): string | undefined {
  const lost = (['stdout', 'stderr'] as const).flatMap((name) => {
    const { droppedBytes } = readLogCuts(logs[name])
    return droppedBytes === 0 ? [] : [`the first ${bytesText(droppedBytes)} of its ${name}`]
  })
  if (lost.length === 0) return undefined
  const { bytes, keep } = plan.logs
  return `Job ${job} (${plan.name}) wrote more than its logs keep, ${keep + 1} times ${bytesText(bytes)}: ${lost.join(' and ')} are gone.`
}
