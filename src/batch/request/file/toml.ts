/**
 * Jobs in TOML, which people write by hand:
 *
 *   [batch]
 *   policy = "rr"
 *   quantum = "50ms"
 *
 *   [[job]]
 *   name = "build"
 *   command = "make -j2"
 *
 *   [[job]]
 *   command = "make test"
 *   after = ["build"]
 */
import { parse, TomlError } from 'smol-toml'
import { tomlLines, type FieldPath, type LineOf } from '../../../schedule/index.ts'
import { complainAt, type Complain } from '../complain.ts'
import { knownRule } from '../check.ts'
import type { FileContent, FileRecord } from './types.ts'

/** Throws JOB_INVALID. */
export function tomlContent(text: string, file: string): FileContent {
  return documentContent(parsed(text, file), { text, file, makeLines: tomlLines, separator: '=' })
}

/** A text whose values have lines. */
export interface DocumentText {
  readonly text: string
  readonly file: string
  readonly makeLines: (text: string) => LineOf
  /** What stands between a key and its value. */
  readonly separator: '=' | ':'
}

/** A document with `batch` and a list of jobs as `job` or `jobs`. Throws JOB_INVALID. */
export function documentContent(value: unknown, document: DocumentText): FileContent {
  const find = finder(document)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw find([])('the file', 'an object with jobs', value)
  const { batch, job, jobs, ...others } = value as Record<string, unknown>
  for (const key of Object.keys(others))
    throw find([key])(JSON.stringify(key), knownRule(key, ['batch', 'job']), others[key])
  if (job !== undefined && jobs !== undefined) throw find(['jobs'])('jobs', 'given without job', jobs)
  const name = jobs === undefined ? 'job' : 'jobs'
  const list = jobs ?? job ?? []
  if (!Array.isArray(list)) throw find([name])(name, 'a list of jobs: [[job]]', list)
  return {
    records: list.map((each: unknown, index) => recordAt(each, [name, index], find, document)),
    batch: batch === undefined ? undefined : recordAt(batch, ['batch'], find, document),
  }
}

/** A list of jobs alone, as JSON may have it. */
export function listContent(list: readonly unknown[], document: DocumentText): FileContent {
  const find = finder(document)
  return { records: list.map((each, index) => recordAt(each, [index], find, document)) }
}

function recordAt(value: unknown, path: FieldPath, find: Find, { file }: DocumentText): FileRecord {
  return {
    value,
    // The line is looked for when somebody asks: a file of 10,000 jobs is scanned for none that is good.
    get place() {
      return `${file}:${find.line(path)}`
    },
    complain: (field, rule, got, at = field) => find([...path, unquoted(at)])(field, rule, got),
  }
}

/** Says where a value of the document stands. */
interface Find {
  (path: FieldPath): Complain
  line(path: FieldPath): number
}

/** Says where a value stands, by line and column. */
function finder({ text, file, makeLines, separator }: DocumentText): Find {
  let lineOf: LineOf | undefined
  const line = (path: FieldPath): number => (lineOf ??= makeLines(text))(path)
  const find = (path: FieldPath): Complain => {
    const at = line(path)
    return complainAt(`${file}:${at}:${columnOf(text, at, path.at(-1), separator)}`)
  }
  return Object.assign(find, { line })
}

/** Where in its line the value of a key begins; 1 where it does not stand there. */
function columnOf(text: string, line: number, key: string | number | undefined, separator: string): number {
  const content = lineText(text, line)
  if (typeof key !== 'string') return content.search(/\S|$/) + 1
  for (const form of [`"${key}"`, key]) {
    for (let at = content.indexOf(form); at >= 0; at = content.indexOf(form, at + 1)) {
      const rest = content.slice(at + form.length)
      const gap = /^\s*[=:]\s*/.exec(rest)?.[0]
      if (gap?.includes(separator) === true && /[\s{,.]|^$/.test(content[at - 1] ?? ' '))
        return at + form.length + gap.length + 1
    }
  }
  return content.search(/\S|$/) + 1
}

function lineText(text: string, line: number): string {
  let start = 0
  for (let count = 1; count < line; count++) start = text.indexOf('\n', start) + 1
  const end = text.indexOf('\n', start)
  return text.slice(start, Math.min(end < 0 ? text.length : end, start + 10_000))
}

function unquoted(field: string): string {
  return field.startsWith('"') ? field.slice(1, -1) : field
}

function parsed(text: string, file: string): unknown {
  try {
    return plain(parse(text))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
    const line = lineText(text, error.line).trim()
    throw complainAt(`${file}:${error.line}:${error.column}`)('the line', `TOML (${reason})`, line)
  }
}

/** The parser's tables have no prototype; everybody else's do. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}
