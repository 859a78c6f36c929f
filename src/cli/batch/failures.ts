/** Why jobs of a run failed: their last words, before the logs go with the folder. */
import { open } from 'node:fs/promises'

import type { JobStatus, RunRecord } from '../../batch/index.ts'
import { escapeControls } from '../output.ts'
import { jobText } from './words.ts'

const shownJobs = 10
const shownLines = 5
const tailBytes = 2_000

/** The ends of the error logs of jobs that failed; empty where there is nothing to say. */
export async function failuresText({ jobs }: RunRecord): Promise<string> {
  const failed = jobs.filter(({ outcome }) => outcome !== 'ok' && outcome !== 'skipped' && outcome !== 'cancelled')
  const texts: string[] = []
  for (const job of failed.slice(0, shownJobs))
    texts.push([`${jobText(job)}: ${job.why}`, ...(await lastLines(job))].join('\n  '))
  if (failed.length > shownJobs) texts.push(`and ${failed.length - shownJobs} more`)
  return texts.join('\n')
}

async function lastLines({ logs }: JobStatus): Promise<string[]> {
  if (logs === undefined) return []
  try {
    const file = await open(logs.stderr, 'r')
    try {
      const { size } = await file.stat()
      const start = Math.max(0, size - tailBytes)
      const { buffer, bytesRead } = await file.read(Buffer.alloc(tailBytes), 0, tailBytes, start)
      const lines = escapeControls(buffer.toString('utf8', 0, bytesRead))
        .trimEnd()
        .split('\n')
      return lines.filter((line) => line !== '').slice(-shownLines)
    } finally {
      await file.close()
    }
  } catch {
    // A job that never started has none.
    return []
  }
}
