/** Workloads in JSON: `{ "jobs": [...] }`, with a machine, policies and generated jobs as in TOML. */
import { jsonErrorOffset } from '../document/json-error.ts'
import type { JobSpec } from '../machine/spec.ts'
import { complainIn, workloadFromDocument, type Locate } from './document.ts'
import { jobFromRecord } from './job-fields.ts'
import { offsetOf } from './json-place.ts'
import { checkSize, type Limits } from './limits.ts'
import { invalidAt, placeOf } from './place.ts'
import type { WritableWorkload } from './toml.ts'
import type { Workload } from './workload.ts'

/** Reads a document. Throws WORKLOAD_INVALID, and WORKLOAD_TOO_LARGE beyond the limits. */
export function workloadFromJson(text: string, file: string, limits: Limits): Workload {
  checkSize(file, 1, 'characters', text.length, limits)
  const value = parsed(text, file)
  const isList = Array.isArray(value)
  const locate: Locate = (section, index, field) => {
    const inJobs = section === 'jobs' ? (isList ? [index] : ['jobs', index]) : section === '' ? [] : [section]
    return placeOf(file, text, offsetOf(text, [...inJobs, ...stepsOf(field)]))
  }
  return workloadFromDocument(isList ? { jobs: value } : value, {
    file,
    limits,
    locate,
    jobs: (list) => jobsFromList(list, locate),
  })
}

/** `bursts[2].cpu` as a path. */
function stepsOf(field: string): (string | number)[] {
  return [...field.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step))
}

function jobsFromList(list: unknown, locate: Locate): JobSpec[] {
  if (!Array.isArray(list)) throw complainIn(locate, '', 0)('jobs', 'a list of jobs', list)
  return list.map((each: unknown, index) => {
    const complain = complainIn(locate, 'jobs', index)
    if (typeof each !== 'object' || each === null) throw complain('a job', 'an object', each)
    return jobFromRecord(withoutNull(each), complain)
  })
}

/** In JSON a field that is null is one that is not given; only a burst of null is one without end. */
function withoutNull(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([field, value]) => value !== null || field === 'burst'))
}

function parsed(text: string, file: string): unknown {
  const body = text.replace(/^\uFEFF/, '')
  try {
    return JSON.parse(body)
  } catch {
    const offset = jsonErrorOffset(body) + text.length - body.length
    const found = offset === text.length ? 'its end' : text.slice(offset, offset + 20)
    throw invalidAt(placeOf(file, text, offset), 'the text', 'JSON', found)
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
