/** Which jobs somebody means. */
import { fail } from '../../core/index.ts'
import { knownText } from '../request/known-names.ts'
import type { JobSelection, JobStatus } from '../types.ts'

/** What must be known of jobs to select them. */
export interface Known {
  idOf(nameOrId: string): number | undefined
  statuses(): readonly JobStatus[]
}

/** Numbers of jobs, in their order; `all` are those that have not ended. Throws JOB_UNKNOWN. */
export function idsOf(selection: JobSelection, known: Known): number[] {
  if ('jobs' in selection) return [...new Set(selection.jobs.map((job) => idOf(job, known)))].toSorted((a, b) => a - b)
  const statuses = known.statuses()
  if ('all' in selection) return statuses.filter(({ state }) => state !== 'ended').map(({ id }) => id)
  const members = statuses.filter(({ request }) => request.group === selection.group)
  if (members.length > 0) return members.map(({ id }) => id)
  const groups = new Set(statuses.map(({ request }) => request.group).filter((group) => group !== undefined))
  throw fail('JOB_UNKNOWN', {
    job: `group ${selection.group}`,
    known: listOf(
      `group ${selection.group}`,
      [...groups].map((group) => `group ${group}`),
    ),
  })
}

function idOf(job: string | number, known: Known): number {
  const id = known.idOf(String(job))
  if (id !== undefined) return id
  throw fail('JOB_UNKNOWN', {
    job: String(job),
    known: listOf(
      String(job),
      known.statuses().map(({ name }) => name),
    ),
  })
}

function listOf(wanted: string, names: readonly string[]): string {
  return knownText(wanted, names, names.slice(-5))
}
