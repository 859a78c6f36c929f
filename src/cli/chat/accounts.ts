/** `lanework chat account` and `lanework chat password`: at a server that runs, or in the folder of one that does not. */
import { existsSync } from 'node:fs'
import { createInterface } from 'node:readline/promises'
import { resolve } from 'node:path'
import { Writable } from 'node:stream'

import { fail } from '../../core/index.ts'
import { visibleText } from '../../schedule/index.ts'
import { accountsIn, passwordText, type AccountBook } from '../../services/chat/index.ts'
import type { TargetFlags } from '../operate/command.ts'
import { findTarget, withOperator, type Operator } from '../operate/target.ts'
import { print, table } from '../output.ts'

export interface AccountFlags extends TargetFlags {
  readonly history?: string
  readonly server?: string
}

type Verb = 'add' | 'remove' | 'list'

export async function accountCommand(verb: Verb, name: string, flags: AccountFlags): Promise<void> {
  const password = verb === 'add' ? await readPassword(`Password for ${visibleText(name)}: `) : ''
  await withBook(verb, flags, async (book) => {
    if (verb === 'list') return showList(await book.list(), flags)
    if (verb === 'add') await book.add(name, password)
    else await book.remove(name)
    const done = verb === 'add' ? 'added' : 'removed'
    print(flags, { account: name, done }, `${done} ${visibleText(name)}`)
  })
}

export async function passwordCommand(flags: AccountFlags): Promise<void> {
  const password = await passwordText(await readPassword('Password: '))
  print(flags, { password }, password)
}

function showList(accounts: readonly { name: string; createdMs: number }[], flags: AccountFlags): void {
  const rows = accounts.map(({ name, createdMs }) => [visibleText(name), new Date(createdMs).toISOString()])
  print(flags, { accounts }, rows.length === 0 ? 'no accounts' : table([['account', 'created'], ...rows]))
}

async function withBook(verb: Verb, flags: AccountFlags, act: (book: AccountBook) => Promise<void>): Promise<void> {
  if (flags.history === undefined) {
    const path = await findTarget(flags.server ?? 'chat', flags)
    return await withOperator(path, (operator) => act(remoteBook(operator)))
  }
  const folder = resolve(flags.history)
  if (verb !== 'add' && !existsSync(folder))
    throw fail('OPTION_INVALID', {
      option: '--history',
      rule: 'the folder of a server',
      got: `${flags.history}, which is not there`,
    })
  const book = await accountsIn(folder)
  try {
    await act(book)
  } finally {
    await book.close()
  }
}

/** The accounts of a server that runs. */
function remoteBook(operator: Operator): AccountBook {
  const call = async (method: string, ...args: unknown[]): Promise<unknown> =>
    await operator.call('call', { method, service: 'chat', args })
  return {
    list: async () => (await call('accounts')) as Awaited<ReturnType<AccountBook['list']>>,
    add: async (name, password) => void (await call('addAccount', name, password)),
    remove: async (name) => void (await call('removeAccount', name)),
    close: async () => {},
  }
}

/** A line from the terminal that is not shown, or of stdin. */
async function readPassword(question: string): Promise<string> {
  const { stdin, stderr } = process
  const isTerminal = stdin.isTTY && stderr.isTTY
  if (isTerminal) stderr.write(question)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const lines = createInterface({ input: stdin, output: silent, terminal: isTerminal })
  try {
    for await (const line of lines) {
      if (line !== '') return line
      break
    }
    throw fail('OPTION_INVALID', { option: 'password', rule: 'a line that is not empty', got: 'nothing' })
  } finally {
    if (isTerminal) stderr.write('\n')
    lines.close()
  }
}
