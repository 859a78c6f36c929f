/** `lanework dns`: what one does with zones and names; each subcommand is loaded when it is called for. */
import type { Command } from 'commander'

import { integerOption } from '../options.ts'
import { run } from '../output.ts'
import type { CheckFlags } from './check.ts'
import type { FormatFlags } from './format.ts'

export function addDns(program: Command): void {
  const dns = program
    .command('dns')
    .summary('zone files of DNS: check and format them')
    .addHelpText('before', 'Example:\n  lanework dns check example.zone --origin example.com\n')
  addCheck(dns)
  addFormat(dns)
}

function addCheck(dns: Command): void {
  dns
    .command('check')
    .summary('say what is wrong with a zone file, with line and column')
    .argument('<zone>', 'the file, or - for stdin')
    .option('--origin <name>', 'where relative names begin, and the name of the zone')
    .option('--limit <n>', 'most findings to show', integerOption(1, 1_000_000))
    .option('--json', 'one JSON value')
    .addHelpText(
      'before',
      'Example:\n  lanework dns check example.zone\n  lanework dns check db.example --origin example.com --json\n',
    )
    .addHelpText('after', '\nExit code 0: no errors, warnings perhaps; 1: errors; 2: there is no such file.')
    .action((path: string, flags: CheckFlags) =>
      run(flags, async () => {
        const { checkCommand } = await import('./check.ts')
        checkCommand(path, flags)
      }),
    )
}

function addFormat(dns: Command): void {
  dns
    .command('format')
    .summary('print a zone file in canonical order, a record a line')
    .argument('<zone>', 'the file, or - for stdin')
    .option('--origin <name>', 'where relative names begin')
    .option('--relative', 'names relative to the zone, behind $ORIGIN')
    .option('--json', 'one JSON value a record')
    .addHelpText('before', 'Example:\n  lanework dns format example.zone --relative\n')
    .addHelpText('after', '\nExit code 0: printed; 1: the file is no zone; 2: there is no such file.')
    .action((path: string, flags: FormatFlags) =>
      run(flags, async () => {
        const { formatCommand } = await import('./format.ts')
        await formatCommand(path, flags)
      }),
    )
}
