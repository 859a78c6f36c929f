/** Accounts and operators: who may say who they are, with passwords, and how often they may try. */
import type { OperatorOption } from '../options.ts'
import { networkOf } from '../rate/network.ts'
import type { ChatStore } from '../store/index.ts'
import { hashPassword, isOutdated, verifyPassword } from '../store/password.ts'
import { checkNick, nickKey } from '../text/nick.ts'
import type { Fault } from '../types.ts'
import { attemptsOf, type Attempts } from './attempts.ts'
import { keepAccount, keptAccount } from './kept.ts'
import { checkNewPassword } from './password-rule.ts'
import { readPasswordText } from './password-text.ts'

const withinMs = 60_000
/** Wrong passwords of one account (or operator) from one address, within that time. */
const mostOfAccount = 5
/** Wrong passwords from one address, whosever; this machine itself, where proxies are, is exempt. */
const mostOfNetwork = 25
/** Accounts that one address may ask for, whether it gets them or not; this machine itself is exempt. */
const mostRegistered = 5

const wrong: Fault = { code: 'password-wrong', message: 'Account or password is wrong' }

export class Accounts {
  readonly #store: ChatStore
  readonly #operators: ReadonlyMap<string, OperatorOption>
  readonly #mayRegister: boolean
  readonly #verify: typeof verifyPassword
  readonly #ofAccount: Attempts = attemptsOf(mostOfAccount, withinMs)
  readonly #ofNetwork: Attempts = attemptsOf(mostOfNetwork, withinMs)
  readonly #ofRegistering: Attempts = attemptsOf(mostRegistered, withinMs)
  readonly #registering = new Set<string>()

  constructor(
    store: ChatStore,
    operators: readonly OperatorOption[],
    mayRegister: boolean,
    verify: typeof verifyPassword = verifyPassword,
  ) {
    this.#verify = verify
    this.#store = store
    this.#operators = new Map(operators.map((operator) => [operator.name, operator]))
    this.#mayRegister = mayRegister
  }

  async login(account: string, password: string, address: string, nowMs: number): Promise<Fault | { account: string }> {
    const known = keptAccount(this.#store, account)
    // As long for an account that does not exist.
    const fault = await this.#prove(`account ${nickKey(account)}`, address, nowMs, () =>
      this.#verify(password, known?.password),
    )
    if (fault !== undefined || known === undefined) return fault ?? wrong
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
    const network = networkOf(address)
    const attempt = network === undefined ? undefined : await this.#ofRegistering.begin(network, nowMs)
    if (attempt !== undefined && attempt.waitMs > 0) return tooMany(attempt.waitMs)
    attempt?.end(true)
    const bad = checkNick(account) ?? checkNewPassword(password)
    if (bad !== undefined) return bad
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
    const operator = this.#operators.get(name)
    const record = operator === undefined ? undefined : readPasswordText(operator.password)
    return await this.#prove(`operator ${name}`, address, nowMs, () => this.#verify(password, record))
  }

  /** Whether somebody is who it says it is; those that are wrong are counted. Throws what `isRight` throws, and counts nothing then. */
  async #prove(
    who: string,
    address: string,
    nowMs: number,
    isRight: () => Promise<boolean>,
  ): Promise<Fault | undefined> {
    const network = networkOf(address)
    const own = await this.#ofAccount.begin(`${network ?? 'here'} ${who}`, nowMs)
    if (own.waitMs > 0) return tooMany(own.waitMs)
    let isWrong = false
    try {
      const all = network === undefined ? undefined : await this.#ofNetwork.begin(network, nowMs)
      if (all !== undefined && all.waitMs > 0) return tooMany(all.waitMs)
      try {
        isWrong = !(await isRight())
      } finally {
        all?.end(isWrong)
      }
      return isWrong ? wrong : undefined
    } finally {
      own.end(isWrong)
    }
  }
}

function tooMany(waitMs: number): Fault {
  const message = `Too many attempts; wait ${Math.ceil(waitMs / 1_000)} s`
  return { code: 'limited', message, waitMs }
}
