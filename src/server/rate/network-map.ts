/** Values by network: of all networks that hold an address the longest decides. */
import { fail } from '../../core/index.ts'
import { prefixKey, readPrefix, type PrefixBits } from './prefix.ts'

/** A value, and how many bits of the address decided on it. */
export interface FoundNetwork<Value> {
  readonly value: Value
  readonly bits: number
}

/** Networks of one length: by their first address as a number (IPv4), by their text (IPv6). */
interface Networks<Key, Value> {
  readonly bits: number
  readonly values: Map<Key, Value>
}

/** Addresses of this machine and of private networks (RFC 1122, 1918, 3927, 6598, 4193, 4291). */
export const privateNetworks: readonly string[] = [
  '127.0.0.0/8',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '169.254.0.0/16',
  '100.64.0.0/10',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
]

const whole: PrefixBits = { ipv4Bits: 32, ipv6Bits: 128 }
const words = new Uint32Array(4)

/**
 * Networks as `192.0.2.0/24`, `2001:db8::/32`, or single addresses. An IPv4 address in IPv6 (`::ffff:192.0.2.1`) is that IPv4 address.
 *
 * @example
 * const map = new NetworkMap<string>().addAll('clients', ['10.0.0.0/8'], 'inside')
 * map.find('10.1.2.3') // { value: 'inside', bits: 8 }
 */
export class NetworkMap<Value> {
  /** Longest first. */
  readonly #ipv4: Networks<number, Value>[] = []
  readonly #ipv6: Networks<string, Value>[] = []

  /** Throws OPTION_INVALID, naming the option, for what is no network, and for one that is there already. */
  addAll(option: string, networks: readonly string[], value: Value): this {
    for (const text of networks) {
      if (this.add(option, text, value)) continue
      throw fail('OPTION_INVALID', { option, rule: 'each network once', got: JSON.stringify(text) })
    }
    return this
  }

  /** False where the network is there already; then it keeps its value. Throws OPTION_INVALID for what is none. */
  add(option: string, text: string, value: Value): boolean {
    const [host = '', bitsText, more] = String(text).split('/')
    const family = readPrefix(host, whole, words)
    const most = family === 4 ? 32 : 128
    const bits = bitsText === undefined ? most : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : NaN
    if (family === 0 || !(bits <= most) || more !== undefined) {
      const rule = 'networks such as 192.0.2.0/24 or 2001:db8::/32, or addresses'
      throw fail('OPTION_INVALID', { option, rule, got: JSON.stringify(text) ?? 'nothing' })
    }
    if (family === 4) return put(valuesOf(this.#ipv4, bits), first(words[0]!, bits), value)
    return put(valuesOf(this.#ipv6, bits), prefixKey(host, { ipv6Bits: bits }), value)
  }

  /** What holds an address; undefined where nothing does, or the text is no address. Of IPv4 it makes no texts. */
  find(host: string): FoundNetwork<Value> | undefined {
    const family = readPrefix(host, whole, words)
    if (family === 4) {
      const address = words[0]!
      for (const { bits, values } of this.#ipv4) {
        const value = values.get(first(address, bits))
        if (value !== undefined) return { value, bits }
      }
    } else if (family === 6) {
      for (const { bits, values } of this.#ipv6) {
        const value = values.get(prefixKey(host, { ipv6Bits: bits }))
        if (value !== undefined) return { value, bits }
      }
    }
    return undefined
  }
}

/** The first address of the network that holds one. */
function first(address: number, bits: number): number {
  return bits === 0 ? 0 : (address & (-1 << (32 - bits))) >>> 0
}

function valuesOf<Key, Value>(networks: Networks<Key, Value>[], bits: number): Map<Key, Value> {
  const known = networks.find((one) => one.bits === bits)
  if (known !== undefined) return known.values
  const values = new Map<Key, Value>()
  networks.push({ bits, values })
  networks.sort((one, two) => two.bits - one.bits)
  return values
}

/** False where there is one already. */
function put<Key, Value>(values: Map<Key, Value>, key: Key, value: Value): boolean {
  if (values.has(key)) return false
  values.set(key, value)
  return true
}
