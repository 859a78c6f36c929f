/**
 * Reads files of jobs: TOML, CSV, JSON, JSON lines, or a shell command a line; which one it is tells the ending of the file's name,
 * and where that tells nothing (`-` for stdin, `jobs.txt`) the text.
 */
import { extname } from 'node:path'
import type { BatchSettings, JobRequest } from '../../types.ts'
import { requestFrom } from '../check.ts'
import { complainAt } from '../complain.ts'
import { usableCpus } from '../usable-cpus.ts'
import { csvContent, looksLikeTable } from './csv.ts'
import { jsonContent, jsonLinesContent } from './json.ts'
import { linesContent } from './lines.ts'
import { settingsFrom } from './settings.ts'
import { tomlContent } from './toml.ts'
import { mostCharacters, mostJobs, type BatchFile, type FileContent, type FileRecord } from './types.ts'

export interface ReadJobsOptions {
  /** What `env` of a job is added to. @default that of this process */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** CPUs that the batch may have. @default those of this process */
  readonly cpus?: readonly number[]
}

/**
 * The jobs of a text; `file` is its name, for messages and for the format. Names that come twice are refused, dependencies are for
 * `checkDependencies`. Throws JOB_INVALID with file, line and, where it can be told, column.
 */
export function readJobs(text: string, file: string, options: ReadJobsOptions = {}): BatchFile {
  const { env = process.env } = options
  if (text.length > mostCharacters)
    throw complainAt(file)('the file', `at most ${mostCharacters} characters long`, text.length)
  const { records, batch, notes = [] } = contentOf(text.replace(/^\uFEFF/, ''), file)
  const excess = records[mostJobs]
  if (excess !== undefined)
    throw complainAt(excess.place)('the file', `one of at most ${mostJobs} jobs`, records.length)
  const jobs = records.map((record) => jobFrom(record, env))
  checkNames(jobs, records)
  return {
    jobs,
    place: (index) => records[index]?.place ?? file,
    settings: batch === undefined ? {} : settingsOf(batch, options.cpus),
    notes: records.length === 0 ? [...notes, `${file} has no jobs.`] : notes,
  }
}

function contentOf(text: string, file: string): FileContent {
  switch (extname(file).toLowerCase()) {
    case '.toml':
      return tomlContent(text, file)
    case '.csv':
      return csvContent(text, file)
    case '.json':
      return jsonContent(text, file)
    case '.jsonl':
    case '.ndjson':
      return jsonLinesContent(text, file)
    default:
      return guessed(text, file)
  }
}

/** No shell command begins as these do. */
function guessed(text: string, file: string): FileContent {
  if (/^\s*\[\[jobs?\]\]|^\[batch\]/m.test(text)) return tomlContent(text, file)
  if (/^\s*\{\s*"/.test(text) && text.trimEnd().endsWith('}'))
    return /^\s*\{.*\}\s*(\n|$)/.test(text) && !/^\s*\{\s*"(batch|jobs?)"/.test(text)
      ? jsonLinesContent(text, file)
      : jsonContent(text, file)
  if (/^\s*\[\s*\{\s*"/.test(text)) return jsonContent(text, file)
  return looksLikeTable(text) ? csvContent(text, file) : linesContent(text, file)
}

function jobFrom({ value, complain }: FileRecord, env: Readonly<Record<string, string | undefined>>): JobRequest {
  const request = requestFrom(value, complain)
  return request.env === undefined ? request : { ...request, env: { ...defined(env), ...request.env } }
}

function defined(env: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined))
}

function checkNames(jobs: readonly JobRequest[], records: readonly FileRecord[]): void {
  const seen = new Map<string, number>()
  for (const [index, { name }] of jobs.entries()) {
    if (name === undefined) continue
    const before = seen.get(name)
    if (before !== undefined) {
      const where = records[before]?.place ?? ''
      throw (records[index] as FileRecord).complain('name', `unique (${where} has it too)`, name)
    }
    seen.set(name, index)
  }
}

function settingsOf({ value, complain }: FileRecord, cpus?: readonly number[]): BatchSettings {
  return settingsFrom(value, cpus ?? usableCpus(), complain)
}
