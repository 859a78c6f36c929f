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

const textBytesLimit = 45
const [textBytes, groups] = [new Uint8Array(textBytesLimit), new Uint16Array(8)]

const [colon, dot] = [0x3a, 0x2e]
const hexDigit = Uint8Array.from({ length: 256 }, (_, byte) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(byte).toLowerCase())
  return digit < 0 ? 16 : digit
})

/** Sixteen bytes; undefined where the text is no IPv6 address. */
export function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > textBytesLimit) return undefined
  // What is not ASCII is no part of an address.
  for (let at = 0; at < text.length; at++) textBytes[at] = Math.min(text.charCodeAt(at), 0xff)
  const address = new Uint8Array(16)
  return readIpv6(textBytes, 0, text.length, address) ? address : undefined
}

/** Writes the address that a text in ASCII is (RFC 4291 2.2); false where it is none. */
export function readIpv6(text: Uint8Array, start: number, end: number, address: Uint8Array): boolean {
  if (end - start > textBytesLimit || end - start < 2) return false
  let [at, count, gap] = [start, 0, -1]
  if (text[at] === colon) {
    if (text[at + 1] !== colon) return false
    gap = 0
    at += 2
  }
  while (at < end) {
    const groupAt = at
    let value = 0
    for (let digit = hexDigit[text[at]!]!; at < end && digit < 16; digit = hexDigit[text[++at]!]!)
      value = value * 16 + digit
    if (at === groupAt || at - groupAt > 4 || count === 8) return false
    if (at < end && text[at] === dot) {
      if (count > 6 || !readDotted(text, groupAt, end, count)) return false
      count += 2
      break
    }
    groups[count++] = value
    if (at === end) break
    // A colon comes before each further group, two of them once.
    if (text[at++] !== colon || at === end) return false
    if (text[at] !== colon) continue
    if (gap >= 0) return false
    gap = count
    at++
  }
  if (gap < 0 ? count !== 8 : count > 7) return false
  const zeros = 8 - count
  for (let group = 0; group < 8; group++) {
    const from = gap < 0 || group < gap ? group : group - zeros
    const value = gap >= 0 && group >= gap && group < gap + zeros ? 0 : groups[from]!
    address[group * 2] = value >>> 8
    address[group * 2 + 1] = value
  }
  return true
}

/** An IPv4 address at the end of an IPv6 one, as two groups. */
function readDotted(text: Uint8Array, start: number, end: number, group: number): boolean {
  const ipv4 = parseIpv4(String.fromCharCode(...text.subarray(start, end)))
  if (ipv4 === undefined) return false
  groups[group] = ipv4[0]! * 0x100 + ipv4[1]!
  groups[group + 1] = ipv4[2]! * 0x100 + ipv4[3]!
  return true
}
