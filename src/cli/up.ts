/** `lanework up`: every service of lanework on loopback, with a line to copy for each, until Ctrl-C. */
import { join, relative } from 'node:path'

import type { Command } from 'commander'

import { systemNetwork, type Scheme } from '../io/index.ts'
import { serve, type Server } from '../server/index.ts'
import { print, remark, run, type OutputOptions } from './output.ts'
import { openControl } from './control.ts'
import { reportEvents } from './events.ts'
import { builtInServices, type BuiltInService } from './services.ts'
import { serveUntilSignal } from './signals.ts'
import { stateFolder } from './state-folder.ts'

interface UpFlags extends OutputOptions {
  state?: string
}

export function addUp(program: Command): void {
  program
    .command('up')
    .summary('run every service on loopback until Ctrl-C')
    .option('--state <dir>', 'folder for Unix sockets and state')
    .option('--json', 'one JSON value a line')
    .addHelpText('before', 'Example:\n  lanework up\n')
    .action((flags: UpFlags) => run(flags, () => upCommand(flags)))
}

async function upCommand(flags: UpFlags): Promise<void> {
  const folder = stateFolder(flags.state)
  const servers: Server[] = []
  try {
    for (const builtIn of builtInServices) servers.push(await startService(builtIn, folder))
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()))
    throw error
  }
  const ended = serveUntilSignal(servers, openControl(servers, { state: folder }, 'up'))
  for (const [index, server] of servers.entries()) show(flags, builtInServices[index] as BuiltInService, server)
  if (flags.json !== true)
    remark(
      '\nCopy a line into another terminal to try it. `npx lanework tour` is the course; `npx lanework top` looks in. Ctrl-C stops.',
    )
  await ended
}

async function startService(
  { name, url, port, schemes = everyScheme(), besides = [] }: BuiltInService,
  folder: string,
): Promise<Server> {
  const addresses = {
    udp: `udp://127.0.0.1:${port}`,
    tcp: `tcp://127.0.0.1:${port}`,
    ws: `ws://127.0.0.1:${port}`,
    unix: `unix:${shortest(join(folder, `${name}.sock`))}`,
    'unix-dgram': `unix-dgram:${shortest(join(folder, `${name}-dgram.sock`))}`,
  }
  const server = await serve(url, { listen: [...schemes.map((scheme) => addresses[scheme]), ...besides] })
  reportEvents(server)
  return server
}

function everyScheme(): readonly Scheme[] {
  return systemNetwork().kind === 'native' ? ['udp', 'tcp', 'unix', 'unix-dgram'] : ['udp', 'tcp', 'unix']
}

/** A Unix socket's path is limited to 107 bytes: the relative one may fit where the absolute does not. */
function shortest(path: string): string {
  const near = relative(process.cwd(), path)
  return path.length > 107 && near.length < path.length ? near : path
}

function show(flags: UpFlags, builtIn: BuiltInService, server: Server): void {
  if (flags.json !== true) process.stdout.write(`\n${builtIn.name}: ${builtIn.summary}\n`)
  for (const { address, protocol } of server.status().listeners) {
    const tryIt = builtIn.tryIt(address, protocol)
    print(
      flags,
      { service: builtIn.name, listening: address, try: tryIt },
      `  listening ${address.padEnd(28)}  ${tryIt}`,
    )
  }
}
