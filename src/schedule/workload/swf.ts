/**
 * The Standard Workload Format of the Parallel Workloads Archive (Chapin and others: Benchmarks and Standards for the
 * Evaluation of Parallel Job Schedulers, 1999; version 2.2): 18 numbers a line, -1 for what is not known, comments and
 * header fields after a semicolon.
 *
 *    1 job number      5 processors used       9 requested time    13 group
 *    2 submitted (s)   6 CPU time of each     10 requested memory  14 executable
 *    3 waited          7 memory of each (KB)  11 status            15 queue
 *    4 ran             8 processors requested 12 user              16 partition   17 preceding job   18 think time
 */
import type { JobSpec } from '../machine/spec.ts'
import { parseNumber } from './burst-notation.ts'
import { checkSize, nameRegister, type Limits } from './limits.ts'
import { lineReader } from './lines.ts'
import { invalidAt } from './place.ts'
import type { Workload } from './workload.ts'

const fieldNames = [
  'job number',
  'submit time',
  'wait time',
  'run time',
  'processors used',
  'CPU time',
  'memory used',
  'processors requested',
  'time requested',
  'memory requested',
  'status',
  'user',
  'group',
  'executable',
  'queue',
  'partition',
  'preceding job',
  'think time',
]

/**
 * Reads a log piece by piece. A job is one CPU burst of its run time, as wide as the processors it asked for (or used),
 * with the requested time as its limit. Jobs that never ran (no run time, or no processors) are left out, which a note
 * says; what preceding jobs and memory would demand is not kept. Throws WORKLOAD_INVALID and WORKLOAD_TOO_LARGE.
 */
export function swfReader(file: string, limits: Limits): { push(chunk: string): void; end(): Workload } {
  const jobs: JobSpec[] = []
  const register = nameRegister(file)
  const header = new Map<string, string>()
  let leftOut = 0
  const lines = lineReader(file, limits, (text, line) => {
    const trimmed = text.trim()
    if (trimmed.startsWith(';')) return readHeader(trimmed, header)
    if (trimmed === '') return
    const job = jobFrom(numbersOf(text, file, line))
    if (job === undefined) leftOut++
    else {
      checkSize(file, line, 'jobs', jobs.length + 1, limits)
      register(job.name, line, 1)
      jobs.push(job)
    }
  })
  return {
    push: (chunk) => lines.push(chunk),
    end() {
      lines.end()
      const notes = leftOut === 0 ? [] : [`${leftOut} jobs are left out that never ran.`]
      const cpus = Number(header.get('MaxProcs') ?? header.get('MaxNodes'))
      const machine = Number.isSafeInteger(cpus) && cpus > 0 ? { cpus } : {}
      return { name: header.get('Computer') ?? file, jobs, machine, policies: [], notes }
    },
  }
}

function readHeader(text: string, header: Map<string, string>): void {
  const [, key, value] = /^;\s*(\w+):\s*(.*)$/.exec(text) ?? []
  if (key !== undefined && value !== undefined && header.size < 1_000 && !header.has(key)) header.set(key, value)
}

function numbersOf(text: string, file: string, line: number): number[] {
  const words = text.trim().split(/\s+/)
  if (words.length !== fieldNames.length)
    throw invalidAt({ file, line, column: 1 }, 'a job', `${fieldNames.length} numbers`, `${words.length} words`)
  return words.map((word, index) => {
    const value = parseNumber(word)
    if (value === undefined || value < -1)
      throw invalidAt(
        { file, line, column: columnOf(text, index) },
        fieldNames[index] ?? '',
        'a number, -1 or more',
        word,
      )
    return value
  })
}

function columnOf(text: string, index: number): number {
  return ([...text.matchAll(/\S+/g)][index]?.index ?? 0) + 1
}

function jobFrom(numbers: readonly number[]): JobSpec | undefined {
  const [id = 0, submit = -1, , run = -1, used = -1, , , requested = -1, limit = -1] = numbers
  const [user = -1, , executable = -1, queue = -1] = numbers.slice(11)
  const width = requested > 0 ? requested : used
  if (run < 0 || width < 1) return undefined
  return {
    name: `${id}`,
    arrival: Math.max(0, submit),
    bursts: [{ cpu: run }],
    width,
    ...(limit > 0 ? { limit } : {}),
    ...(user >= 0 ? { owner: `user ${user}` } : {}),
    ...(queue >= 0 ? { queue: `queue ${queue}` } : {}),
    ...(executable >= 0 ? { key: `program ${executable}` } : {}),
  }
}
