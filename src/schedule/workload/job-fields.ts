/** The fields of a job in files, as data: what each may hold, and how a record of them becomes a job. */
import type { Burst, JobSpec, ThreadSpec } from '../machine/spec.ts'
import { parseBursts } from './burst-notation.ts'
import { burstsOfPattern } from './io-pattern.ts'
import type { Complain } from './place.ts'

interface Rule {
  readonly says: string
  readonly holds: (value: unknown) => boolean
}

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)
const isTime = (value: unknown): boolean => isNumber(value) && value >= 0
const isWhole = (value: unknown, least: number): boolean => Number.isSafeInteger(value) && (value as number) >= least

const text: Rule = {
  says: 'a text of 1 to 200 characters',
  holds: (v) => typeof v === 'string' && v !== '' && v.length <= 200,
}
const time: Rule = { says: 'a number, 0 or more', holds: isTime }
const span: Rule = { says: 'a number, more than 0', holds: (v) => isNumber(v) && v > 0 }
const endless: Rule = { says: 'a number, 0 or more, or inf', holds: (v) => isTime(v) || v === Infinity }
const number: Rule = { says: 'a number', holds: isNumber }
const count: Rule = { says: 'a whole number, 1 or more', holds: (v) => isWhole(v, 1) }
const cpus: Rule = {
  says: 'a list of CPUs, whole numbers from 0',
  holds: (v) => Array.isArray(v) && v.length > 0 && v.every((each) => isWhole(each, 0)),
}

/** Fields that are taken over as they are. */
const plainFields = {
  name: text,
  arrival: time,
  priority: number,
  tickets: span,
  owner: text,
  queue: text,
  key: text,
  deadline: span,
  period: span,
  width: count,
  limit: span,
  memory: time,
  affinity: cpus,
  workingSet: time,
} satisfies Partial<Record<keyof JobSpec, Rule>>

/** Names of all fields, in the order in which tables have them. */
export const jobFields: readonly string[] = [
  'name',
  'arrival',
  'burst',
  'io',
  'bursts',
  'threads',
  ...Object.keys(plainFields).filter((field) => field !== 'name' && field !== 'arrival'),
]

/** Fields that hold numbers, whose texts a table turns into numbers. */
export const numberFields: ReadonlySet<string> = new Set([
  'burst',
  ...Object.entries(plainFields)
    .filter(([, rule]) => rule !== text && rule !== cpus)
    .map(([field]) => field),
])

/**
 * A job from a record of its fields. `burst` is short for one CPU burst, with `io` for a pattern of them (`io-pattern.ts`);
 * `bursts` is a list, or text in the notation of `burst-notation.ts`. Throws what `complain` makes for a field that is unknown, missing or wrong.
 */
export function jobFromRecord(record: Readonly<Record<string, unknown>>, complain: Complain): JobSpec {
  const job: Record<string, unknown> = {}
  for (const [field, value] of Object.entries(record)) {
    if (!jobFields.includes(field)) throw complain(field, `a known field (${jobFields.join(', ')})`, value)
    const rule: Rule | undefined = (plainFields as Record<string, Rule>)[field]
    if (rule === undefined) continue
    check(rule, field, value, complain)
    job[field] = value
  }
  if (record['name'] === undefined) throw complain('name', 'given', undefined)
  const given = [
    record['burst'] === undefined && record['io'] === undefined ? [] : ['burst'],
    ['bursts', 'threads'].filter((field) => record[field] !== undefined),
  ].flat()
  if (given.length !== 1) throw complain(given[1] ?? 'burst', 'the only one of burst, bursts and threads', given)
  if (record['threads'] === undefined) job['bursts'] = burstsOf(record, complain)
  else job['threads'] = threadsOf(record['threads'], complain)
  return job as unknown as JobSpec
}

function burstsOf(record: Readonly<Record<string, unknown>>, complain: Complain): readonly Burst[] {
  const { burst, io, bursts } = record
  if (bursts !== undefined) return checkBursts(bursts, 'bursts', complain)
  const pattern = burstsOfPattern(burst, io)
  if ('rule' in pattern) throw complain(pattern.field, pattern.rule, pattern.got)
  return pattern
}

function threadsOf(value: unknown, complain: Complain): readonly ThreadSpec[] {
  if (!Array.isArray(value) || value.length === 0) throw complain('threads', 'a list of threads', value)
  return value.map((each: unknown, index) => {
    const where = `threads[${index}]`
    if (typeof each !== 'object' || each === null) throw complain(where, 'a thread with bursts', each)
    const { name, delay, priority, bursts, ...others } = each as Record<string, unknown>
    for (const [field, got] of Object.entries(others)) {
      throw complain(`${where}.${field}`, 'a known field (name, delay, bursts, priority)', got)
    }
    if (name !== undefined) check(text, `${where}.name`, name, complain)
    if (delay !== undefined) check(time, `${where}.delay`, delay, complain)
    if (priority !== undefined) check(number, `${where}.priority`, priority, complain)
    const thread = { name, delay, priority, bursts: checkBursts(bursts, `${where}.bursts`, complain) }
    return withoutUndefined(thread) as unknown as ThreadSpec
  })
}

function checkBursts(value: unknown, field: string, complain: Complain): readonly Burst[] {
  if (typeof value === 'string') {
    const parsed = parseBursts(value)
    if ('rule' in parsed) throw complain(field, parsed.rule, parsed.word)
    return parsed
  }
  if (!Array.isArray(value) || value.length === 0)
    throw complain(field, 'a list of bursts, or text such as `5 disk:3 2`', value)
  return value.map((each: unknown, index) => checkBurst(each, `${field}[${index}]`, complain))
}

function checkBurst(value: unknown, where: string, complain: Complain): Burst {
  // JSON cannot say Infinity; null is an endless burst there, as in the known-answer cases.
  if (isTime(value) || value === Infinity) return { cpu: value as number }
  const kinds = 'one of { cpu }, { io, device?, submission? }, { await: true }, { access, write? }'
  if (typeof value !== 'object' || value === null) throw complain(where, kinds, value)
  const burst = value as Record<string, unknown>
  const only = (...known: string[]): boolean => Object.keys(burst).every((key) => known.includes(key))
  if ('cpu' in burst && only('cpu')) {
    const cpu = burst['cpu'] ?? Infinity
    check(endless, `${where}.cpu`, cpu, complain)
    return { cpu: cpu as number }
  }
  if ('io' in burst && only('io', 'device', 'submission')) {
    check(time, `${where}.io`, burst['io'], complain)
    if (burst['device'] !== undefined) check(text, `${where}.device`, burst['device'], complain)
    if (!['sync', 'async', undefined].includes(burst['submission'] as string | undefined))
      throw complain(`${where}.submission`, 'sync or async', burst['submission'])
    return withoutUndefined(burst) as unknown as Burst
  }
  if (burst['await'] === true && only('await')) return { await: true }
  if ('access' in burst && only('access', 'write')) {
    check(number, `${where}.access`, burst['access'], complain)
    if (burst['write'] !== undefined && typeof burst['write'] !== 'boolean')
      throw complain(`${where}.write`, 'true or false', burst['write'])
    return withoutUndefined(burst) as unknown as Burst
  }
  throw complain(where, kinds, value)
}

function check(rule: Rule, field: string, value: unknown, complain: Complain): void {
  if (!rule.holds(value)) throw complain(field, rule.says, value)
}

function withoutUndefined(record: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== undefined))
}
