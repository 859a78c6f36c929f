/** Bytes written as text: base64, base32 with the "extended hex" alphabet, hexadecimal (RFC 4648 4, 7, 8). */
import type { DataWriter } from '../wire/data.ts'
import type { Scanner } from './scanner.ts'

const none = 0xff
const base64Values = valuesOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const base32Values = valuesOf('0123456789ABCDEFGHIJKLMNOPQRSTUV', '0123456789abcdefghijklmnopqrstuv')
const hexValues = valuesOf('0123456789ABCDEF', '0123456789abcdef')

function valuesOf(...alphabets: readonly string[]): Uint8Array {
  const values = new Uint8Array(256).fill(none)
  for (const alphabet of alphabets) for (let at = 0; at < alphabet.length; at++) values[alphabet.charCodeAt(at)] = at
  return values
}

/** The rest of the entry as base64, in as many words as it comes. */
export function putBase64(scan: Scanner, out: DataWriter, isOneWord = false): void {
  const { bytes } = scan
  let [bits, held, padding] = [0, 0, 0]
  do {
    // At most three bytes for four characters; what is not used is given back.
    let to = out.grow((((scan.end - scan.start) * 3) >>> 2) + 3)
    const target = out.bytes
    for (let at = scan.start; at < scan.end; at++) {
      const value = base64Values[bytes[at]!]!
      if (value === none || padding > 0) {
        if (bytes[at] !== 0x3d) throw scan.refuse(`base64 is wanted, not ${scan.shown()}`)
        padding++
        continue
      }
      bits = ((bits & 0xfff) << 6) | value
      held += 6
      if (held >= 8) {
        held -= 8
        target[to++] = bits >>> held
      }
    }
    out.length = to
  } while (hasMore(scan, isOneWord))
  // 2 or 4 bits may be left, all zero, with one or two signs of padding.
  const isWhole = held === padding * 2 && (bits & ((1 << held) - 1)) === 0
  if (!isWhole) throw scan.refuse('base64 ends within a byte')
}

/** The rest of the entry as hexadecimal digits, in as many words as it comes. */
export function putHex(scan: Scanner, out: DataWriter, isOneWord = false): void {
  let high = -1
  do {
    for (let at = scan.start; at < scan.end; at++) {
      const value = hexValues[scan.bytes[at]!]!
      if (value === none) throw scan.refuse(`hexadecimal digits are wanted, not ${scan.shown()}`)
      if (high < 0) high = value
      else {
        out.u8(high * 16 + value)
        high = -1
      }
    }
  } while (hasMore(scan, isOneWord))
  if (high >= 0) throw scan.refuse('the hexadecimal digits are odd in number')
}

/** The word as base32hex without padding. */
export function putBase32(scan: Scanner, out: DataWriter): void {
  let [bits, held] = [0, 0]
  for (let at = scan.start; at < scan.end; at++) {
    const value = base32Values[scan.bytes[at]!]!
    if (value === none) throw scan.refuse(`base32 is wanted, not ${scan.shown()}`)
    bits = ((bits & 0xfff) << 5) | value
    held += 5
    if (held >= 8) {
      held -= 8
      out.u8((bits >>> held) & 0xff)
    }
  }
  if (held >= 5 || (bits & ((1 << held) - 1)) !== 0) throw scan.refuse('base32 ends within a byte')
}

export function base64Of(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64')
}

/** In upper case. */
export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('hex').toUpperCase()
}

/** In upper case, without padding. */
export function base32Of(bytes: Uint8Array): string {
  let [text, bits, held] = ['', 0, 0]
  for (const byte of bytes) {
    bits = ((bits & 0xfff) << 8) | byte
    held += 8
    while (held >= 5) {
      held -= 5
      text += base32Digit((bits >>> held) & 31)
    }
  }
  return held > 0 ? text + base32Digit((bits << (5 - held)) & 31) : text
}

function base32Digit(value: number): string {
  return value.toString(32).toUpperCase()
}

// A byte within quotes: printable ASCII stands for itself.
const quotedByte: readonly string[] = Array.from({ length: 256 }, (_, byte) => {
  if (byte === 0x22 || byte === 0x5c) return `\\${String.fromCharCode(byte)}`
  return byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`
})

/** A text in quotes, with escapes where they are needed. */
export function quoted(bytes: Uint8Array): string {
  let text = '"'
  for (const byte of bytes) text += quotedByte[byte]
  return `${text}"`
}

function hasMore(scan: Scanner, isOneWord: boolean): boolean {
  return !isOneWord && scan.word()
}
