/** Dependencies as people write them: `build`, `build:fail`, a list of these, or `{ job, on }`. Pure. */
import type { Condition, Dependency } from '../types.ts'

const conditions: ReadonlySet<unknown> = new Set<Condition>(['ok', 'any', 'fail'])
/** More than this nobody writes by hand, and each is looked up when another job ends. */
const most = 10_000

/** Undefined for what is none. */
export function dependenciesFrom(value: unknown): readonly Dependency[] | undefined {
  const list = Array.isArray(value) ? value : [value]
  if (list.length > most) return undefined
  const found = list.map(dependencyFrom)
  return found.every((each) => each !== undefined) ? found : undefined
}

/** One of them; a name may hold a colon, so only the three words behind the last one are conditions. */
export function dependencyFrom(value: unknown): Dependency | undefined {
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && value > 0 ? { job: `${value}`, on: 'ok' } : undefined
  if (typeof value === 'string') return fromText(value)
  if (typeof value !== 'object' || value === null) return undefined
  const { job, on = 'ok', ...others } = value as { job?: unknown; on?: unknown }
  if (Object.keys(others).length > 0 || !conditions.has(on)) return undefined
  if (typeof job === 'number') return dependencyFrom({ job: `${job}`, on })
  return typeof job === 'string' && isName(job) ? { job, on: on as Condition } : undefined
}

function fromText(text: string): Dependency | undefined {
  const [, job = '', on = 'ok'] = /^(.*?)(?::(ok|any|fail))?$/s.exec(text.trim()) ?? []
  return isName(job) ? { job, on: on as Condition } : undefined
}

function isName(name: string): boolean {
  return name !== '' && name.length <= 200
}
