/** `lanework serve chat`: the chat server's own options, besides those of every service. */
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'

import { InvalidArgumentError, type Command, type OptionValues } from 'commander'

import { fail, isLaneworkError } from '../core/index.ts'
import type { ChatLimits, ChatOptions, OperatorOption, RateRule } from '../services/chat/index.ts'
import { choiceOption, integerOption } from './options.ts'
import { run, type OutputOptions } from './output.ts'

interface ChatFlags {
  room?: string
  name?: string
  network?: string
  motd?: string
  open?: boolean
  history?: string
  historyDays?: number
  historyMessages?: number
  historyMegabytes?: number
  textBytes?: number
  members?: number
  register?: boolean
  operator?: OperatorOption[]
  limit?: RateRule | 'none'
  limitAddress?: RateRule | 'none'
  limitRoom?: RateRule | 'none'
  limitAction?: ChatLimits['action']
  muteSeconds?: number
  udpIdleSeconds?: number
}

/** Adds it to `serve`; `start` is given the flags of `serve`, and the options of the service. */
export function addServeChat<Flags extends OptionValues>(
  serve: Command,
  start: (flags: Flags, options: ChatOptions) => Promise<void>,
): void {
  serve
    .command('chat')
    .summary('chat rooms over UDP, TCP lines, WebSocket with a page, and IRC')
    .option('--room <name>', 'the room that UDP and TCP members are in from the start (#lobby)')
    .option('--history <where>', 'none, memory, or a folder on the disk (memory)')
    .option('--history-days <n>', 'how long messages are kept (7)', integerOption(1, 36_500))
    .option('--history-messages <n>', 'how many are kept of a room (10000)', integerOption(1, 10_000_000))
    .option(
      '--history-megabytes <n>',
      'how much is kept in all, in MiB (256; in a folder 4096)',
      integerOption(1, 16_777_216),
    )
    .option(
      '--open',
      'from anywhere, UDP members join with their first datagram: only where addresses cannot be forged',
    )
    .option('--udp-idle-seconds <n>', 'silent UDP members have left after so long (300)', integerOption(1, 86_400))
    .option(
      '--limit <rate>',
      "one member's messages: 10/10s (10 within 10 s), 1/s+5 (1 a second, 5 at once), none",
      rate,
    )
    .option('--limit-address <rate>', 'those of one address (50/10s)', rate)
    .option('--limit-room <rate>', 'those of a room (100/1s)', rate)
    .option('--limit-action <what>', 'beyond it: delay, drop, mute, disconnect (drop)', choiceOption(actions))
    .option('--mute-seconds <n>', 'how long a mute lasts (30)', integerOption(1, 86_400))
    .option('--text-bytes <n>', 'longest message (2000)', integerOption(64, 8_000))
    .option('--members <n>', 'members at most (10000)', integerOption(1, 1_000_000))
    .option('--name <name>', "the server's name in IRC (chat.lanework)")
    .option('--network <name>', "the network's name in IRC (lanework)")
    .option('--motd <file>', 'what IRC members are shown when they come')
    .option('--operator <name=password...>', 'operators; the password as `lanework chat password` prints it', operator)
    .option('--register', 'members may make accounts themselves')
    .addHelpText(
      'before',
      'Example:\n  lanework serve chat --listen udp://127.0.0.1:9060 --listen tcp://127.0.0.1:9060 \\\n' +
        '    --listen ws://127.0.0.1:9080/chat --listen irc://127.0.0.1:9667 --history ./rooms\n',
    )
    .addHelpText(
      'after',
      '\nAt tcp:// it speaks plain lines (`nc` will do), at irc:// IRC, at ws:// it serves the page. `lanework chat` has accounts and status.\n' +
        'Besides these it has the options of `lanework serve`: `lanework serve --help` lists them.',
    )
    .action((flags: ChatFlags, own: Command) =>
      run(own.optsWithGlobals<OutputOptions>(), async () => start(own.optsWithGlobals<Flags>(), optionsOf(flags))),
    )
}

const longestMotdBytes = 65_536
const actions = ['delay', 'drop', 'mute', 'disconnect'] as const

function optionsOf(flags: ChatFlags): ChatOptions {
  const {
    history,
    motd,
    operator: operators,
    limit,
    limitAddress,
    limitRoom,
    limitAction,
    muteSeconds,
    ...rest
  } = flags
  const limits: ChatLimits = {
    ...(limit === undefined ? {} : { peer: limit }),
    ...(limitAddress === undefined ? {} : { address: limitAddress }),
    ...(limitRoom === undefined ? {} : { room: limitRoom }),
    ...(limitAction === undefined ? {} : { action: limitAction }),
    ...(muteSeconds === undefined ? {} : { muteSeconds }),
  }
  return {
    ...(Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as ChatOptions),
    ...(history === undefined ? {} : { history: historyOf(history) }),
    ...(motd === undefined ? {} : { motd: motdOf(motd) }),
    ...(operators === undefined ? {} : { operators }),
    ...(Object.keys(limits).length === 0 ? {} : { limits }),
  }
}

function historyOf(where: string): NonNullable<ChatOptions['history']> {
  return where === 'none' || where === 'memory' ? where : { folder: resolve(where) }
}

function motdOf(path: string): string {
  const refuse = (got: string, cause?: unknown): never => {
    throw fail('OPTION_INVALID', { option: '--motd', rule: 'a file of UTF-8 text', got: `${path}: ${got}` }, { cause })
  }
  try {
    const { size } = statSync(path)
    if (size > longestMotdBytes) return refuse(`${size} bytes, where ${longestMotdBytes} are the most`)
    const text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path))
    if (text.includes('\0')) return refuse('bytes that are no text')
    return text.replaceAll('\r', '').trimEnd()
  } catch (error) {
    if (error instanceof TypeError) return refuse('bytes that are no UTF-8', error)
    if (isLaneworkError(error)) throw error
    return refuse((error as NodeJS.ErrnoException).code ?? 'unreadable', error)
  }
}

/** `10/10s`, `1/s+5`, `none`. */
function rate(text: string): RateRule | 'none' {
  if (text === 'none') return text
  const [, count, seconds, burst] = /^(\d+(?:\.\d+)?)\/(\d+(?:\.\d+)?)?s(?:\+(\d+))?$/.exec(text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It must be like 10/10s, 1/s+5, or none.')
  if (burst === undefined) return { messages: Number(count), seconds: Number(seconds ?? 1) }
  return { perSecond: Number(count) / Number(seconds ?? 1), burst: Number(burst) }
}

function operator(text: string, before: OperatorOption[] = []): OperatorOption[] {
  const [, name, password] = /^([^=\s]+)=(.+)$/.exec(text) ?? []
  if (name === undefined || password === undefined) throw new InvalidArgumentError('It must be NAME=PASSWORD.')
  return [...before, { name, password }]
}
