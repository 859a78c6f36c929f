#!/usr/bin/env node
/** The `lanework` command: one file a subcommand. Only the one that is asked for is loaded, as each needs other layers. */
import { Command } from 'commander'

import { exitCodeMeanings, exitCodes } from './exit-codes.ts'
import { endWithReader } from './lost-output.ts'
import { packageVersion } from './version.ts'

/** In the order of the help. */
const commands: Readonly<Record<string, () => Promise<(program: Command) => void>>> = {
  up: async () => (await import('./up.ts')).addUp,
  serve: async () => (await import('./serve.ts')).addServe,
  'status top reload drain stop upgrade': async () => (await import('./operate/command.ts')).addOperate,
  talk: async () => (await import('./talk/command.ts')).addTalk,
  ntp: async () => (await import('./ntp/command.ts')).addNtp,
  time: async () => (await import('./time.ts')).addTime,
  strftime: async () => (await import('./strftime.ts')).addStrftime,
  tour: async () => (await import('./tour/command.ts')).addTour,
  simulate: async () => (await import('./simulate/command.ts')).addSimulate,
  memory: async () => (await import('./space/command.ts')).addMemory,
  disk: async () => (await import('./space/command.ts')).addDisk,
  batch: async () => (await import('./batch/command.ts')).addBatch,
  chat: async () => (await import('./chat/command.ts')).addChat,
  dns: async () => (await import('./dns/command.ts')).addDns,
  doctor: async () => (await import('./doctor.ts')).addDoctor,
}

/** How those are added that these words may ask for: one, or all where it is none of them (help, a slip of the pen). */
function wanted([first = '']: readonly string[]): readonly (() => Promise<(program: Command) => void>)[] {
  const asked = Object.entries(commands).filter(([names]) => names.split(' ').includes(first))
  return (asked.length === 0 ? Object.entries(commands) : asked).map(([, load]) => load)
}

const program = new Command('lanework')
  .description('Write one handler; run it over UDP, TCP and Unix sockets.')
  .version(packageVersion(), '-v, --version')
  .helpOption('-h, --help', 'show help')
  .showSuggestionAfterError()
  .showHelpAfterError('(`lanework --help` lists the commands)')
  .exitOverride()
  .addHelpText('before', 'Example:\n  lanework up\n  lanework talk udp://127.0.0.1:9001\n')
  .addHelpText(
    'after',
    `\nExit codes:\n${exitCodeMeanings.map(([code, meaning]) => `  ${code}  ${meaning}`).join('\n')}`,
  )

for (const load of wanted(process.argv.slice(2))) (await load())(program)

endWithReader()

try {
  await program.parseAsync()
} catch (error) {
  // Commander has already said what is wrong; its help and version "errors" are none.
  const { exitCode } = error as { exitCode?: number }
  if (exitCode === undefined) throw error
  process.exitCode = exitCode === 0 ? exitCodes.ok : exitCodes.usage
}
