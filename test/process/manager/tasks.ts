/** Tasks and classes for the tests of managers. */
import { fail } from '#lanework/core/index.js'
import {
  handler,
  task,
  type ManagedArray,
  type ManagedMap,
  type Manager,
  type Remote,
} from '#lanework/process/index.js'

export const double = task(import.meta, 'double', (before: number | undefined) => (before ?? 0) * 2)

export const addLater = task(import.meta, 'addLater', async (before: number | undefined, amount: number) => {
  await new Promise((resolve) => setTimeout(resolve, 1))
  return (before ?? 0) + amount
})

export const refuse = task(import.meta, 'refuse', (): number => {
  throw new RangeError('not this one', { cause: fail('CLOSED', { what: 'cause' }) })
})

export const countVisits = task(
  import.meta,
  'countVisits',
  async (counts: ManagedMap<string, number>, key: string, rounds: number) => {
    const adds: Promise<number>[] = []
    for (let round = 0; round < rounds; round++) {
      adds.push(round % 2 === 0 ? counts.add(key, 1) : counts.update(key, addLater, 1))
    }
    await Promise.all(adds)
    return process.pid
  },
)

/** Adds by comparing, as one without `add` would. */
export const compareUp = task(
  import.meta,
  'compareUp',
  async (counts: ManagedMap<string, number>, key: string, rounds: number) => {
    for (let round = 0; round < rounds;) {
      const before = await counts.get(key)
      if (await counts.compareAndSet(key, before, (before ?? 0) + 1)) round++
    }
  },
)

export const never = task(import.meta, 'never', async (): Promise<number> => {
  await new Promise(() => {})
  return 0
})

/** Ends the process that it runs in: the manager's. */
export const dieHere = task(import.meta, 'dieHere', (): number => {
  process.kill(process.pid, 'SIGKILL')
  return 0
})

export const pidHere = task(import.meta, 'pidHere', (): number => process.pid)

export const makeInIt = task(import.meta, 'makeInIt', async (manager: Manager) => {
  const list: ManagedArray<string> = await manager.array(['made by a child'])
  return list
})

class AccountClass {
  readonly #owner: string
  #balance: number
  readonly note = 'a field, which stays there'

  constructor(owner: string, balance: number) {
    if (balance < 0) throw new RangeError('too little')
    this.#owner = owner
    this.#balance = balance
  }

  get owner(): string {
    return this.#owner
  }

  async deposit(sum: number): Promise<number> {
    const before = this.#balance
    await new Promise((resolve) => setImmediate(resolve))
    return (this.#balance = before + sum)
  }

  balance(): number {
    return this.#balance
  }

  open(): never {
    throw fail('PERMISSION_DENIED', { address: this.#owner }, { cause: new TypeError('inner') })
  }

  giveFunction(): () => void {
    return () => {}
  }
}

export const Account = handler(import.meta, 'Account', AccountClass)

export const depositTo = task(import.meta, 'depositTo', async (account: Remote<AccountClass>, times: number) => {
  await Promise.all(Array.from({ length: times }, () => account.deposit(1)))
})

/** Starts a manager, says where it is, and waits to be killed. */
export const startOne = task(import.meta, 'startOne', async (said: { put(value: unknown): Promise<void> }) => {
  const { Manager: ManagerClass } = await import('#lanework/process/index.js')
  const manager = await ManagerClass.start()
  await said.put(manager.pid)
  await new Promise(() => setInterval(() => {}, 1_000))
})
