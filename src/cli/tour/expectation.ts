/** Compares what an example printed with what its row expects, line by line. Pure. */
import type { ExpectedLine } from './row.ts'

/** One line of the comparison; a missing line has no `observed`, a line too many no `expected`. */
export interface ComparedLine {
  readonly expected: string | undefined
  readonly observed: string | undefined
  readonly matched: boolean
}

/** Lines must come in the order expected, all of them, and no others. */
export function compareLines(
  expected: readonly ExpectedLine[],
  observed: readonly string[],
  network: 'native' | 'node',
): ComparedLine[] {
  return Array.from({ length: Math.max(expected.length, observed.length) }, (_, index) => {
    const line = expected[index]
    const wanted = typeof line === 'object' ? line[network] : line
    const got = observed[index]
    return {
      expected: wanted,
      observed: got,
      matched: wanted !== undefined && got !== undefined && lineMatches(wanted, got),
    }
  })
}

const placeholders: Record<string, string> = { '<number>': '\\d+', '<text>': '.+' }

function lineMatches(expected: string, observed: string): boolean {
  const pattern = expected
    .split(/(<number>|<text>)/)
    .map((part) => placeholders[part] ?? part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('')
  return new RegExp(`^${pattern}$`).test(observed)
}
