/** `lanework strftime FORMAT`: a time as text, as `date` has it, in any zone and language. */
import type { Command } from 'commander'

import { realTimeNs } from '../io/index.ts'
import { dialects, parseInstant, strftime, systemZone, zoneOf, type Dialect } from '../services/time/index.ts'
import { choiceOption } from './options.ts'
import { print, run, type OutputOptions } from './output.ts'

interface StrftimeFlags extends OutputOptions {
  at?: string
  zone?: string
  locale: string
  dialect: Dialect
  strict?: boolean
}

export function addStrftime(program: Command): void {
  program
    .command('strftime')
    .summary('a time as text, in any zone and language')
    .argument('<format>', "directives as for date, such as '%A, %e %B %Y, %H:%M:%S %Z'")
    .option('--at <instant>', '@SECONDS, 2026-11-21T12:00:00Z, or local time of the zone without an offset; else now')
    .option('--zone <zone>', "Europe/Berlin, UTC, +05:30, ...; else the system's")
    .option('--locale <locale>', 'C, or a language tag such as de or pt-BR', 'C')
    .option('--dialect <dialect>', dialects.join(', '), choiceOption(dialects), 'gnu-date')
    .option('--strict', 'refuse what looks like a directive and is none, instead of copying it')
    .option('--json', 'one JSON value a line')
    .addHelpText(
      'before',
      "Example:\n  lanework strftime '%A, %e %B %Y, %H:%M:%S %Z' --zone Asia/Tokyo\n" +
        "  lanework strftime '%FT%T.%3N%:z' --at @1700000000.5 --zone UTC\n",
    )
    .addHelpText('after', '\ndocs/strftime.md lists the directives.')
    .action((format: string, flags: StrftimeFlags) => run(flags, () => strftimeCommand(format, flags)))
}

async function strftimeCommand(format: string, flags: StrftimeFlags): Promise<void> {
  const { at, zone, locale, dialect, strict = false } = flags
  const timeZone = zone === undefined ? systemZone() : zoneOf(zone)
  const instant = at === undefined || at === 'now' ? realTimeNs() : parseInstant(at, timeZone, '--at')
  const text = strftime(format, instant, { timeZone, locale, dialect, strict })
  print(flags, { text, epochNanoseconds: String(instant), zone: timeZone.name }, text)
}
