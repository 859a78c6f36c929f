/** `lanework dns`: what one does with zones and names; each subcommand is loaded when it is called for. */
import type { Command } from 'commander'

import { integerOption } from '../options.ts'
import { run } from '../output.ts'
import type { CheckFlags } from './check.ts'
import type { ExplainFlags } from './explain.ts'
import type { FormatFlags } from './format.ts'
import type { QueryFlags } from './query.ts'
import type { StatusFlags } from './status.ts'

export function addDns(program: Command): void {
  const dns = program
    .command('dns')
    .summary('DNS: ask servers; check and format zone files')
    .addHelpText(
      'before',
      'Example:\n  lanework dns query example.com MX\n  lanework dns check example.zone --origin example.com\n',
    )
  addCheck(dns)
  addFormat(dns)
  addQuery(dns)
  addStatus(dns)
  addExplain(dns)
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

function addQuery(dns: Command): void {
  dns
    .command('query')
    .summary('ask a server, and show all that it says')
    .argument('<name>', 'a name, or an address, whose names are asked for')
    .argument('[type]', 'a record type, or TYPE and its number (default: A)')
    .option('--server <url...>', 'udp://HOST:PORT, tcp://HOST:PORT or HOST (default: those of /etc/resolv.conf)')
    .option('--tcp', 'ask over TCP')
    .option('--dnssec', 'ask for signatures and proofs too')
    .option('--no-recurse', 'what the server knows itself; it shall not ask others')
    .option('--timeout <ms>', 'longest wait for one server (default: 2000)', integerOption(1, 600_000))
    .option('--json', 'one JSON value')
    .addHelpText(
      'before',
      'Example:\n  lanework dns query www.example.lan --server udp://127.0.0.1:9053\n  lanework dns query example.com MX --json\n',
    )
    .addHelpText('after', '\nExit code 0: an answer came, whatever it says; 3: none in time; 4: nobody listens there.')
    .action((name: string, type: string | undefined, flags: QueryFlags) =>
      run(flags, async () => {
        const { queryCommand } = await import('./query.ts')
        await queryCommand(name, type, flags)
      }),
    )
}

function addStatus(dns: Command): void {
  dns
    .command('status')
    .summary('zones of a server that runs, what is wrong with them, and what it has answered')
    .argument('[server]', 'its name or pid (default: the one that serves dns)')
    .option('--state <dir>', 'folder of its control socket')
    .option('--control <path>', 'its control socket')
    .option('--limit <n>', 'most rows of each table', integerOption(1, 1_000_000), 50)
    .option('--json', 'one JSON value')
    .addHelpText('before', 'Example:\n  lanework dns status\n  lanework dns status --json\n')
    .action((server: string | undefined, flags: StatusFlags) =>
      run(flags, async () => {
        const { statusCommand } = await import('./status.ts')
        await statusCommand(server, flags)
      }),
    )
}

function addExplain(dns: Command): void {
  dns
    .command('explain')
    .summary('take a URL apart, and say who answers for its name and why')
    .argument('<url>', 'a URL, or a name')
    .option('--server <url...>', 'ask this server for each name from the root down')
    .option('--zone <file...>', 'say how these zone files answer')
    .option('--origin <name>', 'where relative names of the zone files begin')
    .option('--type <type>', 'the record type that is wanted (default: A)')
    .option('--timeout <ms>', 'longest wait for one server (default: 2000)', integerOption(1, 600_000))
    .option('--json', 'one JSON value')
    .addHelpText(
      'before',
      'Example:\n  lanework dns explain https://www.example.com/a?b#c\n  lanework dns explain ftp.example.lan --server udp://127.0.0.1:9053\n',
    )
    .addHelpText('after', '\nExit code 0: explained, whatever there is; 2: this is no URL; 3: the server is silent.')
    .action((url: string, flags: ExplainFlags) =>
      run(flags, async () => {
        const { explainCommand } = await import('./explain.ts')
        await explainCommand(url, flags)
      }),
    )
}
