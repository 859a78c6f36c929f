/** `lanework batch wait`: until jobs have ended; its exit code says whether all of them were well. */
import { durationMs, type JobStatus } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print } from '../output.ts'
import { durationText } from '../operate/figures.ts'
import { selectionOf, withRunning } from './connect.ts'
import type { SelectionFlags } from './flags.ts'
import { exitText, jobText, jobValue, stateText, turnaroundMs } from './words.ts'

export interface WaitFlags extends SelectionFlags {
  readonly timeout?: string
}

/** Without jobs: for all that are known, also those that ended before: `wait && echo all well` must be true. Throws TIMED_OUT. */
export async function waitCommand(words: readonly string[], flags: WaitFlags): Promise<void> {
  const timeoutMs = timeoutOf(flags)
  const asked = selectionOf(words, flags)
  const jobs = await withRunning(flags, async (batch) => {
    const selection = asked ?? { jobs: (await batch.jobs()).map(({ id }) => id) }
    if (timeoutMs === undefined) return batch.wait(selection)
    const signal = AbortSignal.timeout(Math.ceil(timeoutMs))
    try {
      return await batch.wait(selection, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
      throw fail('TIMED_OUT', { what: 'waiting for the end of jobs', timeoutMs }, { cause: error })
    }
  })
  for (const job of jobs) print(flags, jobValue(job), endText(job))
  if (jobs.some(({ outcome }) => outcome !== 'ok')) process.exitCode = exitCodes.failed
}

function timeoutOf({ timeout }: WaitFlags): number | undefined {
  const ms = timeout === undefined ? undefined : durationMs(timeout)
  if (timeout !== undefined && ms === undefined)
    throw fail('OPTION_INVALID', { option: '--timeout', rule: 'a duration, as 90s', got: timeout })
  return ms
}

/** `3 (build): failed, exit 2, after 1.2 s`. */
export function endText(job: JobStatus): string {
  const exit =
    job.outcome === 'ok' || (job.exitCode === undefined && job.signal === undefined) ? '' : `, exit ${exitText(job)}`
  return `${jobText(job)}: ${stateText(job)}${exit}, after ${durationText(turnaroundMs(job, Date.now()))}`
}
