/** `lanework serve dns`: the DNS server's own options, besides those of every service. */
import { resolve } from 'node:path'

import type { Command, OptionValues } from 'commander'

import type { DnsOptions, ZoneFile } from '../services/dns/index.ts'
import { integerOption } from './options.ts'

interface DnsFlags {
  zone?: string[]
  udpBytes?: number
  nsid?: string
}

/** Adds it to `serve`; `start` is given the flags of `serve`, and the options of the service. */
export function addServeDns<Flags extends OptionValues>(
  serve: Command,
  start: (flags: Flags, options: DnsOptions) => Promise<void>,
): void {
  serve
    .command('dns')
    .summary('an authoritative DNS server')
    .option('--zone <file...>', 'zone files, or NAME=FILE where the file does not name its zone')
    .option('--udp-bytes <n>', 'largest answer over UDP (1232)', integerOption(512, 4096))
    .option('--nsid <text>', "this server's name, for who asks for it")
    .addHelpText(
      'before',
      'Example:\n  lanework serve dns --zone example.zone --listen udp://127.0.0.1:9053 --listen tcp://127.0.0.1:9053\n',
    )
    .addHelpText(
      'after',
      '\nWithout --zone it serves an example zone, example.lan.\nBesides these it has the options of `lanework serve`: `lanework serve --help` lists them.',
    )
    .action((flags: DnsFlags, command: Command) => start(command.optsWithGlobals<Flags>(), optionsOf(flags)))
}

function optionsOf({ zone, ...given }: DnsFlags): DnsOptions {
  return { ...given, ...(zone === undefined ? {} : { zones: zone.map(zoneOf) }) }
}

/** `example.=zones/example`, or a path alone. */
function zoneOf(text: string): ZoneFile {
  const [, origin, file] = /^([^=/]+)=(.+)$/.exec(text) ?? []
  if (origin === undefined || file === undefined) return { file: resolve(text) }
  return { origin: origin.endsWith('.') ? origin : `${origin}.`, file: resolve(file) }
}
