/** Values by network: the longest network that holds an address decides. */
import { fail } from '../../../core/index.ts'
import { prefixKey } from '../../../server/index.ts'

/** A value, and how many bits of the address decided on it. */
export interface Found<Value> {
  readonly value: Value
  readonly bits: number
}

/** IPv4 networks of one length, by their first address as a number. */
interface Ipv4Networks<Value> {
  readonly bits: number
  readonly mask: number
  readonly values: Map<number, Value>
}

/** IPv6 networks of one length, by their text. */
interface Ipv6Networks<Value> {
  readonly bits: number
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

/** Looked up for every new client, so that IPv4 takes no texts. */
export class PrefixMap<Value> {
  /** Longest first. */
  #ipv4: Ipv4Networks<Value>[] = []
  #ipv6: Ipv6Networks<Value>[] = []

  /** Adds `192.0.2.0/24`, `2001:db8::/32`, or single addresses. Throws OPTION_INVALID for what is none, and for one that is there. */
  addAll(option: string, networks: readonly string[], value: Value): this {
    for (const text of networks) this.#add(option, text, value)
    return this
  }

  /** What holds an address; undefined where nothing does, or the text is no address. An IPv4 address in IPv6 is that address. */
  find(host: string): Found<Value> | undefined {
    const ipv4 = ipv4Number(host)
    if (ipv4 >= 0) return this.#findIpv4(ipv4)
    if (!host.includes(':')) return undefined
    for (const { bits, values } of this.#ipv6) {
      const value = values.get(prefixKey(host, { ipv6Bits: bits }))
      if (value !== undefined) return { value, bits }
    }
    return undefined
  }

  #findIpv4(address: number): Found<Value> | undefined {
    for (const { bits, mask, values } of this.#ipv4) {
      const value = values.get((address & mask) >>> 0)
      if (value !== undefined) return { value, bits }
    }
    return undefined
  }

  #add(option: string, text: string, value: Value): void {
    const [host = '', bitsText, more] = String(text).split('/')
    // Of an IPv4 address in IPv6 this is the IPv4 address.
    const [plain = ''] = keyOf(option, text, host, 32, 128).split('/')
    const ipv4 = ipv4Number(plain)
    const most = ipv4 < 0 ? 128 : 32
    const bits = bitsText === undefined ? most : /^\d{1,3}$/.test(bitsText) ? Number(bitsText) : NaN
    if (!(bits <= most) || more !== undefined) throw noNetwork(option, text)
    const isNew =
      ipv4 < 0
        ? put(this.#ipv6Of(bits), keyOf(option, text, host, 32, bits), value)
        : put(this.#ipv4Of(bits), (ipv4 & maskOf(bits)) >>> 0, value)
    if (!isNew) throw fail('OPTION_INVALID', { option, rule: 'each network once', got: JSON.stringify(text) })
  }

  #ipv4Of(bits: number): Map<number, Value> {
    const known = this.#ipv4.find((networks) => networks.bits === bits)
    if (known !== undefined) return known.values
    const values = new Map<number, Value>()
    this.#ipv4.push({ bits, mask: maskOf(bits), values })
    this.#ipv4.sort((one, two) => two.bits - one.bits)
    return values
  }

  #ipv6Of(bits: number): Map<string, Value> {
    const known = this.#ipv6.find((networks) => networks.bits === bits)
    if (known !== undefined) return known.values
    const values = new Map<string, Value>()
    this.#ipv6.push({ bits, values })
    this.#ipv6.sort((one, two) => two.bits - one.bits)
    return values
  }
}

const mapped = '::ffff:'

/** An IPv4 address as a number, also one in IPv6; -1 for what is none. Makes nothing: every new client is looked at. */
export function ipv4Number(host: string): number {
  let [address, part, digits, dots] = [0, 0, 0, 0]
  for (let at = host.startsWith(mapped) ? mapped.length : 0; at < host.length; at++) {
    const code = host.charCodeAt(at)
    if (code === 0x2e && digits > 0 && dots < 3) {
      address = address * 256 + part
      part = digits = 0
      dots++
    } else if (code >= 0x30 && code <= 0x39 && digits < 3) {
      part = part * 10 + code - 0x30
      digits++
      if (part > 255) return -1
    } else return -1
  }
  return dots === 3 && digits > 0 ? address * 256 + part : -1
}

function maskOf(bits: number): number {
  return bits === 0 ? 0 : -1 << (32 - bits)
}

/** False where there is one already. */
function put<Key, Value>(values: Map<Key, Value>, key: Key, value: Value): boolean {
  if (values.has(key)) return false
  values.set(key, value)
  return true
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
