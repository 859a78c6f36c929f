/**
 * A value of a file, with the way to it: checks say what is wrong with its path, and the document adds file and line.
 *
 *      jobs.json:4: jobs[1].size must be a number above 0; got "ten" (string)
 */
import { fail } from '../../core/index.ts'

export type FieldPath = readonly (string | number)[]

/** Where the values of a file stand. */
export interface Source {
  readonly file: string
  /** Line of a value, or of what it is in; counted from 1. */
  lineOf(path: FieldPath): number
}

/** A value and where it comes from. Every check throws SCENARIO_INVALID. */
export interface Field {
  readonly value: unknown
  readonly path: FieldPath
  /** A value of an object or array; the value may be undefined. */
  at(key: string | number): Field
  /** Undefined where there is nothing. */
  optional<Result>(read: (field: Field) => Result): Result | undefined
  number(least?: number): number
  integer(least: number, most: number): number
  /** Text, or a number as text. */
  text(): string
  flag(): boolean
  choice<const Choice extends string>(choices: readonly Choice[]): Choice
  /** The entries of an array of at most so many. */
  list(most: number): Field[]
  /** The entries of an object. */
  entries(): [string, Field][]
  /** Refuses keys that nobody would read. */
  onlyKeys(known: readonly string[]): void
  /** The error: what it must be. */
  wrong(rule: string): Error
}

/** The whole value of a document. */
export function fieldOf(value: unknown, source: Source, path: FieldPath = []): Field {
  const wrong = (rule: string): Error => {
    const reason = `${pathText(path)} must be ${rule}; got ${describe(value)}`
    return fail('SCENARIO_INVALID', { file: source.file, line: source.lineOf(path), reason })
  }
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  const field: Field = {
    value,
    path,
    wrong,
    at(key) {
      const found = value !== null && typeof value === 'object' && Object.hasOwn(value, key)
      return fieldOf(found ? (value as Record<string | number, unknown>)[key] : undefined, source, [...path, key])
    },
    optional: (read) => (value === undefined || value === null ? undefined : read(field)),
    number(least = -Infinity) {
      if (typeof value === 'number' && Number.isFinite(value) && value >= least) return value
      throw wrong(least === -Infinity ? 'a finite number' : `a finite number, ${least} or more`)
    },
    integer(least, most) {
      if (typeof value === 'number' && Number.isSafeInteger(value) && value >= least && value <= most) return value
      throw wrong(`an integer from ${least} to ${most}`)
    },
    text() {
      if (typeof value === 'string' || typeof value === 'number') return String(value)
      throw wrong('a name')
    },
    flag() {
      if (typeof value === 'boolean') return value
      throw wrong('true or false')
    },
    choice(choices) {
      const found = typeof value === 'string' ? choices.find((each) => each === value.toLowerCase()) : undefined
      if (found === undefined) throw wrong(`one of ${choices.join(', ')}`)
      return found
    },
    list(most) {
      if (!Array.isArray(value)) throw wrong('an array')
      if (value.length > most) throw wrong(`an array of at most ${most}`)
      return value.map((_, index) => field.at(index))
    },
    entries() {
      if (!isObject) throw wrong('an object')
      return Object.keys(value).map((key) => [key, field.at(key)])
    },
    onlyKeys(known) {
      for (const [key, entry] of field.entries()) {
        if (known.includes(key)) continue
        const reason = `${pathText(entry.path)} is unknown; known are ${known.join(', ')}`
        throw fail('SCENARIO_INVALID', { file: source.file, line: source.lineOf(entry.path), reason })
      }
    },
  }
  return field
}

/** `jobs[1].size`. */
export function pathText(path: FieldPath): string {
  if (path.length === 0) return 'the file'
  return path.map((key, at) => (typeof key === 'number' ? `[${key}]` : at === 0 ? key : `.${key}`)).join('')
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (value === null) return 'null'
  if (Array.isArray(value)) return `an array of ${value.length}`
  if (typeof value === 'object') return 'an object'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return `${text.length > 60 ? `${text.slice(0, 57)}...` : text} (${typeof value})`
}
