/** GNU date as an oracle: many instants and many formats in one process, in any zone, under LC_ALL=C. */
import { spawnSync } from 'node:child_process'

/** Why it cannot be asked. */
export const unlessGnuDate: string | false = isGnuDate() ? false : 'there is no date of GNU coreutils'

function isGnuDate(): boolean {
  const { stdout, status } = spawnSync('date', ['--version'], { encoding: 'utf8' })
  return status === 0 && stdout.includes('GNU coreutils')
}

/** Neither is part of a format or an answer. */
const betweenFormats = '\u001e'
const betweenInstants = '\u001d'

/** What `date` makes of each instant in each format: a row for each instant. */
export function askDate(zone: string, formats: readonly string[], instants: readonly bigint[]): string[][] {
  const format = `+${formats.join(betweenFormats)}${betweenInstants}`
  const { stdout, stderr, status } = spawnSync('date', ['--file=-', format], {
    input: instants.map(atSign).join('\n'),
    encoding: 'latin1',
    env: { PATH: process.env['PATH'], LC_ALL: 'C', TZ: zone },
    maxBuffer: 256 * 1_048_576,
  })
  if (status !== 0) throw new Error(`date failed in ${zone}: ${stderr.slice(0, 400)}`)
  const rows = stdout.split(`${betweenInstants}\n`)
  rows.pop()
  return rows.map((row) => row.split(betweenFormats))
}

/** The same of one format alone, to its very end. */
export function askDateOnce(format: string, instant: bigint): string {
  const words = ['--utc', `--date=${atSign(instant)}`, `+${format}`]
  const { stdout } = spawnSync('date', words, { encoding: 'utf8', env: { PATH: process.env['PATH'], LC_ALL: 'C' } })
  return stdout.slice(0, -1)
}

/** `@-1.5` is half a second before `@-1`, as date reads it. */
function atSign(ns: bigint): string {
  const size = ns < 0n ? -ns : ns
  return `@${ns < 0n ? '-' : ''}${size / 1_000_000_000n}.${String(size % 1_000_000_000n).padStart(9, '0')}`
}
