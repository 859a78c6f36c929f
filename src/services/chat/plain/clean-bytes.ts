/**
 * Bytes that are no UTF-8, as UDP members are sent them: without what a terminal obeys, whether it reads bytes (8-bit controls) or UTF-8 that it
 * forgives. What is left is text in an encoding that those who talk share, and that is not known here. Pure.
 *
 *   c4 e3 ba c3            GBK, two characters                 as they are
 *   9b 33 31 6d            CSI as a byte                       33 31 6d
 *   ff c2 9b e2 80 ae      C1 and a turning mark as UTF-8      ff
 *
 * 0x80 to 0x9f alone are C1 controls, and halves of characters in GBK, Big5 and Shift-JIS. They stay behind a lead byte (0x81 to 0xfe), and as a
 * lead byte before a byte from 0x80 to 0xfe. Before a trail byte from 0x40 to 0x7e, which is a letter too, all stay but those that begin
 * sequences in terminals. A pair that is UTF-8 of a control (`c2 80` to `c2 9f`, rare characters of GBK) goes.
 */
import { sequenceBytes } from '../text/bad-text.ts'
import { cleanText } from '../text/clean-text.ts'

/** DCS, SOS, CSI, OSC, PM, APC: with the letters behind it each is an order to a terminal of 8 bits. */
const introducers: ReadonlySet<number> = new Set([0x90, 0x98, 0x9b, 0x9d, 0x9e, 0x9f])
const blank = Buffer.from(' ')

/** The bytes without control characters. Line ends and tabs are blanks. */
export function cleanBytes(given: Buffer): Buffer {
  const parts: Buffer[] = []
  let isAfterBad = false
  let isGap = false
  let at = 0
  while (at < given.length) {
    const end = validEnd(given, at)
    if (end > at) {
      const run = cleanRun(given.subarray(at, end))
      if (run.length > 0) [isAfterBad, isGap] = [false, false]
      else isGap = true
      parts.push(run)
      at = end
      continue
    }
    const size = keptBytes(given, at)
    if (size === 0) isGap = true
    else {
      // What was taken out must not bring together what makes a control.
      if (isGap && isAfterBad) parts.push(blank)
      parts.push(given.subarray(at, at + size))
      isAfterBad = true
      isGap = false
    }
    at += Math.max(1, size)
  }
  return Buffer.concat(parts)
}

/** Where the UTF-8 ends that begins here. */
function validEnd(bytes: Buffer, from: number): number {
  let end = from
  while (end < bytes.length) {
    const length = bytes[end] === 0 ? 1 : sequenceBytes(bytes, end)
    if (length === 0) break
    end += length
  }
  return end
}

function cleanRun(run: Buffer): Buffer {
  return Buffer.from(cleanText(run.toString().replace(/[\t\n\v\f\r]/g, ' ')))
}

/** How many bytes stay of what begins here and is no UTF-8: none, the byte, or it and a trail byte that is no UTF-8 either. */
function keptBytes(bytes: Buffer, at: number): 0 | 1 | 2 {
  const byte = bytes[at] as number
  const next = bytes[at + 1] ?? 0
  const isControl = byte <= 0x9f
  const isLead = byte >= 0x81 && byte <= 0xfe
  if (!isLead) return isControl ? 0 : 1
  if (next >= 0x40 && next < 0x7f) return isControl && introducers.has(byte) ? 0 : 1
  if (next < 0x80 || next > 0xfe) return isControl ? 0 : 1
  const length = sequenceBytes(bytes, at + 1)
  if (length === 0) return 2
  const isShown = cleanRun(bytes.subarray(at + 1, at + 1 + length)).length === length
  return isControl && !isShown ? 0 : 1
}
