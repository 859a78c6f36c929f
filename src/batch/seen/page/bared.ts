/**
 * Records as they may leave this machine: without environments, arguments and paths, in which secrets are, and no longer than a
 * browser can hold.
 */
import type { JobStatus, RunRecord } from '../../types.ts'

/** Of a record on a page. */
export const pageSteps = 20_000
export const pageJobs = 2_000

/** The job without its environment, its arguments (the program's name stays), its folder and its logs. */
export function bareJob(job: JobStatus): JobStatus {
  const { request } = job
  const program = request.argv[0] ?? ''
  return {
    ...job,
    request: { ...request, argv: [program.slice(program.lastIndexOf('/') + 1)], env: {}, cwd: '' },
    logs: undefined,
  }
}

/** The record with such jobs; the last steps, and of the jobs those that go on before those that ended last. */
export function bareRecord(record: RunRecord): RunRecord {
  const extra = Math.max(0, record.steps.length - pageSteps)
  const ended = record.jobs.filter(({ state }) => state === 'ended')
  const active = record.jobs.filter(({ state }) => state !== 'ended').slice(0, pageJobs)
  const room = pageJobs - active.length
  const jobs = [...active, ...(room > 0 ? ended.slice(-room) : [])].toSorted((a, b) => a.id - b.id)
  const kept = new Set(jobs.map(({ id }) => id))
  const steps = record.steps.slice(extra)
  return {
    ...record,
    jobs: jobs.map(bareJob),
    steps: jobs.length === record.jobs.length ? steps : steps.filter(({ job }) => kept.has(job)),
    dropped: record.dropped + extra,
  }
}
