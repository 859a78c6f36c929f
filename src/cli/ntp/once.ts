/** `lanework ntp HOST...` without --watch: a few questions to each server, then a table and what they say together. */
import { isLaneworkError } from '../../core/index.ts'
import { measure, type Measurement } from '../../services/time/index.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import { print, remark } from '../output.ts'
import { terminalOf, wrapText } from '../terminal.ts'
import type { NtpFlags } from './command.ts'
import { measurementTable, measurementValue, verdictText } from './view.ts'

export async function onceCommand(servers: readonly string[], flags: NtpFlags): Promise<void> {
  const { samples, timeoutMs, ntpVersion: version, atLeast } = flags
  const leaving = new AbortController()
  const leave = (): void => leaving.abort()
  process.once('SIGINT', leave)
  if (process.stderr.isTTY && flags.json !== true)
    remark(`asking ${servers.length === 1 ? 'it' : 'them'} ${samples} times ...`)
  try {
    const { signal } = leaving
    const measurement = await measure(servers, { samples, timeoutMs, version, atLeast, signal })
    const { columns } = terminalOf(flags)
    const text = `${measurementTable(measurement)}\n\n${wrapText(verdictText(measurement), columns)}`
    print(flags, measurementValue(measurement), text)
    process.exitCode = exitCodeFor(measurement)
  } finally {
    process.off('SIGINT', leave)
  }
}

/** 0 where servers agree; else what went wrong with all of them, or 1 where they differ. */
export function exitCodeFor({ servers, combined }: Measurement): number {
  if (combined !== undefined) return exitCodes.ok
  const silent = servers.filter(({ verdict }) => verdict === 'silent')
  if (silent.length < servers.length) return exitCodes.failed
  const codes = new Set(silent.map(({ error }) => (isLaneworkError(error) ? exitCodeOf(error.code) : exitCodes.failed)))
  const [only] = codes
  if (codes.size === 1 && only !== undefined) return only
  return codes.has(exitCodes.noAnswer) ? exitCodes.noAnswer : exitCodes.failed
}
