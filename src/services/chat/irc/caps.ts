/**
 * Capabilities (IRCv3): what a client may ask for with CAP REQ. Each is one bit, so that what a line depends on is a number, and
 * members with the same capabilities share one encoding.
 */
import type { ChatSettings } from '../options.ts'

const names = [
  'account-notify',
  'account-tag',
  'away-notify',
  'batch',
  'cap-notify',
  'chghost',
  'draft/account-registration',
  'draft/chathistory',
  'echo-message',
  'extended-join',
  'invite-notify',
  'labeled-response',
  'message-tags',
  'multi-prefix',
  'sasl',
  'server-time',
  'setname',
  'standard-replies',
  'userhost-in-names',
] as const

export type CapName = (typeof names)[number]

/** The bit of each. */
export const cap: Readonly<Record<CapName, number>> = Object.fromEntries(
  names.map((name, at) => [name, 1 << at]),
) as Record<CapName, number>

/** Those that need the accounts, which are gone while the owner is. */
export const accountCaps: readonly CapName[] = ['draft/account-registration', 'sasl']

/** What is offered, with values for those who understand version 302. */
export function offered(settings: ChatSettings, isOwnerThere: boolean): Map<CapName, string> {
  const values: Partial<Record<CapName, string>> = {
    sasl: 'PLAIN',
    'draft/account-registration': 'custom-account-name',
  }
  const isOffered = (name: CapName): boolean => {
    if (name === 'draft/chathistory') return settings.history !== 'none'
    if (name === 'draft/account-registration') return settings.register && isOwnerThere
    return name !== 'sasl' || isOwnerThere
  }
  return new Map(names.filter(isOffered).map((name) => [name, values[name] ?? '']))
}

export function namesOf(bits: number): CapName[] {
  return names.filter((name) => (bits & cap[name]) !== 0)
}

/**
 * What holds after `CAP REQ :multi-prefix -echo-message`: all of it, or undefined where one of it may not be. `cap-notify` stays
 * with who speaks version 302.
 */
export function request(
  words: readonly string[],
  bits: number,
  offers: ReadonlyMap<CapName, string>,
  isVersion302: boolean,
): number | undefined {
  let result = bits
  for (const word of words) {
    const isOff = word.startsWith('-')
    const name = (isOff ? word.slice(1) : word) as CapName
    if (!Object.hasOwn(cap, name)) return undefined
    if (isOff && name === 'cap-notify' && isVersion302) return undefined
    if (!isOff && !offers.has(name)) return undefined
    result = isOff ? result & ~cap[name] : result | cap[name]
  }
  return result
}
