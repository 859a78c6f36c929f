#!/usr/bin/env node
/** The `lanework` command: one file a subcommand, loaded here. */
import { Command } from 'commander'

import { addDisk, addMemory } from './space/command.ts'
import { addBatch } from './batch/command.ts'
import { addChat } from './chat/command.ts'
import { addDns } from './dns/command.ts'
import { addDoctor } from './doctor.ts'
import { exitCodeMeanings, exitCodes } from './exit-codes.ts'
import { addNtp } from './ntp/command.ts'
import { addOperate } from './operate/command.ts'
import { addServe } from './serve.ts'
import { addSimulate } from './simulate/command.ts'
import { addStrftime } from './strftime.ts'
import { addTalk } from './talk/command.ts'
import { addTime } from './time.ts'
import { addTour } from './tour/command.ts'
import { addUp } from './up.ts'
import { packageVersion } from './version.ts'

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

addUp(program)
addServe(program)
addOperate(program)
addTalk(program)
addNtp(program)
addTime(program)
addStrftime(program)
addTour(program)
addSimulate(program)
addMemory(program)
addDisk(program)
addBatch(program)
addChat(program)
addDns(program)
addDoctor(program)

// A reader that has seen enough (`| head`) closes the pipe: that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(exitCodes.ok)
  throw error
})

try {
  await program.parseAsync()
} catch (error) {
  // Commander has already said what is wrong; its help and version "errors" are none.
  const { exitCode } = error as { exitCode?: number }
  if (exitCode === undefined) throw error
  process.exitCode = exitCode === 0 ? exitCodes.ok : exitCodes.usage
}
