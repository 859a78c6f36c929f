/** `lanework serve NAME|MODULE --listen URL ...`: one service on given addresses. */
import type { Command } from 'commander'

import { checkChoice, fail } from '../core/index.ts'
import { framingFlags, framingFromFlag } from '../framing/index.ts'
import { serve, type Limits, type Server } from '../server/index.ts'
import { builtInServices, findService } from './services.ts'
import { print, remark, run, type OutputOptions } from './output.ts'
import { integerOption } from './options.ts'
import { serveUntilSignal } from './signals.ts'

interface ServeFlags extends OutputOptions {
  listen: string[]
  framing?: string
  lanes: number
  laneKind: string
  connections?: number
  frameBytes?: number
  idleMs?: number
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .summary('run a service on addresses of your choice')
    .argument('<service>', `${builtInServices.map((each) => each.name).join(', ')}, or the path of a module`)
    .requiredOption('-l, --listen <url...>', 'addresses: udp://HOST:PORT, tcp://HOST:PORT, unix:PATH, unix-dgram:PATH')
    .option(
      '-f, --framing <form>',
      `how streams are cut into messages: ${framingFlags.map(([form]) => form).join(', ')}`,
    )
    .option('--lanes <n>', 'lanes that run the service (this version: 1)', integerOption(1, 1_024), 1)
    .option('--lane-kind <kind>', 'inline (this version); thread and process are to come', 'inline')
    .option('--connections <n>', 'open connections at most', integerOption(1, 1_000_000))
    .option('--frame-bytes <n>', 'longest message, in bytes', integerOption(1, 1_073_741_824))
    .option('--idle-ms <n>', 'close silent connections after this time; 0 for never', integerOption(0, 2 ** 31 - 1))
    .option('--json', 'one JSON value a line')
    .addHelpText(
      'before',
      'Example:\n  lanework serve upper --listen udp://127.0.0.1:9001 --listen tcp://127.0.0.1:9001\n',
    )
    .action((name: string, flags: ServeFlags) => run(flags, () => serveCommand(name, flags)))
}

async function serveCommand(name: string, flags: ServeFlags): Promise<void> {
  const laneKind = checkChoice('--lane-kind', flags.laneKind, ['inline', 'thread', 'process'])
  if (laneKind !== 'inline') {
    throw fail('UNSUPPORTED', { feature: `${laneKind} lanes`, reason: 'this version runs one inline lane' })
  }
  const service = await findService(name)
  const server = await serve(service, {
    listen: flags.listen,
    lanes: flags.lanes,
    laneKind,
    limits: limitsOf(flags),
    ...(flags.framing === undefined ? {} : { framing: framingFromFlag(flags.framing) }),
  })
  reportEvents(server)
  for (const address of server.addresses) print(flags, { listening: address }, `listening ${address}`)
  await serveUntilSignal([server])
}

function limitsOf(flags: ServeFlags): Partial<Limits> {
  return {
    ...(flags.connections === undefined ? {} : { connections: flags.connections }),
    ...(flags.frameBytes === undefined ? {} : { frameBytes: flags.frameBytes }),
    ...(flags.idleMs === undefined ? {} : { idleMs: flags.idleMs }),
  }
}

/** What an operator must know goes to stderr; one line each, the first of a kind only, so that a flood stays quiet. */
export function reportEvents(server: Server): void {
  const seen = new Set<string>()
  const once = (kind: string, text: string): void => {
    if (seen.has(kind)) return
    seen.add(kind)
    remark(`lanework: ${text} (said once; counted from now on)`)
  }
  server.on('handlerError', ({ error }) =>
    once('handlerError', `the handler failed: ${error instanceof Error ? error.stack : String(error)}`),
  )
  server.on('acceptPaused', ({ error, retryMs }) =>
    once('acceptPaused', `${error.message} Accepting goes on in ${retryMs} ms.`),
  )
  server.on('connectionRefused', ({ reason }) => once(reason, `a connection was refused: limits.${reason} is reached`))
}
