/** Names and keys of jobs that were given none: from their command. Pure. */
import { basename } from 'node:path'

const shells = new Set(['sh', 'bash', 'dash', 'zsh', 'ksh'])

/**
 * The program's file name: `gzip`; of a line for a shell the first word that is no assignment.
 *
 * @example
 * nameOf(['sh', '-c', 'MODE=fast /usr/bin/make -j2 all']) // 'make'
 */
export function nameOf(argv: readonly string[]): string {
  const [program = ''] = wordsOf(argv)
  // Only digits would read as a job's number.
  const name = printable(basename(program)) || 'job'
  return /^\d+$/.test(name) ? `job-${name}` : name
}

/** The program's file name and its first word that is no option: `make all`, `python3 train.py`. */
export function keyOf(argv: readonly string[]): string {
  const [program = '', ...rest] = wordsOf(argv)
  const first = rest.find((word) => !word.startsWith('-'))
  return printable([basename(program) || program, ...(first === undefined ? [] : [first])].join(' ')) || 'job'
}

/** The name, or with the first number behind it that is free: `sleep`, `sleep-2`. Looks at some 2 log2(n) of n taken ones. */
export function freeName(name: string, taken: (name: string) => boolean): string {
  if (!taken(name)) return name
  const base = name.slice(0, 180)
  let [used, free] = [1, 2]
  while (taken(`${base}-${free}`)) [used, free] = [free, free * 2]
  while (free - used > 1) {
    const middle = (used + free) >> 1
    if (taken(`${base}-${middle}`)) used = middle
    else free = middle
  }
  return `${base}-${free}`
}

function wordsOf(argv: readonly string[]): readonly string[] {
  const [program = '', option, line = ''] = argv
  if (option !== '-c' || !shells.has(basename(program))) return argv
  const words = line.slice(0, 2_000).trim().split(/\s+/)
  const first = words.findIndex((word) => !/^\w+=/.test(word) && /[\w/]/.test(word))
  return first < 0 ? argv : words.slice(first)
}

/** Without control characters, and of a bearable length. */
function printable(text: string): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, 200)
}
