/**
 * Workloads in TOML, which people write by hand:
 *
 *   name = "lab"
 *   [machine]
 *   cpus = 2
 *   [[jobs]]
 *   name = "A"
 *   bursts = "5 disk:3 2"
 *
 * The parser is smol-toml; it tells where the syntax is wrong. Where a value is wrong is found by its key.
 */
import { parse, stringify, TomlError } from 'smol-toml'
import type { JobSpec } from '../machine/spec.ts'
import { formatBursts } from './burst-notation.ts'
import { complainIn, workloadFromDocument, type Locate } from './document.ts'
import { jobFromRecord } from './job-fields.ts'
import { checkSize, type Limits } from './limits.ts'
import { invalidAt } from './place.ts'
import type { MachineHints, Workload } from './workload.ts'

/** Reads a document. Throws WORKLOAD_INVALID, and WORKLOAD_TOO_LARGE beyond the limits. */
export function workloadFromToml(text: string, file: string, limits: Limits): Workload {
  checkSize(file, 1, 'characters', text.length, limits)
  const locate = locator(text, file)
  return workloadFromDocument(parsed(text, file), {
    file,
    limits,
    locate,
    jobs: (list) => {
      const complain = complainIn(locate, '', 0)
      if (!Array.isArray(list)) throw complain('jobs', 'a list of jobs: [[jobs]]', list)
      return list.map((each: unknown, index) => {
        if (typeof each !== 'object' || each === null) throw complain('jobs', 'a list of tables', each)
        return jobFromRecord(each as Record<string, unknown>, complainIn(locate, 'jobs', index))
      })
    },
  })
}

function parsed(text: string, file: string): unknown {
  try {
    return plain(parse(text))
  } catch (error) {
    if (!(error instanceof TomlError)) throw error
    const place = { file, line: error.line, column: error.column }
    const line = text.split('\n')[error.line - 1] ?? ''
    const reason = (error.message.split('\n')[0] ?? '').replace(/^Invalid TOML document: /, '')
    throw invalidAt(place, 'the line', `TOML (${reason})`, line.trim())
  }
}

/** The parser's tables have no prototype; everybody else's do. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain)
  if (typeof value !== 'object' || value === null || value instanceof Date) return value
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]))
}

/** Finds keys by the lines of the text; a place that a table in one line hides is that of the table. */
function locator(text: string, file: string): Locate {
  let sections: readonly Section[] | undefined
  return (section, index, field) => {
    sections ??= sectionsOf(text)
    const found = sections.filter(({ name }) => name === section)[index]
    const key = field.split(/[.[]/, 1)[0] ?? ''
    const place = found?.keys.get(key) ?? found?.start ?? sections[0]?.keys.get(section)
    return { file, line: place?.line ?? 1, column: place?.column ?? 1 }
  }
}

interface Spot {
  readonly line: number
  readonly column: number
}

interface Section {
  readonly name: string
  readonly start: Spot
  readonly keys: Map<string, Spot>
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [{ name: '', start: { line: 1, column: 1 }, keys: new Map() }]
  for (const [index, line] of text.split('\n').entries()) {
    const header = /^(\s*)\[\[?\s*"?([\w-]+)"?([^\]]*)\]/.exec(line)
    // [[jobs.threads]] and [machine.devices] belong to the job or machine above them.
    if (header !== null && header[3]?.trim() === '')
      sections.push({
        name: header[2] ?? '',
        start: { line: index + 1, column: (header[1]?.length ?? 0) + 1 },
        keys: new Map(),
      })
    else if (header !== null) {
      const [, key = ''] = /^\s*\.\s*"?([\w-]+)/.exec(header[3] ?? '') ?? []
      note(sections, key, { line: index + 1, column: 1 })
    } else {
      const [, lead = '', key = ''] = /^(\s*"?([\w-]+)"?[\s\w."-]*=\s*)/.exec(line) ?? []
      if (key !== '') note(sections, key, { line: index + 1, column: lead.length + 1 })
    }
  }
  return sections
}

function note(sections: readonly Section[], key: string, spot: Spot): void {
  const keys = sections.at(-1)?.keys
  if (keys !== undefined && !keys.has(key)) keys.set(key, spot)
}

/**
 * Writes jobs, and the machine if there is one, as TOML that `readWorkload` reads again; bursts in their short notation
 * where it can say them.
 */
export function workloadToToml({ name, jobs, machine = {} }: WritableWorkload): string {
  const document = {
    ...(name === undefined ? {} : { name }),
    ...(Object.keys(machine).length === 0 ? {} : { machine }),
    jobs: jobs.map(tomlJob),
  }
  return stringify(document)
}

/** What can be written: the jobs, and what else of a workload there is. */
export interface WritableWorkload {
  readonly name?: string | undefined
  readonly jobs: readonly JobSpec[]
  readonly machine?: MachineHints | undefined
}

function tomlJob({ bursts, threads, ...fields }: JobSpec): Record<string, unknown> {
  return {
    ...fields,
    ...(bursts === undefined ? {} : { bursts: formatBursts(bursts) ?? bursts }),
    ...(threads === undefined
      ? {}
      : { threads: threads.map((thread) => ({ ...thread, bursts: formatBursts(thread.bursts) ?? thread.bursts })) }),
  }
}
