/**
 * Jobs in the short form of exercises: `{ "jobs": [{ "name": "A", "arrival": 0, "burst": 5 }] }`.
 *
 * What a job may hold besides is said by its fields in `JobSpec`; `burst` with `io` is a pattern of bursts (`io-pattern.ts`).
 */
import { fail } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { checkJob } from '../machine/checks.ts'
import type { JobSpec, MachineSpec } from '../machine/spec.ts'
import { burstsOfPattern } from './io-pattern.ts'

const fields = [
  'name',
  'arrival',
  'burst',
  'io',
  'bursts',
  'threads',
  'priority',
  'tickets',
  'owner',
  'queue',
  'key',
  'deadline',
  'period',
  'width',
  'limit',
  'memory',
  'affinity',
  'workingSet',
]
const texts = ['name', 'owner', 'queue', 'key'] as const
const numbers = [
  'arrival',
  'priority',
  'tickets',
  'deadline',
  'period',
  'width',
  'limit',
  'memory',
  'workingSet',
] as const

/** As wide as any, so that only the jobs are checked: the machine is not known here. */
const anyMachine = { cpus: Number.MAX_SAFE_INTEGER, horizon: Number.MAX_VALUE } as unknown as MachineSpec

/**
 * Reads jobs from JSON. Times are in a unit of the reader's choice; `burst: null` computes until the horizon. Throws
 * OPTION_INVALID that names the file and the line of what is no JSON, else the file and the field: an unknown one, a negative
 * or missing time, a name that comes twice.
 *
 * @example
 * jobsFromJson('{"jobs": [{"name": "A", "burst": 5}]}', 'lab.json') // [{ name: 'A', bursts: [{ cpu: 5 }] }]
 */
export function jobsFromJson(text: string, fileName: string): JobSpec[] {
  const value = parsed(text, fileName)
  const list: unknown = typeof value === 'object' && value !== null && 'jobs' in value ? value.jobs : undefined
  if (!Array.isArray(list)) throw invalid(`${fileName}: jobs`, 'a list of jobs', list)
  const names = new Map<string, number>()
  return list.map((record: unknown, index) => {
    const where = `${fileName}: jobs[${index}]`
    const job = jobFrom(record, where, index)
    const before = names.get(job.name)
    if (before !== undefined) throw invalid(`${where}.name`, `unlike the name of jobs[${before}]`, job.name)
    names.set(job.name, index)
    return job
  })
}

function parsed(text: string, fileName: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ''))
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    // Without a position the text ended too soon.
    const position = Number(/at position (\d+)/.exec(reason)?.[1] ?? text.length)
    const line = text.slice(0, position).split('\n').length
    throw invalid(`${fileName}:${line}`, 'JSON', text.slice(position, position + 20))
  }
}

function jobFrom(record: unknown, where: string, index: number): JobSpec {
  if (typeof record !== 'object' || record === null || Array.isArray(record)) throw invalid(where, 'a job', record)
  const given = record as Readonly<Record<string, unknown>>
  for (const field of Object.keys(given))
    if (!fields.includes(field)) throw invalid(`${where}.${field}`, `one of ${fields.join(', ')}`, given[field])
  if (given['name'] === undefined) throw invalid(`${where}.name`, 'a text', undefined)
  for (const field of texts) checkType(given[field], 'string', `${where}.${field}`)
  for (const field of numbers) checkType(given[field], 'number', `${where}.${field}`)
  for (const field of ['bursts', 'threads', 'affinity'])
    if (given[field] !== undefined && !Array.isArray(given[field]))
      throw invalid(`${where}.${field}`, 'a list', given[field])
  const { burst, io, ...job } = given
  const spec = (burst === undefined && io === undefined
    ? job
    : { ...job, bursts: patternOf(given, where) }) as unknown as JobSpec
  return checked(spec, where, index)
}

function patternOf({ burst, io, bursts, threads }: Readonly<Record<string, unknown>>, where: string): unknown {
  if (bursts !== undefined || threads !== undefined)
    throw invalid(`${where}.burst`, 'the only one of burst, bursts and threads', burst)
  const pattern = burstsOfPattern(burst, io)
  if ('rule' in pattern) throw invalid(`${where}.${pattern.field}`, pattern.rule, pattern.got)
  return pattern
}

function checkType(value: unknown, type: 'string' | 'number', where: string): void {
  if (value !== undefined && typeof value !== type)
    throw invalid(where, type === 'string' ? 'a text' : 'a number', value)
}

/** The simulator's own checks, with the file in front of the field. */
function checked(job: JobSpec, where: string, index: number): JobSpec {
  for (const [at, thread] of (job.threads ?? []).entries())
    if (!Array.isArray(thread?.bursts)) throw invalid(`${where}.threads[${at}].bursts`, 'a list', thread)
  for (const burst of [...(job.bursts ?? []), ...(job.threads ?? []).flatMap(({ bursts }) => bursts)])
    if (typeof burst !== 'object' || burst === null) throw invalid(`${where}.bursts`, 'a list of bursts', burst)
  try {
    checkJob(job, anyMachine, index)
  } catch (error) {
    const { option, rule, got } = (error as { detail: { option: string; rule: string; got: string } }).detail
    throw fail('OPTION_INVALID', { option: `${where}${option.replace(/^jobs\[\d+\]/, '')}`, rule, got })
  }
  return job
}
