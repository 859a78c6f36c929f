/** How a request says what is wrong with it: the place, the field, the rule, and what was given. */
import { fail } from '../../core/index.ts'

/** Makes the error for a field: `complain('memory', 'a size, as 512MiB', 'much')`; `at` is the field where it stands, if that is another one. */
export type Complain = (field: string, rule: string, got: unknown, at?: string) => Error

/** JOB_INVALID at a place, such as `jobs.toml:4:9` or `job 3 (build)`. */
export function complainAt(place: string): Complain {
  return (field, rule, got) => fail('JOB_INVALID', { place, field, rule, got: shown(got) })
}

/** A value as text, cut so that a message stays a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}`
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, 100)) : asJson(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function asJson(value: unknown): string {
  if (Array.isArray(value) && value.length > 100) return `a list of ${value.length}`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // Nested so deeply that it cannot be written, or in itself.
    return Array.isArray(value) ? 'a list' : 'a table'
  }
}
