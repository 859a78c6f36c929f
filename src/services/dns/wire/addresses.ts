/** IPv4 and IPv6 addresses: bytes to text (RFC 5952) and back. */

/** `192.0.2.1` of the four bytes from an offset on. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** Four bytes; undefined where the text is no address of four decimal numbers. */
export function parseIpv4(text: string): Uint8Array | undefined {
  if (!/^\d{1,3}(\.\d{1,3}){3}$/.test(text)) return undefined
  const numbers = text.split('.').map(Number)
  return numbers.every((number) => number <= 255) ? Uint8Array.from(numbers) : undefined
}

/** An address of sixteen bytes in its short form: the longest run of zeros, of two groups or more, becomes `::`. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, at) => bytes[at * 2]! * 0x100 + bytes[at * 2 + 1]!)
  let [start, size] = [-1, 1]
  for (let at = 0; at < 8; at++) {
    let end = at
    while (end < 8 && groups[end] === 0) end++
    if (end - at > size) [start, size] = [at, end - at]
    if (end > at) at = end
  }
  // Addresses that hold an IPv4 address show it (RFC 5952 5).
  if (start === 0 && size === 5 && groups[5] === 0xffff) return `::ffff:${formatIpv4(bytes, 12)}`
  const hex = (from: number, to: number): string =>
    groups
      .slice(from, to)
      .map((group) => group.toString(16))
      .join(':')
  return start === -1 ? hex(0, 8) : `${hex(0, start)}::${hex(start + size, 8)}`
}

/** Sixteen bytes; undefined where the text is no IPv6 address. */
export function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted !== null) {
    const ipv4 = parseIpv4(dotted[2] ?? '')
    if (ipv4 === undefined) return undefined
    const [high, low] = [ipv4[0]! * 0x100 + ipv4[1]!, ipv4[2]! * 0x100 + ipv4[3]!]
    return parseIpv6(`${dotted[1] ?? ''}${high.toString(16)}:${low.toString(16)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const [head, tail] = halves.map((half) => (half === '' ? [] : half.split(':')))
  const given = [...(head ?? []), ...(tail ?? [])]
  if (!given.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return undefined
  const missing = 8 - given.length
  if (tail === undefined ? missing !== 0 : missing < 1) return undefined
  const groups = [...(head ?? []), ...Array.from({ length: missing }, () => '0'), ...(tail ?? [])]
  return Uint8Array.from(groups.flatMap((group) => [Number.parseInt(group, 16) >>> 8, Number.parseInt(group, 16)]))
}
