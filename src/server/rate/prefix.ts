/**
 * Whom a limit is for. An IPv4 address is a customer; of IPv6 each customer has a network of 64 bits at least
 * (RFC 6177), any address of which is free to use, so there the network counts. An IPv4 peer of a dual-stack socket,
 * `::ffff:192.0.2.1` (RFC 4291 section 2.5.5.2), is the same as without the mapping.
 */
import { checkInteger, checkKnownKeys, fail } from '../../core/index.ts'

export interface PrefixOptions {
  /** Bits of an IPv4 address that count, 0 to 32. @default 32 */
  readonly ipv4Bits?: number | undefined
  /** Bits of an IPv6 address that count, 0 to 128. @default 64 */
  readonly ipv6Bits?: number | undefined
}

/** Both given, and checked. */
export type PrefixBits = { readonly [Name in keyof Required<PrefixOptions>]: number }

/** The options as they are in force. Throws OPTION_INVALID. */
export function checkPrefix(options: PrefixOptions = {}): PrefixBits {
  checkKnownKeys('prefix', options, ['ipv4Bits', 'ipv6Bits'])
  return {
    ipv4Bits: checkInteger('ipv4Bits', options.ipv4Bits ?? 32, 0, 32),
    ipv6Bits: checkInteger('ipv6Bits', options.ipv6Bits ?? 64, 0, 128),
  }
}

const standard = checkPrefix()
const scratch = new Uint32Array(4)

/**
 * The network that a numeric address belongs to, as text, and the same text for every way to write the address:
 * `192.0.2.7/32`, `2001:db8:0:1::/64`. A scope (`%eth0`) is left out. Throws ADDRESS_INVALID for what is no
 * numeric address, OPTION_INVALID.
 *
 * @example
 * prefixKey('2001:db8::7')                              // '2001:db8::/64'
 * prefixKey('::ffff:192.0.2.7', { ipv4Bits: 24 })       // '192.0.2.0/24'
 */
export function prefixKey(host: string, options?: PrefixOptions): string {
  const bits = options === undefined ? standard : checkPrefix(options)
  const family = readPrefix(host, bits, scratch)
  if (family === 0) throw fail('ADDRESS_INVALID', { input: host, reason: 'it is no numeric address' })
  return family === 4
    ? `${formatIpv4(scratch[0] as number)}/${bits.ipv4Bits}`
    : `${formatIpv6(scratch)}/${bits.ipv6Bits}`
}

/** `prefixKey`, and for what is no numeric address that itself: what a connection counts for. */
export function sourceKey(host: string): string {
  return readPrefix(host, standard, scratch) === 0 ? host : prefixKey(host)
}

/** True for an IPv4 or IPv6 address, with or without a scope; false for a name. */
export function isNumericAddress(host: string): boolean {
  return readPrefix(host, standard, scratch) !== 0
}

/** The same as numbers: 4 with the first word filled, or 6 with all four; 0 for what is no numeric address. */
export function readPrefix(host: string, bits: PrefixBits, words: Uint32Array): 0 | 4 | 6 {
  const family = readAddress(host, words)
  if (family === 6) mask(words, bits.ipv6Bits)
  else if (family === 4 && bits.ipv4Bits < 32) mask(words, bits.ipv4Bits)
  return family
}

function mask(words: Uint32Array, bits: number): void {
  for (let index = 0; index < 4; index++) {
    const kept = Math.min(32, Math.max(0, bits - index * 32))
    if (kept < 32) words[index] = kept === 0 ? 0 : (words[index] as number) & (-1 << (32 - kept))
  }
}

function readAddress(host: string, words: Uint32Array): 0 | 4 | 6 {
  words[0] = words[1] = words[2] = words[3] = 0
  if (!host.includes(':')) return readIpv4(host, words, 0) ? 4 : 0
  const scope = host.indexOf('%')
  if (!readIpv6(scope < 0 ? host : host.slice(0, scope), words)) return 0
  if (words[0] !== 0 || words[1] !== 0 || words[2] !== 0xffff) return 6
  words[0] = words[3] as number
  words[2] = words[3] = 0
  return 4
}

/** Four numbers of 0 to 255 without leading zeros, in one pass without an allocation. */
function readIpv4(text: string, words: Uint32Array, at: number): boolean {
  let word = 0
  let part = -1
  let dots = 0
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if (code === 0x2e) {
      if (part < 0 || ++dots > 3) return false
      word = word * 256 + part
      part = -1
    } else if (code < 0x30 || code > 0x39 || part === 0) return false
    else {
      part = (part < 0 ? 0 : part * 10) + code - 0x30
      if (part > 255) return false
    }
  }
  if (dots !== 3 || part < 0) return false
  words[at] = word * 256 + part
  return true
}

function readIpv6(text: string, words: Uint32Array): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const head = groupsOf(halves[0] as string, halves.length === 1)
  const tail = halves.length === 1 ? [] : groupsOf(halves[1] as string, true)
  if (head === undefined || tail === undefined) return false
  const missing = 8 - head.length - tail.length
  if (halves.length === 1 ? missing !== 0 : missing < 1) return false
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  for (let index = 0; index < 4; index++) {
    words[index] = (groups[index * 2] as number) * 65_536 + (groups[index * 2 + 1] as number)
  }
  return true
}

/** Groups of 16 bits; the last two may be written as IPv4 address. */
function groupsOf(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (const [index, part] of parts.entries()) {
    if (mayEndInIpv4 && index === parts.length - 1 && part.includes('.')) {
      const word = new Uint32Array(1)
      if (!readIpv4(part, word, 0)) return undefined
      groups.push((word[0] as number) >>> 16, (word[0] as number) & 0xffff)
    } else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16))
    else return undefined
  }
  return groups
}

function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

/** RFC 5952: the first longest run of two zero groups or more is `::`. */
function formatIpv6(words: Uint32Array): string {
  const groups = [...words].flatMap((word) => [word >>> 16, word & 0xffff])
  let from = -1
  let longest = 1
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === 0) length++
    if (length > longest) [from, longest] = [start, length]
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':')
  if (from < 0) return hex(groups)
  return `${hex(groups.slice(0, from))}::${hex(groups.slice(from + longest))}`
}
