/** Who may have a zone, change it, or notify of it: by address, by key, or by both. */
import { fail } from '../../../core/index.ts'
import { NetworkMap } from '../../../server/index.ts'
import { sameName } from '../wire/name.ts'
import type { KeyRing, TsigKey } from './keys.ts'

/** An address or network (`192.0.2.0/24`, `2001:db8::/32`), a key, or both: then both must fit. */
export type AccessRule = string | { readonly address?: string; readonly key?: string }

interface Rule {
  readonly network: NetworkMap<true> | undefined
  readonly key: TsigKey | undefined
}

export class AccessList {
  readonly #rules: readonly Rule[]

  /** Throws OPTION_INVALID for what is no network, and for a key that is not there. */
  constructor(option: string, rules: readonly AccessRule[], keys: KeyRing) {
    this.#rules = rules.map((rule) => ruleOf(option, rule, keys))
  }

  get isEmpty(): boolean {
    return this.#rules.length === 0
  }

  /** True where an address may that signed with this key, or with none. */
  allows(host: string, key: TsigKey | undefined): boolean {
    return this.#rules.some((rule) => {
      const hasKey = rule.key === undefined || (key !== undefined && sameName(rule.key.name, key.name))
      return hasKey && (rule.network === undefined || rule.network.find(host) !== undefined)
    })
  }
}

function ruleOf(option: string, rule: AccessRule, keys: KeyRing): Rule {
  const { address, key } = typeof rule === 'string' ? { address: rule, key: undefined } : (rule ?? {})
  const found = key === undefined ? undefined : keys.get(key)
  if ((address === undefined && key === undefined) || (key !== undefined && found === undefined)) {
    throw refused(option, rule)
  }
  return { network: address === undefined ? undefined : networkOf(option, address), key: found }
}

function networkOf(option: string, text: string): NetworkMap<true> {
  try {
    return new NetworkMap<true>().addAll(option, [text], true)
  } catch {
    throw refused(option, text)
  }
}

function refused(option: string, rule: unknown): Error {
  return fail('OPTION_INVALID', {
    option,
    rule: 'addresses or networks such as 192.0.2.0/24, or { address, key } with the name of one of keys',
    got: JSON.stringify(rule) ?? 'nothing',
  })
}
