/** Writes jobs as files that `readJobs` reads again. */
import { stringify } from 'smol-toml'
import { quoted } from '../../../schedule/index.ts'
import type { Dependency, JobRequest } from '../../types.ts'
import { fieldRules } from '../fields.ts'

/** Under the names that people write. */
function recordOf(request: JobRequest): Record<string, unknown> {
  const { argv, after } = request
  const record: Record<string, unknown> = { argv }
  for (const { field, name } of fieldRules) if (request[field] !== undefined) record[name] = request[field]
  if (after !== undefined) record['after'] = after.map(dependencyText)
  return record
}

/** A name that ends as a condition does needs one of its own behind it. */
function dependencyText({ job, on }: Dependency): string {
  return on === 'ok' && !/:(ok|any|fail)$/.test(job) ? job : `${job}:${on}`
}

/**
 * As TOML, times in milliseconds and sizes in bytes.
 *
 * @example
 * jobsToToml([{ argv: ['make'], name: 'build' }]) // [[job]]\nargv = [ "make" ]\nname = "build"\n
 */
export function jobsToToml(requests: readonly JobRequest[]): string {
  return requests.length === 0 ? '' : `${stringify({ job: requests.map(recordOf) })}\n`
}

/** As JSON, one job a line. */
export function jobsToJsonLines(requests: readonly JobRequest[]): string {
  return requests.map((request) => `${JSON.stringify(recordOf(request))}\n`).join('')
}

/** As a table, with the fields that any of the jobs has; lists and tables are JSON. */
export function jobsToCsv(requests: readonly JobRequest[]): string {
  const records = requests.map(recordOf)
  const names = ['argv', ...fieldRules.map(({ name }) => name)]
  const used = names.filter((name) => name === 'argv' || records.some((record) => record[name] !== undefined))
  const lines = records.map((record) => used.map((name) => quoted(cellText(record[name]))).join(','))
  return `${[used.join(','), ...lines].join('\n')}\n`
}

function cellText(value: unknown): string {
  if (value === undefined) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value as string | number | boolean)
}
