/** `lanework dns check ZONE`: problems of its syntax, or, where there are none, findings about the zone as a whole. */
import { isLaneworkError } from '../../core/index.ts'
import { checkZone, formatName, parseName, type ZoneCheck, type ZoneProblem } from '../../services/dns/index.ts'
import { exitCodes } from '../exit-codes.ts'
import { escapeControls, print, type OutputOptions } from '../output.ts'
import { absolute, openZone } from './zone-input.ts'

export interface CheckFlags extends OutputOptions {
  readonly origin?: string
  readonly limit?: number
}

/** A finding as it is shown; with a column where syntax is the matter. */
interface Shown {
  readonly severity: 'error' | 'warning'
  readonly rule: string
  readonly name?: string
  readonly reason: string
  readonly file?: string
  readonly line?: number
  readonly column?: number
}

export function checkCommand(path: string, flags: CheckFlags): void {
  try {
    const { records } = openZone(path, flags.origin)
    const origin = flags.origin === undefined ? {} : { origin: parseName(absolute(flags.origin)) }
    const check = checkZone(records, { ...origin, ...(flags.limit === undefined ? {} : { limit: flags.limit }) })
    showCheck(check, flags)
  } catch (error) {
    if (!isLaneworkError(error, 'ZONE_INVALID')) throw error
    const problems = [error.detail, ...error.detail.others]
    const shown = problems.slice(0, flags.limit).map(syntaxFinding)
    show(flags, { errors: problems.length, warnings: 0 }, shown, countsText(problems.length, 0))
  }
}

function syntaxFinding({ file, line, column, reason }: ZoneProblem): Shown {
  return { severity: 'error', rule: 'syntax', reason, file, line, column }
}

function showCheck(check: ZoneCheck, flags: CheckFlags): void {
  const { errors, warnings, findings } = check
  const [origin, records] = [formatName(check.origin), check.records]
  const hidden = errors + warnings - findings.length
  const rest = hidden > 0 ? `; ${hidden} of them are not shown (--limit)` : ''
  const text = `${origin} ${records} records: ${countsText(errors, warnings)}${rest}`
  show(flags, { origin, records, errors, warnings }, findings, text)
}

interface Counts {
  readonly origin?: string
  readonly records?: number
  readonly errors: number
  readonly warnings: number
}

function show(flags: CheckFlags, counts: Counts, findings: readonly Shown[], summary: string): void {
  if (counts.errors > 0) process.exitCode = exitCodes.failed
  print(flags, { ...counts, findings }, [...findings.map(findingText), summary].join('\n'))
}

function findingText({ severity, rule, name, reason, file, line, column }: Shown): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  const about = name === undefined ? '' : `${name} `
  return escapeControls(`${place === '' ? '' : `${place}: `}${severity}: ${about}${reason} (${rule})`)
}

function countsText(errors: number, warnings: number): string {
  if (errors + warnings === 0) return 'nothing is wrong'
  return `${errors} ${errors === 1 ? 'error' : 'errors'}, ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`
}
