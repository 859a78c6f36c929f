/** Names and keys of jobs that were given none: from their command. Pure. */
import { createHash } from 'node:crypto'
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

/**
 * The program's file name and its first word that is no option: `make all`, `python3 train.py`; of a line for a shell with several
 * commands in it the line itself, as its first words tell little of how long it takes.
 */
export function keyOf(argv: readonly string[]): string {
  const line = shellLine(argv)
  if (line !== undefined && isCompound(line)) return shortened(printable(line, Infinity))
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

/** What `sh -c` and its like are given; undefined for other programs. */
function shellLine([program = '', option, line]: readonly string[]): string | undefined {
  return option === '-c' && shells.has(basename(program)) ? line : undefined
}

/** Words by which a shell begins a command of several (https://pubs.opengroup.org/onlinepubs/9799919799/utilities/V3_chap02.html). */
const compound = /^\s*(if|while|until|for|case|trap|\{|\(|!)(\s|$)/

function isCompound(line: string): boolean {
  return /[;|&\n]/.test(line) || compound.test(line)
}

function wordsOf(argv: readonly string[]): readonly string[] {
  const line = shellLine(argv)
  if (line === undefined || compound.test(line)) return argv
  const words = line.slice(0, 2_000).trim().split(/\s+/)
  const first = words.findIndex((word) => !/^\w+=/.test(word) && /[\w/]/.test(word))
  const command = words.slice(first)
  return first < 0 || compound.test(command.join(' ')) ? argv : command.map((word) => word.replace(/[;|&]+$/, ''))
}

/** A long text keeps its beginning, and what tells it from others that begin so. */
function shortened(text: string): string {
  if (text.length <= 200) return text
  return `${text.slice(0, 180)} ${createHash('sha256').update(text).digest('hex').slice(0, 16)}`
}

/** Without control characters, and of a bearable length. */
function printable(text: string, most = 200): string {
  return text
    .replace(/\p{Cc}+/gu, ' ')
    .trim()
    .slice(0, most)
}
