/** Workloads in JSON: `{ "jobs": [...] }`, with a machine, policies and generated jobs as in TOML. */
import type { JobSpec } from '../machine/spec.ts'
import { complainIn, workloadFromDocument, type Locate } from './document.ts'
import { jobFromRecord } from './job-fields.ts'
import { checkSize, type Limits } from './limits.ts'
import { invalidAt, placeOf } from './place.ts'
import type { WritableWorkload } from './toml.ts'
import type { Workload } from './workload.ts'

/** Reads a document. Throws WORKLOAD_INVALID, and WORKLOAD_TOO_LARGE beyond the limits. */
export function workloadFromJson(text: string, file: string, limits: Limits): Workload {
  checkSize(file, 1, 'characters', text.length, limits)
  const value = parsed(text, file)
  const locate: Locate = (section, _index, field) => {
    const at = [field, section].map((key) => text.indexOf(`"${key}"`)).find((found) => found !== -1)
    return placeOf(file, text, at ?? 0)
  }
  return workloadFromDocument(Array.isArray(value) ? { jobs: value } : value, {
    file,
    limits,
    locate,
    jobs: (list) => jobsFromList(list, locate),
  })
}

function jobsFromList(list: unknown, locate: Locate): JobSpec[] {
  if (!Array.isArray(list)) throw complainIn(locate, '', 0)('jobs', 'a list of jobs', list)
  return list.map((each: unknown, index) =>
    jobFromRecord(each as Record<string, unknown>, complainIn(locate, 'jobs', index)),
  )
}

function parsed(text: string, file: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    const [, offset = `${text.length}`] = /at position (\d+)/.exec(reason) ?? []
    const place = placeOf(file, text, Math.min(text.length, Number(offset)))
    throw invalidAt(place, 'the text', 'JSON', text.slice(Number(offset), Number(offset) + 20))
  }
}

/** Writes jobs, and the machine if there is one, as JSON, one job a line; an endless burst is null. */
export function workloadToJson({ name, jobs, machine = {} }: WritableWorkload): string {
  const json = (value: unknown): string =>
    JSON.stringify(value, (_key, each: unknown) => (each === Infinity ? null : each))
  const head = [
    ...(name === undefined ? [] : [`"name": ${json(name)}`]),
    ...(Object.keys(machine).length === 0 ? [] : [`"machine": ${json(machine)}`]),
  ]
  const lines = jobs.map((job) => `    ${json(job)}`).join(',\n')
  return `{\n${[...head, `"jobs": [\n${lines}\n  ]`].map((line) => `  ${line}`).join(',\n')}\n}\n`
}
