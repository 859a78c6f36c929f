/**
 * Unsigned LEB128, the varint of Protocol Buffers: seven bits a byte, the lowest first; the top
 * bit says that more follow.
 *
 *   300  =  1 0101100  0 0000010
 *           ▲ more     ▲ last
 */

/** 64 bits in groups of seven; the tenth byte carries only one bit. */
const largestVarintBytes = 10

/** A varint that was read: its value and how many bytes it took. */
export interface Varint {
  readonly value: number
  readonly bytes: number
}

/**
 * Reads a varint; `byteAt(0)` is its first byte. Undefined when more bytes are needed, `too long`
 * when it has more than 64 bits. Stops as soon as the value is over `limit`, whatever follows.
 * Values are exact up to 2^53, and above that rounded.
 */
export function readVarint(
  byteAt: (index: number) => number | undefined,
  limit: number,
): Varint | undefined | 'too long' {
  let value = 0
  for (let index = 0; index < largestVarintBytes; index++) {
    const byte = byteAt(index)
    if (byte === undefined) return undefined
    if (index === largestVarintBytes - 1 && byte > 1) return 'too long'
    value += (byte & 0x7f) * 2 ** (7 * index)
    if (byte < 0x80 || value > limit) return { value, bytes: index + 1 }
  }
  return 'too long'
}

/** The shortest varint of an integer from 0 to 2^53. */
export function varintBytes(value: number): Uint8Array {
  const bytes: number[] = []
  let rest = value
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80)
    rest = Math.floor(rest / 0x80)
  }
  bytes.push(rest)
  return Uint8Array.from(bytes)
}
