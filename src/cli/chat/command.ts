/** `lanework chat`: accounts, passwords and the state of a chat server; each subcommand is loaded when it is called for. */
import type { Command } from 'commander'

import { run } from '../output.ts'
import type { AccountFlags } from './accounts.ts'
import type { TargetFlags } from '../operate/command.ts'

export function addChat(program: Command): void {
  const chat = program
    .command('chat')
    .summary('chat: accounts, passwords, what a server does')
    .addHelpText('before', 'Example:\n  lanework chat account add alice\n  lanework chat status\n')
  addAccounts(chat)
  chat
    .command('password')
    .summary('print what stands for a password in `serve chat --operator`')
    .option('--json', 'one JSON value')
    .addHelpText('before', 'Example:\n  lanework chat password\n  echo secret | lanework chat password\n')
    .action((flags: AccountFlags) =>
      run(flags, async () => {
        const { passwordCommand } = await import('./accounts.ts')
        await passwordCommand(flags)
      }),
    )
  withTarget(chat.command('status'))
    .summary('members, rooms and messages of a server that runs')
    .argument('[server]', 'its name or pid (the chat server)')
    .addHelpText('before', 'Example:\n  lanework chat status\n')
    .action((server: string | undefined, flags: TargetFlags) =>
      run(flags, async () => {
        const { statusCommand } = await import('./status.ts')
        await statusCommand(server, flags)
      }),
    )
}

function addAccounts(chat: Command): void {
  const account = chat.command('account').summary('accounts, by which IRC clients log in (SASL) and members keep names')
  account
    .addHelpText('before', 'Example:\n  lanework chat account add alice\n  lanework chat account list\n')
    .addHelpText(
      'after',
      '\nA server that runs is asked; without one, --history names the folder of its messages. Passwords are read from the terminal or stdin.',
    )
  const what = { add: 'make an account', remove: 'take one away', list: 'list them' } as const
  for (const verb of ['add', 'remove', 'list'] as const) {
    const command = withTarget(account.command(verb)).summary(what[verb])
    if (verb !== 'list') command.argument('<name>')
    command
      .option('--history <folder>', 'the folder of a server that does not run')
      .option('--server <name>', 'name or pid of the server, where there are several')
      .action((...given: unknown[]) => {
        const flags = command.opts<AccountFlags>()
        return run(flags, async () => {
          const { accountCommand } = await import('./accounts.ts')
          await accountCommand(verb, verb === 'list' ? '' : String(given[0]), flags)
        })
      })
  }
}

function withTarget(command: Command): Command {
  return command
    .option('--state <dir>', 'folder of the control sockets')
    .option('--control <path>', 'the control socket itself')
    .option('--json', 'one JSON value')
}
