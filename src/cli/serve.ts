/** `lanework serve NAME|MODULE --listen URL ...`: one service on given addresses. */
import type { Command } from 'commander'

import { framingFlags, framingFromFlag } from '../framing/index.ts'
import {
  serve,
  type LaneKind,
  type ListenTarget,
  type QueuePolicy,
  type ServeOptions,
  type Spread,
} from '../server/index.ts'
import { holdReady, openControl, type ControlFlags } from './control.ts'
import { reportEvents } from './events.ts'
import { addLimitFlags, limitsOf, type LimitFlags } from './limit-flags.ts'
import { choiceOption, integerOption } from './options.ts'
import { print, run, type OutputOptions } from './output.ts'
import { addServeChat } from './serve-chat.ts'
import { addServeDns } from './serve-dns.ts'
import { addServeNtp } from './serve-ntp.ts'
import { addServeTime } from './serve-time.ts'
import { builtInServices, findSource } from './services.ts'
import { serveUntilSignal } from './signals.ts'

interface ServeFlags extends OutputOptions, LimitFlags, ControlFlags {
  listen: string[]
  framing?: string
  lanes: number
  laneKind?: LaneKind
  spread?: Spread
  standby?: number
  hangMs?: number
  memoryMib?: number
  maxRestarts?: number
  queuePolicy?: QueuePolicy
  origin?: string[]
  user?: string
  group?: string
}

export function addServe(program: Command): void {
  const command = program
    .command('serve')
    .summary('run a service on addresses of your choice')
    .argument('<service>', `${builtInServices.map((each) => each.name).join(', ')}, or the path of a module`)
    .requiredOption(
      '-l, --listen <url...>',
      'addresses: udp://HOST:PORT, tcp://HOST:PORT, ws://HOST:PORT/PATH, unix:PATH, unix-dgram:PATH',
    )
    .option(
      '-f, --framing <form>',
      `how streams are cut into messages: ${framingFlags.map(([form]) => form).join(', ')}`,
    )
    .option('--lanes <n>', 'lanes that run the service, each in a process of its own', integerOption(1, 1_024), 1)
    .option(
      '--lane-kind <kind>',
      'inline, thread or process (default: process for several lanes, else inline)',
      choiceOption(['inline', 'thread', 'process']),
    )
    .option(
      '--spread <how>',
      'how work comes to lanes: auto, source, round-robin, shared, least-connections',
      choiceOption(['auto', 'source', 'round-robin', 'shared', 'least-connections']),
    )
    .option('--standby <n>', 'lanes that stand by to step in for a dead one', integerOption(0, 64))
    .option('--hang-ms <n>', 'replace a lane whose event loop stands still so long', integerOption(1_000, 2 ** 31 - 1))
    .option('--memory-mib <n>', 'replace a lane that uses more memory', integerOption(1, 2 ** 30))
    .option('--max-restarts <n>', 'deaths of lanes within 10 s that end the server', integerOption(0, 1_000_000))
    .option('--user <name>', 'once all is bound, become this user; needs to be root')
    .option('--group <name>', "and this group; else the user's own")
    .option(
      '--queue-policy <how>',
      'when a peer does not read: disconnect, drop-oldest, wait',
      choiceOption(['disconnect', 'drop-oldest', 'wait']),
    )
  addLimitFlags(command)
    .option(
      '--origin <origin...>',
      "at ws:// addresses: pages of which browsers may connect, https://example.org or '*' (default: of the same host)",
    )
    .option('--state <dir>', 'folder of the control socket')
    .option('--control <path>', 'the control socket, instead of one in the folder')
    .option('--no-control', 'no control socket')
    .option('--json', 'one JSON value a line')
    .addHelpText(
      'before',
      'Example:\n  lanework serve upper --listen udp://127.0.0.1:9001 --listen tcp://127.0.0.1:9001\n' +
        '  lanework serve ./service.js --listen tcp://127.0.0.1:9001 --lanes 2\n',
    )
    .addHelpText(
      'after',
      '\nSignals: SIGTERM and SIGINT drain, a second one stops at once; SIGHUP reloads; SIGUSR2 upgrades. Closing the terminal drains.\n' +
        'Limits hold over all lanes together.',
    )
    .action((name: string, flags: ServeFlags) => run(flags, () => serveCommand(name, flags)))
  addServeChat(command, (flags: ServeFlags, options) => run(flags, () => serveCommand('chat', flags, options)))
  addServeDns(command, (flags: ServeFlags, options) => run(flags, () => serveCommand('dns', flags, options)))
  addServeNtp(command, (flags: ServeFlags, options) => run(flags, () => serveCommand('ntp', flags, options)))
  addServeTime(command, (name, flags: ServeFlags, options) => run(flags, () => serveCommand(name, flags, options)))
}

async function serveCommand(name: string, flags: ServeFlags, serviceOptions?: object): Promise<void> {
  await holdReady()
  const server = await serve(findSource(name, serviceOptions), optionsOf(flags))
  reportEvents(server)
  const ended = serveUntilSignal([server], openControl([server], flags, server.status().service))
  for (const address of server.addresses) print(flags, { listening: address }, `listening ${address}`)
  await ended
}

/** Several lanes need places of their own: processes, unless somebody wants threads. */
function laneKindOf({ lanes, laneKind }: ServeFlags): LaneKind {
  return laneKind ?? (lanes > 1 ? 'process' : 'inline')
}

function optionsOf(flags: ServeFlags): ServeOptions {
  const { listen, lanes, spread, queuePolicy, framing, user, group } = flags
  if (framing !== undefined) framingFromFlag(framing) // A wrong one is refused here, whatever kind of lane reads it.
  return {
    listen: listen.map((address) => targetOf(address, flags)),
    lanes,
    laneKind: laneKindOf(flags),
    limits: limitsOf(flags),
    supervision: supervisionOf(flags),
    ...(framing === undefined ? {} : { framing }),
    ...(spread === undefined ? {} : { spread }),
    ...(queuePolicy === undefined ? {} : { queuePolicy }),
    ...(user === undefined ? {} : { user }),
    ...(group === undefined ? {} : { group }),
  }
}

/** `irc://HOST:PORT` is a word for the service, with what carries it. Which pages may connect is said of WebSockets alone. */
function targetOf(address: string, { origin }: ServeFlags): string | ListenTarget {
  if (/^irc:/i.test(address)) return { address: `tcp:${address.slice(4)}`, protocol: 'irc' }
  if (origin === undefined || !/^ws:/i.test(address)) return address
  return { address, origins: origin.includes('*') ? '*' : origin }
}

function supervisionOf({
  hangMs,
  memoryMib,
  maxRestarts,
  standby,
}: ServeFlags): NonNullable<ServeOptions['supervision']> {
  return {
    ...(hangMs === undefined ? {} : { hangMs }),
    ...(memoryMib === undefined ? {} : { memoryBytes: memoryMib * 1_048_576 }),
    ...(maxRestarts === undefined ? {} : { restarts: maxRestarts }),
    ...(standby === undefined ? {} : { standby }),
  }
}
