/** Reads a workload in any format, told apart by the ending of its file, or else by how it begins. */
import { csvReader } from './csv.ts'
import { workloadFromJson } from './json.ts'
import { checkSize, limitsFrom, type Limits, type ReadOptions } from './limits.ts'
import { swfReader } from './swf.ts'
import { workloadFromToml } from './toml.ts'
import type { Workload } from './workload.ts'

export type WorkloadFormat = 'json' | 'toml' | 'csv' | 'swf'

/** Takes a file in pieces, for those that should not be in memory as a whole. */
export interface WorkloadReader {
  push(chunk: string): void
  /** The workload; throws as `readWorkload` does. */
  end(): Workload
}

/**
 * The workload that a text holds: JSON, TOML, CSV, or a log in the Standard Workload Format. `file` is for messages, and
 * its ending names the format. Throws WORKLOAD_INVALID with file, line and column; WORKLOAD_TOO_LARGE for more jobs or
 * characters than `options` allow; OPTION_INVALID for options that make no sense.
 *
 * @example
 * readWorkload('name,arrival,burst\nA,0,3\n', 'lab.csv').jobs // [{ name: 'A', arrival: 0, bursts: [{ cpu: 3 }] }]
 */
export function readWorkload(text: string, file: string, options: ReadOptions = {}): Workload {
  const reader = readerOf(formatOf(text, file), file, limitsFrom(options))
  reader.push(text)
  return reader.end()
}

/**
 * Reads piece by piece: tables and logs keep no more than their jobs, JSON and TOML are collected up to the limit of
 * characters. Stops with WORKLOAD_TOO_LARGE as soon as a limit is passed, before the rest is read.
 */
export function workloadReader(file: string, options: ReadOptions = {}): WorkloadReader {
  const limits = limitsFrom(options)
  let reader: WorkloadReader | undefined
  let start = ''
  const begin = (): WorkloadReader => {
    const begun = readerOf(formatOf(start, file), file, limits)
    begun.push(start)
    start = ''
    return begun
  }
  return {
    push(chunk) {
      if (reader !== undefined) return reader.push(chunk)
      start += chunk
      // How a text begins can be told from its first line.
      if (start.length > 4_096 || /\S[^\n]*\n/.test(start)) reader = begin()
    },
    end: () => (reader ?? begin()).end(),
  }
}

/** The format by the ending `.json`, `.toml`, `.csv` or `.swf`; by its beginning for any other file. */
export function formatOf(text: string, file: string): WorkloadFormat {
  const ending = /\.(json|toml|csv|swf)$/i.exec(file)?.[1]?.toLowerCase()
  if (ending !== undefined) return ending as WorkloadFormat
  const beginning = text
    .slice(0, 4_096)
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (/^(\{|\[\s*(\{|\]|\n|$))/.test(beginning)) return 'json'
  if (/^(;|-?\d[\d.]*([ \t]+-?[\d.]+){17})/.test(beginning)) return 'swf'
  if (/^(\[\[?\s*[\w"]|[\w"-]+\s*=|#)/.test(beginning) && !/^#[^\n]*\n[^\n=[]*,/.test(beginning)) return 'toml'
  return 'csv'
}

function readerOf(format: WorkloadFormat, file: string, limits: Limits): WorkloadReader {
  if (format === 'csv') return csvReader(file, limits)
  if (format === 'swf') return swfReader(file, limits)
  const read = format === 'json' ? workloadFromJson : workloadFromToml
  const chunks: string[] = []
  let length = 0
  return {
    push(chunk) {
      length += chunk.length
      checkSize(file, 1, 'characters', length, limits)
      chunks.push(chunk)
    },
    end: () => read(chunks.join(''), file, limits),
  }
}
