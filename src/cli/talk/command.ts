/** `lanework talk URL`: a client for messages, on a terminal or in a pipe. */
import type { Command } from 'commander'

import { framingFlags, framingFromFlag } from '../../framing/index.ts'
import { parseAddress, resolveAddress } from '../../io/index.ts'
import { integerOption } from '../options.ts'
import { remark, run, type OutputOptions } from '../output.ts'
import { openInput } from './input.ts'
import { openLink } from './link.ts'
import { Session } from './session.ts'

interface TalkFlags extends OutputOptions {
  framing: string
  wait: number
  hex?: boolean
  raw?: boolean
  verbose?: boolean
  frameBytes: number
  room?: boolean
  nick?: string
}

export function addTalk(program: Command): void {
  program
    .command('talk')
    .summary('send messages to a server and see its replies')
    .argument('<url>', 'udp://HOST:PORT, tcp://HOST:PORT, ws://HOST:PORT/PATH, unix:PATH or unix-dgram:PATH')
    .option('-f, --framing <form>', `for streams: ${framingFlags.map(([form]) => form).join(', ')}`, 'lines')
    .option(
      '-w, --wait <ms>',
      'how long silence lasts until nobody is thought to answer',
      integerOption(1, 3_600_000),
      1_000,
    )
    .option('--room', 'be a member of a chat room there: names in colours, what comes above what you type, /help')
    .option('--nick <name>', 'with --room: your name; on a terminal another one where it is taken')
    .option('--hex', 'show messages as hex')
    .option('--raw', 'on a terminal: keep blanks around lines, and send empty lines')
    .option('--verbose', 'show sender and round-trip time (always on a terminal)')
    .option('--frame-bytes <n>', 'longest message accepted, in bytes', integerOption(1, 1_073_741_824), 1_048_576)
    .option('--json', 'one JSON value a line')
    .addHelpText(
      'before',
      "Example:\n  lanework talk udp://127.0.0.1:9001\n  printf 'a\\nb\\n' | lanework talk tcp://127.0.0.1:9001\n" +
        '  lanework talk --room udp://127.0.0.1:9060 --nick alice\n',
    )
    .addHelpText(
      'after',
      '\nEach line is a message. A pipe ends by itself: over UDP and WebSockets after as many\nreplies as messages, over streams when the server has finished, or after --wait without a sign.',
    )
    .action((url: string, flags: TalkFlags) =>
      run(flags, async () => {
        if (flags.room !== true) return talkCommand(url, flags)
        const { roomCommand } = await import('./room.ts')
        return roomCommand(url, flags)
      }),
    )
}

async function talkCommand(url: string, flags: TalkFlags): Promise<void> {
  const address = await resolveAddress(parseAddress(url))
  const framing = framingFromFlag(flags.framing)
  const interactive = process.stdin.isTTY === true
  const show = {
    json: flags.json === true,
    hex: flags.hex === true,
    verbose: flags.verbose === true || (process.stdout.isTTY === true && flags.json !== true),
  }
  if (interactive) remark(`Talking to ${url}. Type a line to send it; Ctrl-D ends.`)
  const session = new Session(
    { ...show, address, interactive, waitMs: flags.wait },
    openInput({ raw: flags.raw === true }),
  )
  process.exitCode = await session.run((events) => openLink(address, framing, flags.frameBytes, events))
}
