/**
 * Jobs as a table: CSV as of RFC 4180, the first line naming the fields. Empty cells are fields that are not given; lines that
 * begin with # are comments. `argv` is a list in JSON; `after` and `affinity` are lists with spaces between, `resources` and `env`
 * are `name=value` with spaces between; all of these may be JSON too.
 *
 *   name,command,after,memory
 *   build,make -j2,,2GiB
 *   test,make test,build,
 */
import { cellsOf, hasOddQuotes, type Cell } from '../../../schedule/index.ts'
import { knownRule, ruleOf } from '../check.ts'
import { complainAt, type Complain } from '../complain.ts'
import type { FileContent, FileRecord } from './types.ts'

/** Throws JOB_INVALID. */
export function csvContent(text: string, file: string): FileContent {
  const records: FileRecord[] = []
  let header: readonly string[] | undefined
  for (const { content, line } of rowsOf(text, file)) {
    const wrong = (column: number, field: string, rule: string, got: unknown): Error =>
      complainAt(`${file}:${line}:${column}`)(field, rule, got)
    const cells = cellsOf(content, (column, rule, got) => wrong(column, 'a cell', rule, got))
    if (header === undefined) header = headerFrom(cells, wrong)
    else records.push(recordFrom(header, cells, `${file}:${line}`, wrong))
  }
  if (header === undefined) throw complainAt(`${file}:1:1`)('the first line', 'the names of the fields', '')
  return { records }
}

/** Whether a text begins as such a table does. */
export function looksLikeTable(text: string): boolean {
  const [first = ''] = text.slice(0, 2_000).split(/\r?\n/, 1)
  const names = first.split(',').map((name) => name.trim())
  return names.length > 1 && names.every(isField) && (names.includes('command') || names.includes('argv'))
}

type Wrong = (column: number, field: string, rule: string, got: unknown) => Error

interface Row {
  readonly content: string
  readonly line: number
}

/** Lines, joined where a quote is open across their end. */
function rowsOf(text: string, file: string): Row[] {
  const rows: Row[] = []
  let open: { readonly lines: string[]; readonly line: number } | undefined
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.endsWith('\r') ? raw.slice(0, -1) : raw
    if (open === undefined && (line.trim() === '' || line.startsWith('#'))) continue
    const isOdd = hasOddQuotes(line)
    if (open === undefined && !isOdd) rows.push({ content: line, line: index + 1 })
    else if (open === undefined) open = { lines: [line], line: index + 1 }
    else {
      open.lines.push(line)
      if (!isOdd) continue
      rows.push({ content: open.lines.join('\n'), line: open.line })
      open = undefined
    }
  }
  if (open !== undefined) throw complainAt(`${file}:${open.line}:1`)('the quote', 'closed', open.lines[0])
  return rows
}

function isField(name: string): boolean {
  return name === 'command' || name === 'argv' || ruleOf(name) !== undefined
}

function headerFrom(cells: readonly Cell[], wrong: Wrong): string[] {
  const names = cells.map(({ text }) => text)
  for (const [index, { text, column }] of cells.entries()) {
    if (!isField(text)) throw wrong(column, 'a field', knownRule(text), text)
    if (names.indexOf(text) !== index) throw wrong(column, 'each field', 'there once', text)
  }
  return names
}

function recordFrom(header: readonly string[], cells: readonly Cell[], place: string, wrong: Wrong): FileRecord {
  if (cells.length !== header.length) {
    const column = cells[header.length]?.column ?? cells.at(-1)?.column ?? 1
    throw wrong(column, 'a line', `${header.length} cells long`, `${cells.length} cells`)
  }
  const complain: Complain = (field, rule, got, at = field) =>
    wrong(cells[header.indexOf(at)]?.column ?? 1, field, rule, got)
  const entries = header.flatMap((name, index): [string, unknown][] => {
    const text = cells[index]?.text ?? ''
    return text === '' ? [] : [[name, valueOf(name, text, complain)]]
  })
  return { value: Object.fromEntries(entries), place, complain }
}

/** Fields whose texts are numbers. */
const numeric = new Set(['priority', 'tickets', 'width', 'nice', 'retries', 'openFiles'])

function valueOf(name: string, text: string, complain: Complain): unknown {
  const field = ruleOf(name)?.field ?? name
  if (name === 'argv' || (/^[[{]/.test(text) && structured.has(field))) return fromJson(name, text, complain)
  if (numeric.has(field)) return /^[-+]?[\d.]+(e[-+]?\d+)?$/i.test(text) ? Number(text) : text
  if (field === 'sliced' || field === 'held') return text === 'true' ? true : text === 'false' ? false : text
  if (field === 'after') return text.split(/\s+/)
  if (field === 'affinity') return text.split(/\s+/).map((each) => (/^\d+$/.test(each) ? Number(each) : each))
  if (field === 'resources' || field === 'env') return pairs(name, text, complain)
  return text
}

const structured = new Set(['after', 'affinity', 'resources', 'env', 'backoff', 'logs'])

function fromJson(field: string, text: string, complain: Complain): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw complain(field, 'JSON', text)
  }
}

/** `gpu=1 licence=2`. */
function pairs(name: string, text: string, complain: Complain): Record<string, unknown> {
  const entries = text.split(/\s+/).map((pair): [string, unknown] => {
    const [, key = '', value = ''] = /^([^=]+)=(.*)$/.exec(pair) ?? []
    if (key === '') throw complain(name, 'name=value, several with spaces between', text)
    return [key, name === 'env' ? value : /^[\d.]+$/.test(value) ? Number(value) : value]
  })
  return Object.fromEntries(entries)
}
