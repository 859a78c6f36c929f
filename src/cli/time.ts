/** `lanework time URL [FORMAT]`: what time is it there? Asks a format service. */
import { isUtf8 } from 'node:buffer'

import type { Command } from 'commander'

import { askTime, type AskTimeOptions } from '../services/time/index.ts'
import { integerOption } from './options.ts'
import { escapeControls, print, run, type OutputOptions } from './output.ts'

interface TimeFlags extends OutputOptions {
  zone?: string
  locale?: string
  wait: number
}

export function addTime(program: Command): void {
  program
    .command('time')
    .summary('ask a format service (`serve time`) for its time')
    .argument('<url>', 'udp://HOST:PORT, tcp://HOST:PORT, unix:PATH or unix-dgram:PATH')
    .argument('[format]', 'directives as for date', '%a %b %e %H:%M:%S %Z %Y')
    .option('--zone <zone>', "the time there: Europe/Berlin, UTC, +05:30, ...; else in the server's zone")
    .option('--locale <locale>', "the language: de, pt-BR, ...; else the server's")
    .option(
      '-w, --wait <ms>',
      'how long to wait for an answer; over UDP three times',
      integerOption(1, 3_600_000),
      1_000,
    )
    .option('--json', 'one JSON value a line')
    .addHelpText(
      'before',
      "Example:\n  lanework time udp://127.0.0.1:9014\n  lanework time tcp://127.0.0.1:9014 '%A, %H:%M' --zone Asia/Tokyo --locale ja\n",
    )
    .action((url: string, format: string, flags: TimeFlags) => run(flags, () => timeCommand(url, format, flags)))
}

async function timeCommand(url: string, format: string, flags: TimeFlags): Promise<void> {
  const { zone, locale, wait } = flags
  const options: AskTimeOptions = {
    timeoutMs: wait,
    ...(zone === undefined ? {} : { zone }),
    ...(locale === undefined ? {} : { locale }),
  }
  const answer = await askTime(url, format, options)
  const text = isUtf8(answer) ? answer.toString() : answer.toString('latin1')
  print(
    flags,
    isUtf8(answer) ? { text } : { base64: answer.toString('base64') },
    process.stdout.isTTY ? escapeControls(text) : text,
  )
}
