/**
 * Domain names as they stand in messages (RFC 1035 3.1), and as text.
 *
 *   www.example.   3 w w w 7 e x a m p l e 0
 *
 * A Name is its wire form: labels, each after its length, ended by a zero byte; at most 255 bytes, 63 a label. Any byte may
 * stand in a label, and case is kept; what compares names folds ASCII letters (RFC 4343).
 */
import { fail } from '../../../core/index.ts'

/** A name in wire form, without compression. Never changed after it is made. */
export type Name = Uint8Array

export const nameBytesLimit = 255
export const labelBytesLimit = 63

/** The root: one byte, zero. */
export const rootName: Name = Uint8Array.of(0)

/** ASCII letters folded to lower case, other bytes as they are. */
export const lowerByte: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte,
)

/**
 * A name from text. Without a dot at its end it is relative to `origin` (without an origin: to the root), and `@` is the origin
 * itself. `\DDD` is the byte with that decimal value, `\X` the character X without its meaning.
 * Throws DNS_NAME_INVALID.
 *
 * @example
 * parseName('www', parseName('example.')) // 3 www 7 example 0
 */
export function parseName(text: string, origin: Name = rootName): Name {
  if (text === '@') return origin
  if (text === '.') return rootName
  const refuse = (reason: string): Error => fail('DNS_NAME_INVALID', { input: text, reason })
  if (text === '') throw refuse('it is empty')
  const out = new Uint8Array(nameBytesLimit)
  let [label, at] = [0, 1]
  const put = (byte: number): void => {
    if (at - label > labelBytesLimit) throw refuse(`a label has more than ${labelBytesLimit} bytes`)
    if (at >= nameBytesLimit) throw refuse(`it has more than ${nameBytesLimit} bytes`)
    out[at++] = byte
  }
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 0x2e) {
      if (at === label + 1) throw refuse('a label is empty')
      if (at >= nameBytesLimit) throw refuse(`it has more than ${nameBytesLimit} bytes`)
      out[label] = at - label - 1
      label = at++
    } else if (code === 0x5c) {
      const [byte, size] = escapeAt(text, i)
      if (byte === undefined) throw refuse('an escape is neither \\DDD up to \\255 nor \\X')
      put(byte)
      i += size - 1
    } else if (code > 0x7e || code < 0x21) {
      throw refuse(
        code > 0x7e ? 'it goes beyond ASCII; write it as xn-- or with \\DDD' : 'it holds a blank or a control',
      )
    } else put(code)
  }
  if (at === label + 1) return out.slice(0, at) // Text that ended with a dot.
  out[label] = at - label - 1
  if (at + origin.length > nameBytesLimit) throw refuse(`it has more than ${nameBytesLimit} bytes`)
  out.set(origin, at)
  return out.slice(0, at + origin.length)
}

/** The byte of an escape and the escape's length; undefined where it is none. */
function escapeAt(text: string, at: number): [byte: number | undefined, size: number] {
  const next = text.charCodeAt(at + 1)
  if (!(next >= 0x30 && next <= 0x39)) return [next >= 0x20 && next <= 0x7e ? next : undefined, 2]
  const digits = text.slice(at + 1, at + 4)
  return [/^\d{3}$/.test(digits) && Number(digits) <= 255 ? Number(digits) : undefined, 4]
}

// Each byte as text in a name. What zone files give a meaning is escaped.
const nameText: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte)
  if (byte <= 0x20 || byte >= 0x7f) return `\\${String(byte).padStart(3, '0')}`
  return '."();@$\\'.includes(character) ? `\\${character}` : character
})

/** The name as text, with a dot at its end; what needs it is escaped, so that parseName gives the same bytes again. */
export function formatName(name: Name): string {
  if (name.length <= 1) return '.'
  let text = ''
  for (let at = 0; name[at] !== 0 && at < name.length;) {
    const end = at + 1 + name[at]!
    for (at++; at < end; at++) text += nameText[name[at]!]
    text += '.'
  }
  return text
}

/**
 * The name as text relative to an origin: `@` for the origin itself, no dot at the end for what is below it, else the whole
 * name.
 */
export function formatNameWithin(name: Name, origin: Name): string {
  if (origin.length <= 1 || !isWithin(name, origin)) return formatName(name)
  if (name.length === origin.length) return '@'
  const above = new Uint8Array(name.length - origin.length + 1)
  above.set(name.subarray(0, name.length - origin.length))
  return formatName(above).slice(0, -1)
}

/** A copy with ASCII letters in lower case. */
export function lowerName(name: Name): Name {
  const lower = new Uint8Array(name.length)
  // Length bytes are below 64, so below the letters.
  for (let at = 0; at < name.length; at++) lower[at] = lowerByte[name[at]!]!
  return lower
}

/** True where both are the same name, ASCII letters of either case being equal. */
export function sameName(a: Name, b: Name): boolean {
  return a.length === b.length && sameTail(a, 0, b)
}

/** Equal from an offset of `a` on; length bytes are below the letters, so folding them does no harm. */
function sameTail(a: Name, start: number, b: Name): boolean {
  for (let at = 0; at < b.length; at++) {
    const [one, other] = [a[start + at]!, b[at]!]
    if (one !== other && lowerByte[one] !== lowerByte[other]) return false
  }
  return true
}

const [startsOfA, startsOfB] = [new Uint8Array(128), new Uint8Array(128)]

/** Writes where each label starts; gives how many there are, without the root's. */
function labelStarts(name: Name, starts: Uint8Array): number {
  let count = 0
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) starts[count++] = at
  return count
}

/**
 * Canonical order (RFC 4034 6.1): by labels from the right, as bytes in lower case, a name before those below it. Negative, zero or
 * positive, as for sort.
 */
export function compareNames(a: Name, b: Name): number {
  let inA = labelStarts(a, startsOfA)
  let inB = labelStarts(b, startsOfB)
  while (inA > 0 && inB > 0) {
    const order = compareLabels(a, startsOfA[--inA]!, b, startsOfB[--inB]!)
    if (order !== 0) return order
  }
  return inA - inB
}

function compareLabels(a: Name, startA: number, b: Name, startB: number): number {
  const [sizeA, sizeB] = [a[startA]!, b[startB]!]
  const size = sizeA < sizeB ? sizeA : sizeB
  for (let at = 1; at <= size; at++) {
    const difference = lowerByte[a[startA + at]!]! - lowerByte[b[startB + at]!]!
    if (difference !== 0) return difference
  }
  return sizeA - sizeB
}

/** The name without its first label; undefined for the root. A view, not a copy. */
export function parentOf(name: Name): Name | undefined {
  return name.length <= 1 ? undefined : name.subarray(1 + name[0]!)
}

/** How many labels it has; the root has none. A wildcard's asterisk counts here. */
export function labelCount(name: Name): number {
  let count = 0
  for (let at = 0; name[at]! > 0; at += 1 + name[at]!) count++
  return count
}

/** True where the name is the ancestor, or below it. */
export function isWithin(name: Name, ancestor: Name): boolean {
  const start = name.length - ancestor.length
  let at = 0
  while (at < start) at += 1 + name[at]!
  return at === start && sameTail(name, start, ancestor)
}

/** True for names whose first label is an asterisk alone (RFC 4592). */
export function isWildcard(name: Name): boolean {
  return name[0] === 1 && name[1] === 0x2a
}
