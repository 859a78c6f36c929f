/** How large a workload may be, so that a file of ten million lines ends in an error and not in a machine without memory. */
import { checkInteger, fail } from '../../core/index.ts'
import { invalidAt } from './place.ts'

export interface ReadOptions {
  /** Jobs in a workload; each takes about 300 bytes here, and more in a simulation. @default 1_000_000 */
  readonly jobs?: number | undefined
  /** Characters of a file that is read as a whole (JSON, TOML), and of one line of the others. @default 67_108_864 */
  readonly characters?: number | undefined
}

export interface Limits {
  readonly jobs: number
  readonly characters: number
}

export function limitsFrom({ jobs = 1_000_000, characters = 2 ** 26 }: ReadOptions): Limits {
  checkInteger('jobs', jobs, 1, 100_000_000)
  checkInteger('characters', characters, 1, 2 ** 29)
  return { jobs, characters }
}

/** Throws WORKLOAD_TOO_LARGE for more than the limit. */
export function checkSize(file: string, line: number, what: 'jobs' | 'characters', size: number, limits: Limits): void {
  const limit = limits[what]
  if (size > limit)
    throw fail('WORKLOAD_TOO_LARGE', { file, line, what: what === 'jobs' ? what : 'characters in one piece', limit })
}

/** Notices names that come twice. */
export function nameRegister(file: string): (name: string, line: number, column: number) => void {
  const lines = new Map<string, number>()
  return (name, line, column) => {
    const before = lines.get(name)
    if (before !== undefined)
      throw invalidAt({ file, line, column }, 'name', `unique (line ${before} has it too)`, name)
    lines.set(name, line)
  }
}
