/**
 * What a workload file in JSON or TOML holds, once it is parsed:
 *
 *   { name?, machine?, policies?, jobs?: [...], generate?: {...} }        jobs, generated ones, or both
 */
import { isLaneworkError } from '../../core/index.ts'
import type { JobSpec } from '../machine/spec.ts'
import { generateJobs, type Generation } from './generate.ts'
import { checkSize, type Limits } from './limits.ts'
import { machineFromRecord, policiesFromList } from './machine-fields.ts'
import { invalidAt, type Complain, type Place } from './place.ts'
import type { Workload } from './workload.ts'

/** Finds the place of a field: of the whole document, of its machine, of a job. */
export type Locate = (section: string, index: number, field: string) => Place

export interface DocumentReader {
  readonly file: string
  readonly limits: Limits
  readonly locate: Locate
  /** Reads the list under `jobs`. */
  readonly jobs: (list: unknown) => readonly JobSpec[]
}

const known = ['name', 'machine', 'policies', 'jobs', 'generate']

/** Checks a parsed document. Throws WORKLOAD_INVALID with the place of what is wrong, WORKLOAD_TOO_LARGE. */
export function workloadFromDocument(value: unknown, reader: DocumentReader): Workload {
  const { file, limits, locate } = reader
  const complain = complainIn(locate, '', 0)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw complain('the file', `a table of ${known.join(', ')}`, value)
  const document = value as Record<string, unknown>
  for (const [field, each] of Object.entries(document)) {
    if (!known.includes(field)) throw complain(field, `a known field (${known.join(', ')})`, each)
  }
  const { name = file, machine, policies, jobs, generate } = document
  if (typeof name !== 'string' || name === '') throw complain('name', 'a text', name)
  if (jobs === undefined && generate === undefined)
    throw complain('the file', 'one with jobs or generate', Object.keys(document))
  const given = jobs === undefined ? [] : reader.jobs(jobs)
  const all = generate === undefined ? given : [...given, ...generated(generate, reader)]
  checkSize(file, 1, 'jobs', all.length, limits)
  checkNames(all, reader)
  return {
    name,
    jobs: all,
    ...(jobs === undefined && { generation: generate as Generation }),
    machine: machine === undefined ? {} : machineFromRecord(machine, complainIn(locate, 'machine', 0)),
    policies: policies === undefined ? [] : policiesFromList(policies, complain),
    notes: [],
  }
}

/** Places are looked up for the one that is wrong, not for each job. */
function checkNames(jobs: readonly JobSpec[], { locate }: DocumentReader): void {
  const indexes = new Map<string, number>()
  for (const [index, { name }] of jobs.entries()) {
    const before = indexes.get(name)
    if (before !== undefined) {
      const { line } = locate('jobs', before, 'name')
      throw invalidAt(locate('jobs', index, 'name'), 'name', `unique (line ${line} has it too)`, name)
    }
    indexes.set(name, index)
  }
}

/** Complains about fields of one section. */
export function complainIn(locate: Locate, section: string, index: number): Complain {
  return (field, rule, got) => invalidAt(locate(section, index, field), field, rule, got)
}

function generated(description: unknown, { limits, locate }: DocumentReader): JobSpec[] {
  const complain = complainIn(locate, 'generate', 0)
  if (typeof description !== 'object' || description === null || Array.isArray(description))
    throw complain('generate', 'a table with jobs, service and its parameters', description)
  try {
    return generateJobs(description as Generation, limits.jobs)
  } catch (error) {
    if (!isLaneworkError(error, 'OPTION_INVALID')) throw error
    const { option, rule, got } = error.detail
    const { file, line, column } = locate('generate', 0, option.split(/[ .]/, 1)[0] ?? '')
    throw invalidAt({ file, line, column }, option, rule, got)
  }
}
