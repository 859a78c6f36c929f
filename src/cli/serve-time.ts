/** `lanework serve time`, `daytime` and `rfc868`: their own options, besides those of every service. */
import type { Command, OptionValues } from 'commander'

import {
  dialects,
  type DaytimeOptions,
  type Dialect,
  type FollowOptions,
  type Rfc868Options,
  type TimeOptions,
} from '../services/time/index.ts'
import { choiceOption, integerOption } from './options.ts'

interface TimeFlags extends FollowOptions {
  zone?: string
  locale?: string
  dialect?: Dialect
  answerBytes?: number
}

/** Adds them to `serve`; `start` is given the service's name, the flags of `serve`, and the options of the service. */
export function addServeTime<Flags extends OptionValues>(
  serve: Command,
  start: (name: string, flags: Flags, options: TimeOptions | DaytimeOptions | Rfc868Options) => Promise<void>,
): void {
  withPlace(serve.command('time').summary('formats (strftime) answered with the time'), 'of requests that name none')
    .option('--dialect <dialect>', dialects.join(', '), choiceOption(dialects))
    .option('--answer-bytes <n>', 'the longest answer', integerOption(32, 8_192))
    .addHelpText(
      'before',
      'Example:\n  lanework serve time --listen udp://127.0.0.1:9014 --listen tcp://127.0.0.1:9014 --zone Europe/Berlin\n',
    )
    .addHelpText('after', otherOptions)
    .action((flags: TimeFlags, command: Command) => start('time', command.optsWithGlobals<Flags>(), { ...flags }))
  withPlace(serve.command('daytime').summary('date and time in a line (RFC 867)'), 'of the line')
    .option('--format <format>', "of the line, directives as for date; else '%a %b %e %H:%M:%S %Y'")
    .addHelpText(
      'before',
      "Example:\n  lanework serve daytime --listen tcp://127.0.0.1:9013 --zone UTC --format '%F %T %Z'\n",
    )
    .addHelpText('after', otherOptions)
    .action((flags: DaytimeOptions, command: Command) =>
      start('daytime', command.optsWithGlobals<Flags>(), { ...flags }),
    )
  withUpstream(serve.command('rfc868').summary('seconds since 1900 in four bytes (RFC 868)'))
    .addHelpText('before', 'Example:\n  lanework serve rfc868 --listen tcp://127.0.0.1:9037 --upstream 192.0.2.1\n')
    .addHelpText('after', otherOptions)
    .action((flags: Rfc868Options, command: Command) => start('rfc868', command.optsWithGlobals<Flags>(), { ...flags }))
}

const otherOptions = '\nBesides these it has the options of `lanework serve`: `lanework serve --help` lists them.'

function withUpstream(command: Command): Command {
  return command
    .option('--upstream <host...>', "NTP servers to correct the time by; else it is this machine's")
    .option('--drift-file <path>', 'where the frequency of that clock outlives a restart')
}

function withPlace(command: Command, whose: string): Command {
  return withUpstream(command)
    .option('--zone <zone>', `the zone ${whose}: Europe/Berlin, UTC, +05:30, ...; else the system's`)
    .option('--locale <locale>', `the language ${whose}: de, pt-BR, ...; else C`)
}
