/**
 * The lines of a journal, each whole or not at all: how long its text is, a checksum of it (CRC-32), and the text, JSON.
 *
 *   27 5d8e1c03 {"kind":"paused","job":7,"at":1700000000000}\n
 *
 * What is written together, so that all of it counts or none, is one line with an array.
 */
import { crc32 } from 'node:zlib'

/** A line that cannot be what was written. */
export interface Damage {
  /** 1 for the first. */
  readonly line: number
  /** Where it begins. */
  readonly offset: number
  readonly reason: string
}

export interface ReadLines {
  readonly values: readonly unknown[]
  /** Up to here the file is whole. */
  readonly goodBytes: number
  /** The first line that is not whole; lines after it were not read. */
  readonly damage: Damage | undefined
  /** Whether there is a whole line after it: then it is no end that a crash tore off. */
  readonly isInTheMiddle: boolean
}

/** The bytes of a value as a line. */
export function encodeLine(value: unknown): Buffer {
  const text = Buffer.from(JSON.stringify(value))
  const head = Buffer.from(`${text.length} ${checksum(text)} `, 'latin1')
  return Buffer.concat([head, text, newline])
}

/** Reads lines up to the first that is not whole. */
export function readLines(bytes: Buffer): ReadLines {
  const values: unknown[] = []
  let offset = 0
  while (offset < bytes.length) {
    const found = lineAt(bytes, offset)
    if (typeof found === 'string') {
      const damage = { line: values.length + 1, offset, reason: found }
      return { values, goodBytes: offset, damage, isInTheMiddle: hasWholeLine(bytes, offset) }
    }
    values.push(found.value)
    offset = found.end
  }
  return { values, goodBytes: offset, damage: undefined, isInTheMiddle: false }
}

const newline = Buffer.from('\n')
const lineFeed = 0x0a
/** A length has at most ten digits, a checksum eight. */
const headBytes = 20

function checksum(text: Buffer): string {
  return crc32(text).toString(16).padStart(8, '0')
}

/** The value and where the next line begins; or what is wrong. */
function lineAt(bytes: Buffer, offset: number): { readonly value: unknown; readonly end: number } | string {
  const head = /^(\d{1,10}) ([0-9a-f]{8}) /.exec(bytes.toString('latin1', offset, offset + headBytes))
  if (head === null) return 'it does not begin with a length and a checksum'
  const begin = offset + head[0].length
  const end = begin + Number(head[1])
  if (end >= bytes.length) return 'it is cut off'
  if (bytes[end] !== lineFeed) return 'it is not as long as it says'
  const text = bytes.subarray(begin, end)
  if (checksum(text) !== head[2]) return 'its checksum is another one'
  return { value: JSON.parse(text.toString()) as unknown, end: end + 1 }
}

/** Behind some line feed after `offset`. */
function hasWholeLine(bytes: Buffer, offset: number): boolean {
  for (let at = bytes.indexOf(lineFeed, offset); at >= 0; at = bytes.indexOf(lineFeed, at + 1)) {
    if (typeof lineAt(bytes, at + 1) !== 'string') return true
  }
  return false
}
