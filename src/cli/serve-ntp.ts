/** `lanework serve ntp`: the NTP server's own options, besides those of every service. */
import type { Command, OptionValues } from 'commander'

import type { NtpOptions, NtpRate } from '../services/time/index.ts'
import { choiceOption, integerOption } from './options.ts'

interface NtpFlags {
  localStratum?: number
  upstream?: string[]
  driftFile?: string
  allow?: string[]
  deny?: string[]
  denied?: 'drop' | 'kiss'
  rate?: NtpRate | true
  interleaved: boolean
}

/** Adds it to `serve`; `start` is given the flags of `serve`, and the options of the service. */
export function addServeNtp<Flags extends OptionValues>(
  serve: Command,
  start: (flags: Flags, options: NtpOptions) => Promise<void>,
): void {
  serve
    .command('ntp')
    .summary('an NTP server')
    .option('--local-stratum <n>', "trust this machine's own clock, at this stratum (1 to 15)", integerOption(1, 15))
    .option(
      '--upstream <host...>',
      "servers to correct the time by, HOST or HOST:PORT; the machine's clock stays as it is",
    )
    .option('--drift-file <path>', 'where the frequency of that clock outlives a restart')
    .option('--allow <network...>', 'who may ask, such as 192.0.2.0/24; all others may not')
    .option('--deny <network...>', 'who may not ask; the most specific network decides')
    .option('--denied <how>', 'what they get: drop (nothing) or kiss (DENY)', choiceOption(['drop', 'kiss']))
    .option('--rate [spec]', 'limit each source: interval=3,burst=8,leak=2,kiss=2 unless it says otherwise', parseRate)
    .option('--no-interleaved', 'basic mode only')
    .addHelpText(
      'before',
      'Example:\n  lanework serve ntp --listen udp://0.0.0.0:123 --upstream 192.0.2.1 192.0.2.2 --rate\n' +
        '  lanework serve ntp --listen udp://127.0.0.1:9123 --local-stratum 10\n',
    )
    .addHelpText('after', '\nBesides these it has the options of `lanework serve`: `lanework serve --help` lists them.')
    .action((flags: NtpFlags, command: Command) => start(command.optsWithGlobals<Flags>(), optionsOf(flags)))
}

function optionsOf({ interleaved, ...given }: NtpFlags): NtpOptions {
  return { ...given, ...(interleaved ? {} : { interleaved: false }) }
}

/** `interval=3,kiss=off` as `{ interval: 3, kiss: false }`; the service checks names and numbers. */
function parseRate(text: string): NtpRate {
  const pairs = text.split(',').map((part): [string, number | false] => {
    const [name = '', value = ''] = part.split('=')
    return [name, value === 'off' ? false : value.trim() === '' ? NaN : Number(value)]
  })
  return Object.fromEntries(pairs)
}
