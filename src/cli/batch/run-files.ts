/** Files that are made of a run: pictures, traces, pages; and what the simulator says of it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { extname } from 'node:path'

import {
  drawReport,
  pageTemplate,
  recordPage,
  recordSvg,
  recordTrace,
  replay,
  reportJson,
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

/** `mark` stands in the names of files where there are several runs: `run-2-rr.svg`. */
export function writeRunFiles({ svg, html, trace }: FileFlags, record: RunRecord, mark: string): void {
  if (svg !== undefined) writeText('--svg', marked(svg, mark), recordSvg(record))
  if (trace !== undefined) writeText('--trace', marked(trace, mark), traceText(record))
  if (html !== undefined)
    writeText('--html', marked(html, mark), recordPage(readFileSync(pageTemplate, 'utf8'), record))
}

export function traceText(record: RunRecord): string {
  return `${JSON.stringify(recordTrace(record))}\n`
}

/** Predicted against measured. */
export function showReport(record: RunRecord, flags: OutputOptions): void {
  const report = replay(record)
  print(flags, reportJson(report), drawReport(report))
}

/** Writes it and says so on stderr. Throws OPTION_INVALID for a file that cannot be written. */
export function writeText(option: string, file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw fail('OPTION_INVALID', { option, rule: `a file that can be written (${code})`, got: file })
  }
  remark(`written: ${file}`)
}

function marked(file: string, mark: string): string {
  const ending = extname(file)
  return `${file.slice(0, file.length - ending.length)}${mark}${ending}`
}
