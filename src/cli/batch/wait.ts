/** `lanework batch wait`: until jobs have ended; its exit code says whether all of them were well. */
import { durationMs, type Batch, type JobStatus } from '../../batch/index.ts'
import { fail, isLaneworkError } from '../../core/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { print } from '../output.ts'
import { durationText } from '../operate/figures.ts'
import { selectionOf, withRunning } from './connect.ts'
import type { SelectionFlags } from './flags.ts'
import { exitText, jobText, jobValue, stateText, turnaroundMs } from './words.ts'

type WaitOptions = NonNullable<Parameters<Batch['wait']>[1]>

export interface WaitFlags extends SelectionFlags {
  readonly timeout?: string
}

/** Without jobs: for all that are known, also those that ended before: `wait && echo all well` must be true. Throws TIMED_OUT. */
export async function waitCommand(words: readonly string[], flags: WaitFlags): Promise<void> {
  const timeoutMs = timeoutOf(flags)
  const asked = selectionOf(words, flags)
  const jobs = await withRunning(flags, async (batch) => {
    const wait = (options: WaitOptions = {}): Promise<readonly JobStatus[]> =>
      asked === undefined ? waitForKnown(batch, options) : batch.wait(asked, options)
    if (timeoutMs === undefined) return wait()
    const signal = AbortSignal.timeout(Math.ceil(timeoutMs))
    try {
      return await wait({ signal })
    } catch (error) {
      if (!signal.aborted) throw error
      throw fail('TIMED_OUT', { what: 'waiting for the end of jobs', timeoutMs }, { cause: error })
    }
  })
  for (const job of jobs) print(flags, jobValue(job), endText(job))
  if (jobs.some(({ outcome }) => outcome !== 'ok')) process.exitCode = exitCodes.failed
}

/** One that is forgotten between the two questions is not known any more. */
async function waitForKnown(batch: Batch, options: WaitOptions): Promise<readonly JobStatus[]> {
  for (;;) {
    const jobs = (await batch.jobs()).map(({ id }) => id)
    try {
      return await batch.wait({ jobs }, options)
    } catch (error) {
      if (!isLaneworkError(error, 'JOB_UNKNOWN')) throw error
    }
  }
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
