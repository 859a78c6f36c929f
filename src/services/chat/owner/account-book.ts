/** Accounts as their operator keeps them: with a server that runs, or in its folder while it does not. */
import { fail } from '../../../core/index.ts'
import { openStore, type ChatStore } from '../store/index.ts'
import { hashPassword } from '../store/password.ts'
import { checkNick, nickKey } from '../text/nick.ts'
import { keepAccount, keptAccount, keptAccounts } from './kept.ts'
import { mustBePassword } from './password-rule.ts'

export interface AccountBook {
  list(): Promise<readonly { readonly name: string; readonly createdMs: number }[]>
  /** Throws OPTION_INVALID for a name that is taken or is none, and for a password that is too short or too long. */
  add(name: string, password: string): Promise<void>
  /** Throws OPTION_INVALID where there is none. */
  remove(name: string): Promise<void>
  close(): Promise<void>
}

/** The accounts of a store that is open; `removed` is told of those that are gone. */
export function accountBook(
  store: ChatStore,
  nowMs: () => number,
  removed: (account: string) => Promise<void> = async () => {},
): AccountBook {
  return {
    list: async () => keptAccounts(store).map(({ name, createdMs }) => ({ name, createdMs })),
    add: async (name, password) => {
      const fault = checkNick(name)
      if (fault !== undefined) throw wrong(fault.message, name)
      mustBePassword(password)
      if (keptAccount(store, name) !== undefined) throw wrong('one that does not exist yet', name)
      await keepAccount(store, { name, password: await hashPassword(password), createdMs: nowMs() })
    },
    remove: async (name) => {
      const known = keptAccount(store, name)
      if (known === undefined) throw wrong('one that exists', name)
      await store.deleteAccount(nickKey(name))
      await removed(known.name)
    },
    close: async () => {},
  }
}

/** The accounts in the folder of a server that does not run. Throws what opening the store throws. */
export async function accountsIn(folder: string): Promise<AccountBook> {
  const store = await openStore({ folder })
  return { ...accountBook(store, () => Date.now()), close: () => store.close() }
}

function wrong(rule: string, name: string): Error {
  return fail('OPTION_INVALID', { option: 'account', rule, got: JSON.stringify(name) })
}
