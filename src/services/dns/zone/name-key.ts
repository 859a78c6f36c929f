/**
 * Keys of names, whose bytes sort canonically (RFC 4034 6.1): labels from the root up, folded, each ended by a zero. So an ancestor's
 * key begins its descendants'. Within labels the bytes 0 and 1 are written as 1 1 and 1 2, so that zero stands for the end alone.
 */
import { lowerByte, type Name } from '../wire/name.ts'

/** Room that any name's key fits in. */
export const keyBytesLimit = 512

const labels = new Uint8Array(128)
const scratch = Buffer.alloc(keyBytesLimit)

/** Writes the key of the name that begins at an offset; gives its size. */
export function writeKey(bytes: Uint8Array, start: number, to: Uint8Array): number {
  let [count, size] = [0, 0]
  for (let at = start; bytes[at]! > 0; at += 1 + bytes[at]!) labels[count++] = at - start
  for (let label = count - 1; label >= 0; label--) {
    const from = start + labels[label]!
    const end = from + bytes[from]!
    for (let at = from + 1; at <= end; at++) {
      const byte = lowerByte[bytes[at]!]!
      if (byte < 2) to[size++] = 1
      to[size++] = byte < 2 ? byte + 1 : byte
    }
    to[size++] = 0
  }
  return size
}

/** The key as text, one character a byte. */
export function keyOf(name: Name): string {
  return scratch.toString('latin1', 0, writeKey(name, 0, scratch))
}
