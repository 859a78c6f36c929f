/** `lanework batch add`: hands in one job, or those of a file, and prints their numbers. */
import type { BatchFile, JobRequest, JobStatus } from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { print, remark } from '../output.ts'
import { addFile } from './add-file.ts'
import { withRunning } from './connect.ts'
import type { BatchFlags } from './flags.ts'
import { readBatchFile } from './input.ts'
import { requestOf, type JobFlags } from './job-flags.ts'
import { jobValue } from './words.ts'

export interface AddFlags extends BatchFlags, JobFlags {
  readonly file?: string
  readonly hold?: boolean
}

export async function addCommand(argv: readonly string[], flags: AddFlags): Promise<void> {
  const { jobs: given, place } = await requestsOf(argv, flags)
  const jobs = flags.hold === true ? given.map((request) => Object.assign({}, request, { held: true })) : given
  const added = await withRunning(flags, (batch) =>
    place === undefined ? batch.add(jobs) : addFile(batch, { jobs, place }),
  )
  for (const job of added) print(flags, jobValue(job), lineOf(job))
}

/** Of one job the number alone, as scripts want it: `id=$(lanework batch add -- make)`. */
function lineOf(job: JobStatus): string {
  return `${job.id}`
}

/** Those of a file have places. */
async function requestsOf(
  argv: readonly string[],
  flags: AddFlags,
): Promise<{ readonly jobs: readonly JobRequest[]; readonly place?: BatchFile['place'] }> {
  if (flags.file === undefined) {
    if (argv.length > 0) return { jobs: [requestOf(argv, flags)] }
    throw fail('OPTION_INVALID', { option: 'COMMAND', rule: 'a command behind --, or --file FILE', got: 'nothing' })
  }
  if (argv.length > 0) {
    const got = argv.join(' ')
    throw fail('OPTION_INVALID', { option: 'COMMAND', rule: 'given without --file', got })
  }
  const { jobs, place, settings } = await readBatchFile(flags.file)
  if (Object.keys(settings).length > 0) remark('Note: [batch] is left out; a batch gets its settings when it starts.')
  return { jobs, place }
}
