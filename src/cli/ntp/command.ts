/** `lanework ntp HOST...`, with its options; what it does is loaded when it is called for. */
import type { Command } from 'commander'

import { integerOption } from '../options.ts'
import { run, type OutputOptions } from '../output.ts'

export interface NtpFlags extends OutputOptions {
  readonly samples: number
  readonly timeoutMs: number
  readonly ntpVersion: number
  readonly atLeast: number
  readonly watch?: boolean
  readonly count?: number
  readonly minPoll?: number
  readonly maxPoll?: number
  readonly width?: number
}

export function addNtp(program: Command): void {
  program
    .command('ntp')
    .summary("measure this machine's clock against time servers, without touching it")
    .argument('<server...>', 'HOST, HOST:PORT or udp://HOST:PORT; four find one that lies')
    .option('--samples <n>', 'questions to each server, 2 s apart (to loopback 0.1 s)', integerOption(1, 64), 4)
    .option('--timeout-ms <n>', 'wait so long for an answer', integerOption(1, 60_000), 2_000)
    .option('--ntp-version <n>', 'version of the requests, 1 to 4', integerOption(1, 4), 4)
    .option('--at-least <n>', 'so many servers must agree', integerOption(1, 64), 1)
    .option('--watch', 'go on measuring until Ctrl-C: a plot on a terminal, else a line for each answer')
    .option('--count <n>', 'with --watch: end after so many answers', integerOption(1, 1_000_000))
    .option('--min-poll <n>', 'with --watch: ask at most every 2^n seconds after the start', integerOption(1, 17))
    .option('--max-poll <n>', 'with --watch: ask at least every 2^n seconds', integerOption(1, 17))
    .option('--width <n>', "columns, instead of the terminal's", integerOption(40, 400))
    .option('--json', 'one JSON value; with --watch one for each answer')
    .addHelpText(
      'before',
      'Example:\n  lanework ntp 127.0.0.1:9123\n  lanework ntp ntp1.example.org ntp2.example.org --watch\n',
    )
    .addHelpText(
      'after',
      '\nEnds with 0 if servers agree on the time, 3 if none answered, 1 if those that did cannot be believed.\n' +
        'Use servers that you may use: those of your network, or of a pool for your country or vendor.',
    )
    .action((servers: string[], flags: NtpFlags) =>
      run(flags, async () => {
        if (flags.watch === true) {
          const { watchCommand } = await import('./watch.ts')
          await watchCommand(servers, flags)
        } else {
          const { onceCommand } = await import('./once.ts')
          await onceCommand(servers, flags)
        }
      }),
    )
}
