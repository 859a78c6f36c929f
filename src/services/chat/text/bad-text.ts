/**
 * Bytes that should be text and are not: shown, never guessed at. What is UTF-8 (RFC 3629) stands as it is; each byte that is not, and NUL, is
 * `\xNN`. A backslash before what would read like that is shown as `\x5c`, so that the bytes can be told from what is shown.
 *
 *   6d 9c 20 68 69        "m\x9c hi"
 */
import { isUtf8 } from 'node:buffer'

/** The bytes as text: UTF-8 as it is, and where there is more, each byte that is none as `\xNN`. */
export function describeBytes(bytes: Uint8Array): string {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isUtf8(buffer) && !buffer.includes(0)) return buffer.toString()
  const parts: string[] = []
  let good = 0
  for (let at = 0; at < buffer.length;) {
    const length = sequenceBytes(buffer, at)
    if (length > 0) {
      at += length
      continue
    }
    parts.push(quoted(buffer.toString('utf8', good, at)), escaped(buffer[at] as number))
    good = ++at
  }
  parts.push(quoted(buffer.toString('utf8', good)))
  return parts.join('')
}

/** Length of the character of UTF-8 that begins here; 0 where none does, and for NUL. */
export function sequenceBytes(bytes: Buffer, at: number): number {
  const first = bytes[at] as number
  if (first < 0x80) return first === 0 ? 0 : 1
  const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2
  if (first < 0xc2 || first > 0xf4 || at + length > bytes.length) return 0
  // The second byte rules out overlong forms, surrogates, and what is beyond U+10FFFF (RFC 3629 section 4).
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  const second = bytes[at + 1] as number
  if (second < lowest || second > highest) return 0
  for (let next = at + 2; next < at + length; next++) if (((bytes[next] as number) & 0xc0) !== 0x80) return 0
  return length
}

function escaped(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

function quoted(text: string): string {
  return text.replace(/\\(?=x[0-9a-f]{2})/g, '\\x5c')
}
