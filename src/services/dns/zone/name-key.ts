/**
 * Names as texts that sort canonically (RFC 4034 6.1): labels from the root up, folded, each ended by a zero. So an ancestor's
 * key begins its descendants', and texts compare fast.
 */
import { lowerByte, type Name } from '../wire/name.ts'

const scratch = Buffer.alloc(1024)
const starts = new Uint8Array(128)

/** The key of a name; one character a byte. */
export function keyOf(name: Name): string {
  let count = 0
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) starts[count++] = at
  let size = 0
  for (let label = count - 1; label >= 0; label--) {
    const start = starts[label]!
    for (let at = start + 1; at <= start + name[start]!; at++) {
      const byte = lowerByte[name[at]!]!
      // Zero ends labels, so zero and one are written as two bytes, in their order.
      if (byte < 2) scratch[size++] = 1
      scratch[size++] = byte < 2 ? byte + 1 : byte
    }
    scratch[size++] = 0
  }
  return scratch.toString('latin1', 0, size)
}

/** The name of a key, folded. */
export function nameOfKey(key: string): Name {
  const labels = key.split('\0').slice(0, -1).reverse().map(labelOf)
  const name = new Uint8Array(labels.reduce((sum, label) => sum + 1 + label.length, 1))
  let at = 0
  for (const label of labels) {
    name[at] = label.length
    name.set(label, at + 1)
    at += 1 + label.length
  }
  return name
}

function labelOf(text: string): Uint8Array {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    bytes.push(code === 1 ? text.charCodeAt(++at) - 1 : code)
  }
  return Uint8Array.from(bytes)
}

/** The key of the name's parent; undefined for the root's. */
export function parentKey(key: string): string | undefined {
  return key === '' ? undefined : key.slice(0, key.lastIndexOf('\0', key.length - 2) + 1)
}
