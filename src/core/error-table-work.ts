/** The errors of scheduling: workloads, jobs and batches, memory and disks. */
import type { ErrorDetails } from './error-details.ts'
import type { ErrorEntry } from './error-entry.ts'

type Code =
  | 'WORKLOAD_INVALID'
  | 'JOB_INVALID'
  | 'JOB_UNKNOWN'
  | 'JOB_IMPOSSIBLE'
  | 'DEPENDENCY_UNKNOWN'
  | 'DEPENDENCY_CYCLE'
  | 'JOURNAL_NOT_WRITTEN'
  | 'JOURNAL_INVALID'
  | 'BATCH_NOT_FOUND'
  | 'BATCH_RUNS'
  | 'BATCH_FULL'
  | 'WORKLOAD_TOO_LARGE'
  | 'MEMORY_IMPOSSIBLE'
  | 'DISK_FULL'
  | 'QUOTA_EXCEEDED'
  | 'SCENARIO_INVALID'

export const workErrors: { readonly [Each in Code]: ErrorEntry<ErrorDetails[Each]> } = {
  WORKLOAD_INVALID: {
    message: (d) => `${d.file}:${d.line}:${d.column}: ${d.field} must be ${d.rule}; got ${d.got}.`,
    fix: 'Correct the file at this place.',
  },
  JOB_INVALID: {
    message: (d) => `${d.place}: ${d.field} must be ${d.rule}; got ${d.got}.`,
    fix: 'Correct the job; none of those handed in with it was taken.',
  },
  JOB_UNKNOWN: {
    message: (d) => `There is no job ${JSON.stringify(d.job)}; known are ${d.known}.`,
    fix: '`lanework batch ps` lists the jobs with their numbers and names.',
  },
  JOB_IMPOSSIBLE: {
    message: (d) =>
      `${d.place === undefined ? '' : `${d.place}: `}Job ${JSON.stringify(d.job)} wants ${d.wanted} of ${d.what}, and there are never more than ${d.most}.`,
    fix: 'Ask for less, or start the batch with more.',
  },
  DEPENDENCY_UNKNOWN: {
    message: (d) =>
      `${d.place === undefined ? '' : `${d.place}: `}Job ${JSON.stringify(d.job)} waits for ${JSON.stringify(d.dependency)}, which is no job; known are ${d.known}.`,
    fix: 'Name a job of the same file, or one that the batch knows.',
  },
  DEPENDENCY_CYCLE: {
    message: (d) =>
      `${d.place === undefined ? '' : `${d.place}: `}These jobs wait for each other in a circle: ${d.jobs}.`,
    fix: 'Take one of these dependencies out.',
  },
  JOURNAL_NOT_WRITTEN: {
    message: (d) => `The journal ${d.path} cannot be written: ${d.reason}.`,
    fix: 'Make room on the disk, or check the permissions of the folder; what runs goes on meanwhile, and nothing new starts.',
  },
  JOURNAL_INVALID: {
    message: (d) => `The journal ${d.path} is damaged at line ${d.line}: ${d.reason}.`,
    fix: 'Look at the line; jobs before it are intact. Move the file away to begin anew.',
  },
  BATCH_NOT_FOUND: {
    message: (d) => `No batch runs in ${d.folder}.`,
    fix: 'Start one with `lanework batch start`.',
  },
  BATCH_RUNS: {
    message: (d) => `A batch runs in ${d.folder} already, with pid ${d.pid}.`,
    fix: 'Use that one, stop it with `lanework batch stop`, or choose another folder with --state.',
  },
  BATCH_FULL: {
    message: (d) => `The batch holds ${d.jobs} jobs that have not ended; its limit is ${d.limit}.`,
    fix: 'Wait until some have ended, or start the batch with a higher --jobs.',
  },
  WORKLOAD_TOO_LARGE: {
    message: (d) => `${d.file}:${d.line}: the workload has more than ${d.limit} ${d.what}.`,
    fix: 'Simulate a part of it, or give readWorkload a higher limit if there is memory for it.',
  },
  MEMORY_IMPOSSIBLE: {
    message: (d) =>
      `The job ${JSON.stringify(d.job)} needs ${d.size} of memory; ${d.what} has no more than ${d.largest}.`,
    fix: 'It would wait for ever: give the machine more memory (or a larger partition), or ask for less.',
  },
  DISK_FULL: {
    message: (d) =>
      `No room for ${JSON.stringify(d.file)}: it needs ${d.blocks} more blocks, ${d.free} are free; ${d.reason}.`,
    fix: 'Delete or shorten files, or choose a method that does not need blocks in a row.',
  },
  QUOTA_EXCEEDED: {
    message: (d) => `${d.owner} would use ${d.blocks} blocks of the disk; the quota is ${d.quota}.`,
    fix: "Delete or shorten files of this user, or raise the user's quota.",
  },
  SCENARIO_INVALID: {
    message: (d) => `${d.file}:${d.line}: ${d.reason}.`,
    fix: 'Correct the file; docs/memory-and-disk.md shows what it may hold.',
  },
}
