/** Keys for transaction signatures, and the algorithms they are used with (RFC 8945 6). */
import { fail } from '../../../core/index.ts'
import { formatName, lowerName, type Name, parseName } from '../wire/name.ts'

/** Of each algorithm: what node:crypto calls its hash, and how many bytes a whole MAC has. */
const algorithms = {
  'hmac-sha1': { hash: 'sha1', macBytes: 20 },
  'hmac-sha224': { hash: 'sha224', macBytes: 28 },
  'hmac-sha256': { hash: 'sha256', macBytes: 32 },
  'hmac-sha384': { hash: 'sha384', macBytes: 48 },
  'hmac-sha512': { hash: 'sha512', macBytes: 64 },
} as const

export type TsigAlgorithm = keyof typeof algorithms
export const tsigAlgorithms: readonly TsigAlgorithm[] = Object.keys(algorithms) as TsigAlgorithm[]

/** A key as options and command lines give it; a JSON value. */
export interface TsigKeyOptions {
  /** A domain name that both sides know it by. */
  readonly name: string
  /** @default 'hmac-sha256' */
  readonly algorithm?: TsigAlgorithm
  /** In base64, 16 to 512 bytes. `openssl rand -base64 32` draws one. */
  readonly secret: string
}

/** A key ready for use. */
export interface TsigKey {
  /** In lower case, as it goes into MACs. */
  readonly name: Name
  readonly algorithm: Name
  readonly hash: string
  readonly macBytes: number
  readonly secret: Buffer
}

/** Checks a key. Throws OPTION_INVALID, which never shows the secret, and DNS_NAME_INVALID. */
export function tsigKey({ name, algorithm = 'hmac-sha256', secret }: TsigKeyOptions): TsigKey {
  if (!Object.hasOwn(algorithms, algorithm)) {
    throw fail('OPTION_INVALID', {
      option: 'keys',
      rule: `one of ${tsigAlgorithms.join(', ')}`,
      got: String(algorithm),
    })
  }
  const bytes = Buffer.from(String(secret), 'base64')
  const isBase64 =
    typeof secret === 'string' && bytes.toString('base64').replace(/=+$/, '') === secret.replace(/=+$/, '')
  if (!isBase64 || bytes.length < 16 || bytes.length > 512) {
    throw fail('OPTION_INVALID', {
      option: 'keys',
      rule: 'a secret of 16 to 512 bytes in base64',
      got: `something else for ${JSON.stringify(name)}`,
    })
  }
  const { hash, macBytes } = algorithms[algorithm]
  return { name: lowerName(parseName(name)), algorithm: parseName(algorithm), hash, macBytes, secret: bytes }
}

/** Keys by name. */
export class KeyRing {
  readonly #keys = new Map<string, TsigKey>()

  /** Throws OPTION_INVALID, for two of one name too. */
  constructor(keys: readonly TsigKeyOptions[] = []) {
    for (const options of keys) {
      const key = tsigKey(options)
      const text = formatName(key.name)
      if (this.#keys.has(text)) {
        throw fail('OPTION_INVALID', { option: 'keys', rule: 'one key of each name', got: text })
      }
      this.#keys.set(text, key)
    }
  }

  /** The key of a name in any case. */
  get(name: Name | string): TsigKey | undefined {
    return this.#keys.get(formatName(lowerName(typeof name === 'string' ? parseName(name) : name)))
  }
}
