/** Accounts and operators: who may say who they are, with passwords, and how often they may try. */
import { prefixKey, SlidingWindow } from '../../../server/index.ts'
import type { OperatorOption } from '../options.ts'
import type { ChatStore } from '../store/index.ts'
import { hashPassword, isOutdated, verifyPassword } from '../store/password.ts'
import { checkNick, nickKey } from '../text/nick.ts'
import type { Fault } from '../types.ts'
import { keepAccount, keptAccount } from './kept.ts'
import { readPasswordText } from './password-text.ts'

/** Attempts of one address within `withinMs`. */
const [attempts, withinMs] = [5, 60_000]
/** Addresses whose attempts are counted; beyond it the one that tried longest ago is forgotten. */
const addressesLimit = 10_000
const shortestPassword = 6
const longestPassword = 256

const wrong: Fault = { code: 'password-wrong', message: 'Account or password is wrong' }

export class Accounts {
  readonly #store: ChatStore
  readonly #operators: ReadonlyMap<string, OperatorOption>
  readonly #mayRegister: boolean
  readonly #tries = new Map<string, SlidingWindow>()
  readonly #registering = new Set<string>()

  constructor(store: ChatStore, operators: readonly OperatorOption[], mayRegister: boolean) {
    this.#store = store
    this.#operators = new Map(operators.map((operator) => [operator.name, operator]))
    this.#mayRegister = mayRegister
  }

  async login(account: string, password: string, address: string, nowMs: number): Promise<Fault | { account: string }> {
    const limited = this.#attempt(address, nowMs)
    if (limited !== undefined) return limited
    const known = keptAccount(this.#store, account)
    // As long for an account that does not exist.
    const isRight = await verifyPassword(password, known?.password)
    if (known === undefined || !isRight) return wrong
    // It costs more to guess by now than when it was made.
    if (isOutdated(known.password)) await keepAccount(this.#store, { ...known, password: await hashPassword(password) })
    return { account: known.name }
  }

  async register(
    account: string,
    password: string,
    address: string,
    nowMs: number,
  ): Promise<Fault | { account: string }> {
    if (!this.#mayRegister) return { code: 'register-closed', message: 'Accounts are made by the operator here' }
    const limited = this.#attempt(address, nowMs)
    if (limited !== undefined) return limited
    const bad = checkNick(account)
    if (bad !== undefined) return bad
    if (password.length < shortestPassword || password.length > longestPassword) {
      const message = `A password has ${shortestPassword} to ${longestPassword} characters`
      return { code: 'account-bad', message, about: account }
    }
    const key = nickKey(account)
    const taken: Fault = { code: 'account-taken', message: `The account ${account} exists already`, about: account }
    if (keptAccount(this.#store, account) !== undefined || this.#registering.has(key)) return taken
    this.#registering.add(key)
    try {
      await keepAccount(this.#store, { name: account, password: await hashPassword(password), createdMs: nowMs })
      return { account }
    } finally {
      this.#registering.delete(key)
    }
  }

  async isOperator(name: string, password: string, address: string, nowMs: number): Promise<Fault | undefined> {
    const limited = this.#attempt(address, nowMs)
    if (limited !== undefined) return limited
    const operator = this.#operators.get(name)
    const record = operator === undefined ? undefined : readPasswordText(operator.password)
    const isRight = await verifyPassword(password, record)
    return operator !== undefined && isRight ? undefined : wrong
  }

  #attempt(address: string, nowMs: number): Fault | undefined {
    const key = prefixKey(address)
    const window = this.#tries.get(key) ?? new SlidingWindow({ limit: attempts, windowMs: withinMs })
    this.#tries.delete(key)
    this.#tries.set(key, window)
    if (this.#tries.size > addressesLimit) this.#tries.delete(this.#tries.keys().next().value as string)
    if (window.take(nowMs)) return undefined
    const message = `Too many attempts: try again in ${withinMs / 1_000} seconds`
    return { code: 'limited', message, scope: 'address', action: 'drop', waitMs: withinMs }
  }
}
