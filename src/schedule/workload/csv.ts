/**
 * Tables of jobs: CSV as of RFC 4180, the first line naming the fields. Empty cells are fields that are not given; lines
 * that begin with # are comments. `bursts` are in the notation of `burst-notation.ts` or, like `threads`, a list in JSON;
 * `affinity` is a list of CPUs with spaces between.
 *
 *   name,arrival,burst,bursts,priority
 *   A,0,5,,1
 *   B,2,,3 disk:4 2,
 */
import { cellsOf, hasOddQuotes, quoted, type Cell } from '../document/cells.ts'
import type { Burst, JobSpec } from '../machine/spec.ts'
import { formatBursts, parseNumber } from './burst-notation.ts'
import { jobFields, jobFromRecord, numberFields } from './job-fields.ts'
import { checkSize, nameRegister, type Limits } from './limits.ts'
import { lineReader } from './lines.ts'
import { invalidAt } from './place.ts'
import type { Workload } from './workload.ts'

/** Reads a table piece by piece. Throws WORKLOAD_INVALID, and WORKLOAD_TOO_LARGE beyond the limits. */
export function csvReader(file: string, limits: Limits): { push(chunk: string): void; end(): Workload } {
  const jobs: JobSpec[] = []
  const register = nameRegister(file)
  let header: readonly string[] | undefined
  // A record whose quotes are not closed yet; its lines are joined once it is whole.
  let open: { readonly lines: string[]; readonly line: number; length: number } | undefined

  const takeRecord = (text: string, line: number): void => {
    const cells = cellsOf(text, (column, rule, got) => invalidAt({ file, line, column }, 'a cell', rule, got))
    if (header === undefined) header = headerFrom(cells, file, line)
    else {
      const { job, column } = jobFrom(header, cells, file, line)
      checkSize(file, line, 'jobs', jobs.length + 1, limits)
      register(job.name, line, column)
      jobs.push(job)
    }
  }
  const lines = lineReader(file, limits, (text, line) => {
    if (open === undefined && (text.trim() === '' || text.startsWith('#'))) return
    const isOdd = hasOddQuotes(text)
    if (open === undefined) {
      if (isOdd) open = { lines: [text], line, length: text.length }
      else takeRecord(text, line)
      return
    }
    open.lines.push(text)
    open.length += text.length + 1
    checkSize(file, open.line, 'characters', open.length, limits)
    if (!isOdd) return
    const record = open
    open = undefined
    takeRecord(record.lines.join('\n'), record.line)
  })
  return {
    push: (chunk) => lines.push(chunk),
    end() {
      lines.end()
      if (open !== undefined)
        throw invalidAt({ file, line: open.line, column: 1 }, 'the quote', 'closed', open.lines[0])
      if (header === undefined)
        throw invalidAt({ file, line: 1, column: 1 }, 'the first line', 'the names of the fields', '')
      return { name: file, jobs, machine: {}, policies: [], notes: [] }
    },
  }
}

function headerFrom(cells: readonly Cell[], file: string, line: number): string[] {
  const names = cells.map(({ text }) => text)
  for (const [index, { text, column }] of cells.entries()) {
    const place = { file, line, column }
    if (!jobFields.includes(text)) throw invalidAt(place, 'a field', `one of ${jobFields.join(', ')}`, text)
    if (names.indexOf(text) !== index) throw invalidAt(place, 'each field', 'there once', text)
  }
  return names
}

function jobFrom(
  header: readonly string[],
  cells: readonly Cell[],
  file: string,
  line: number,
): { job: JobSpec; column: number } {
  if (cells.length !== header.length) {
    const column = cells[header.length]?.column ?? cells.at(-1)?.column ?? 1
    throw invalidAt({ file, line, column }, 'a line', `${header.length} cells long`, `${cells.length} cells`)
  }
  const columnOf = (field: string): number => cells[header.indexOf(field.split(/[.[]/, 1)[0] ?? '')]?.column ?? 1
  const complain = (field: string, rule: string, got: unknown): Error =>
    invalidAt({ file, line, column: columnOf(field) }, field, rule, got)
  const record: Record<string, unknown> = {}
  for (const [index, field] of header.entries()) {
    const text = cells[index]?.text ?? ''
    if (text !== '') record[field] = valueOf(field, text, complain)
  }
  return { job: jobFromRecord(record, complain), column: columnOf('name') }
}

function valueOf(field: string, text: string, complain: (field: string, rule: string, got: unknown) => Error): unknown {
  if (numberFields.has(field)) return field === 'burst' && text === 'inf' ? Infinity : (parseNumber(text) ?? text)
  if (field === 'affinity') return text.split(/\s+/).map((each) => parseNumber(each) ?? each)
  if (field !== 'threads' && !(field === 'bursts' && text.startsWith('['))) return text
  try {
    return JSON.parse(text)
  } catch {
    throw complain(field, 'a list in JSON', text)
  }
}

/**
 * Writes jobs as a table that `readWorkload` reads again, with the fields that any of them has.
 *
 * @example
 * jobsToCsv([{ name: 'A', arrival: 2, bursts: [{ cpu: 3 }, { io: 1, device: 'disk' }] }])
 * // name,arrival,bursts
 * // A,2,3 disk:1
 */
export function jobsToCsv(jobs: readonly JobSpec[]): string {
  const records = jobs.map(recordOf)
  const used = jobFields.filter((field) => field === 'name' || records.some((record) => record[field] !== undefined))
  const lines = records.map((record) => used.map((field) => quoted(record[field] ?? '')).join(','))
  return `${[used.join(','), ...lines].join('\n')}\n`
}

function recordOf(job: JobSpec): Record<string, string | undefined> {
  const record: Record<string, string | undefined> = {}
  for (const [field, value] of Object.entries(job)) {
    if (value === undefined) continue
    if (field === 'bursts') Object.assign(record, burstCells(value as readonly Burst[]))
    else if (field === 'threads') record[field] = jsonOf(value)
    else record[field] = Array.isArray(value) ? value.join(' ') : `${String(value)}`
  }
  return record
}

function burstCells(list: readonly Burst[]): Record<string, string> {
  const [first] = list
  if (list.length === 1 && first !== undefined && 'cpu' in first)
    return { burst: first.cpu === Infinity ? 'inf' : `${first.cpu}` }
  return { bursts: formatBursts(list) ?? jsonOf(list) }
}

/** JSON has no Infinity: an endless burst is null. */
function jsonOf(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) => (each === Infinity ? null : each))
}
