/** Files that are made of a run: pictures, traces, pages; and what the simulator says of it. */
import { closeSync, lstatSync, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { extname, resolve } from 'node:path'

import {
  drawReport,
  History,
  pageTemplate,
  recordPage,
  recordSvg,
  recordTrace,
  replay,
  reportJson,
  savedSwitchMs,
  type ReplayOptions,
  type RunRecord,
} from '../../batch/index.ts'
import { fail } from '../../core/index.ts'
import { print, remark, type OutputOptions } from '../output.ts'

export interface FileFlags extends OutputOptions {
  readonly svg?: string
  readonly html?: string
  readonly trace?: string
  readonly report?: boolean
}

/** `mark` stands in the names of files where there are several runs: `run-2-rr.svg`. All are tried before it throws OPTION_INVALID for one. */
export function writeRunFiles({ svg, html, trace }: FileFlags, record: RunRecord, mark: string): void {
  const files = [
    ['--svg', svg, () => recordSvg(record)],
    ['--trace', trace, () => traceText(record)],
    ['--html', html, () => recordPage(readFileSync(pageTemplate, 'utf8'), record)],
  ] as const
  const errors: unknown[] = []
  for (const [option, file, text] of files) {
    if (file === undefined) continue
    try {
      writeText(option, marked(file, mark), text())
    } catch (error) {
      errors.push(error)
    }
  }
  if (errors.length > 0) throw errors[0]
}

/** Before a run, which may take long: whether its files can be written. Throws OPTION_INVALID. */
export function checkRunFiles({ svg, html, trace }: FileFlags, marks: readonly string[]): void {
  const given = Object.entries({ svg, html, trace }).flatMap(([name, file]) =>
    file === undefined ? [] : [{ option: `--${name}`, file }],
  )
  const options = new Map<string, string>()
  for (const { option, file } of given) {
    if (file === '-')
      throw fail('OPTION_INVALID', { option, rule: 'a file: what the run prints is on stdout already', got: file })
    for (const mark of marks) {
      const path = resolve(marked(file, mark))
      const other = options.get(path)
      if (other !== undefined)
        throw fail('OPTION_INVALID', { option, rule: `another file than that of ${other}`, got: file })
      options.set(path, option)
      checkWritable(option, path)
    }
  }
}

/** Opens it for writing; what was not there before goes again. A pipe or a device is opened only when there is something to write. */
function checkWritable(option: string, file: string): void {
  try {
    const stat = statSync(file, { throwIfNoEntry: false })
    if (stat !== undefined && !stat.isFile() && !stat.isDirectory()) return
    const isThere = lstatSync(file, { throwIfNoEntry: false }) !== undefined
    closeSync(openSync(file, 'a'))
    if (!isThere) rmSync(file, { force: true })
  } catch (error) {
    throw unwritable(option, file, error)
  }
}

export function traceText(record: RunRecord): string {
  return `${JSON.stringify(recordTrace(record))}\n`
}

/** Predicted against measured, with what the folder knows of commands and of switches; or under another policy. */
export function showReport(
  record: RunRecord,
  flags: OutputOptions,
  folder: string,
  otherwise: Pick<ReplayOptions, 'policy' | 'cpus'> = {},
): void {
  const report = replay(record, {
    ...otherwise,
    history: History.open(folder),
    contextSwitchMs: savedSwitchMs(folder),
  })
  print(flags, reportJson(report), drawReport(report))
}

/** Writes it and says so on stderr; to stdout for `-`. Throws OPTION_INVALID for a file that cannot be written. */
export function writeText(option: string, file: string, text: string): void {
  if (file === '-') return void process.stdout.write(text)
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw unwritable(option, file, error)
  }
  remark(`written: ${file}`)
}

function unwritable(option: string, file: string, error: unknown): Error {
  const { code } = error as NodeJS.ErrnoException
  return fail('OPTION_INVALID', { option, rule: `a file that can be written (${code})`, got: file }, { cause: error })
}

function marked(file: string, mark: string): string {
  const ending = extname(file)
  return mark === '' ? file : `${file.slice(0, file.length - ending.length)}-${mark}${ending}`
}
