/** Where in a file something is wrong, and how to say so. */
import { fail } from '../../core/index.ts'

/** A place in a file; lines and columns count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Makes the error for a field at its place. */
export type Complain = (field: string, rule: string, got: unknown) => Error

/** WORKLOAD_INVALID for a value at a place. */
export function invalidAt({ file, line, column }: Place, field: string, rule: string, got: unknown): Error {
  return fail('WORKLOAD_INVALID', { file, line, column, field, rule, got: shown(got) })
}

/** A value as text, cut so that a message stays a message. */
function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number' || typeof value === 'bigint') return `${value}`
  const text = asJson(value)
  return text.length > 80 ? `${text.slice(0, 77)}...` : text
}

function asJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    // Nested so deeply that it cannot be written.
    return Array.isArray(value) ? 'a list' : 'a table'
  }
}

/** Lines and columns of offsets in a text, counting from 1. */
export function placeOf(file: string, text: string, offset: number): Place {
  let line = 1
  let start = 0
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) {
    line++
    start = at + 1
  }
  return { file, line, column: offset - start + 1 }
}
