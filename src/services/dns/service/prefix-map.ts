/** Values by network: the longest network that holds an address decides. */
import { fail } from '../../../core/index.ts'
import { prefixKey } from '../../../server/index.ts'

/** A value, and how many bits of the address decided on it. */
export interface Found<Value> {
  readonly value: Value
  readonly bits: number
}

interface Networks<Value> {
  readonly ipv4Bits: number
  readonly ipv6Bits: number
  readonly values: Map<string, Value>
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

export class PrefixMap<Value> {
  /** Longest first. An IPv4 network of n bits has 96 + n. */
  #lengths: Networks<Value>[] = []

  /** Adds `192.0.2.0/24`, `2001:db8::/32`, or single addresses. Throws OPTION_INVALID for what is none, and for one that is there. */
  addAll(option: string, networks: readonly string[], value: Value): this {
    for (const text of networks) this.#add(option, text, value)
    return this
  }

  /** What holds an address; undefined where nothing does, or the text is no address. */
  find(host: string): Found<Value> | undefined {
    if (host === '') return undefined
    const isIpv6 = host.includes(':')
    for (const { ipv4Bits, ipv6Bits, values } of this.#lengths) {
      if (ipv6Bits < 96 && !isIpv6) continue
      const key = prefixKey(host, { ipv4Bits, ipv6Bits })
      const value = values.get(key)
      if (value !== undefined) return { value, bits: key.includes(':') ? ipv6Bits : ipv4Bits }
    }
    return undefined
  }

  #add(option: string, text: string, value: Value): void {
    const [host = '', bitsText, more] = String(text).split('/')
    const isIpv6 = keyOf(option, text, host, 0, 0).includes(':')
    const most = isIpv6 ? 128 : 32
    const bits = bitsText === undefined ? most : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : NaN
    if (!(bits <= most) || more !== undefined) throw noNetwork(option, text)
    const [ipv4Bits, ipv6Bits] = isIpv6 ? [Math.max(0, bits - 96), bits] : [bits, bits + 96]
    const values = this.#valuesOf(ipv4Bits, ipv6Bits)
    const key = keyOf(option, text, host, ipv4Bits, ipv6Bits)
    if (values.has(key)) {
      throw fail('OPTION_INVALID', { option, rule: 'each network once', got: JSON.stringify(text) })
    }
    values.set(key, value)
  }

  #valuesOf(ipv4Bits: number, ipv6Bits: number): Map<string, Value> {
    const known = this.#lengths.find((networks) => networks.ipv6Bits === ipv6Bits)
    if (known !== undefined) return known.values
    const values = new Map<string, Value>()
    this.#lengths = [...this.#lengths, { ipv4Bits, ipv6Bits, values }].sort((one, two) => two.ipv6Bits - one.ipv6Bits)
    return values
  }
}

function keyOf(option: string, text: string, host: string, ipv4Bits: number, ipv6Bits: number): string {
  try {
    return prefixKey(host, { ipv4Bits, ipv6Bits })
  } catch {
    throw noNetwork(option, text)
  }
}

function noNetwork(option: string, text: string): Error {
  const rule = 'networks such as 192.0.2.0/24 or 2001:db8::/32, or addresses'
  return fail('OPTION_INVALID', { option, rule, got: JSON.stringify(text) })
}
