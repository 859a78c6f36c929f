/** The built-in workloads, by name. */
import { fail } from '../../../core/index.ts'
import type { BuiltInWorkload, Workload } from '../workload.ts'
import { classics } from './classics.ts'
import { multiprogrammingWorkloads } from './multiprogramming.ts'
import { sharingWorkloads } from './sharing.ts'

/** All built-in workloads, each a story on one screen. */
export const workloadTable: readonly BuiltInWorkload[] = [
  ...classics,
  ...multiprogrammingWorkloads,
  ...sharingWorkloads,
]

/**
 * A built-in workload. Throws OPTION_INVALID for a name that is not in `workloadTable`.
 *
 * @example
 * workloadByName('convoy').jobs.length // 5
 */
export function workloadByName(name: string): Workload {
  const row = workloadTable.find((each) => each.name === name)
  if (row === undefined) {
    const known = workloadTable.map((each) => each.name).join(', ')
    throw fail('OPTION_INVALID', { option: 'workload', rule: `one of ${known}`, got: JSON.stringify(name) })
  }
  const { jobs, machine, policies } = row
  return { name, jobs, machine, policies, notes: [] }
}
