/** Long text in pieces that fit a message of some protocol, between words where there are any, never within a character. */
import { checkInteger } from '../../../core/index.ts'

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })

/**
 * The text in pieces of at most `maxBytes` bytes of UTF-8 (4 or more). A piece ends at a space, which is left out, where its second half has one;
 * else between two characters as people see them, unless one alone is longer. Nothing else is lost. Throws OPTION_INVALID.
 */
export function splitText(text: string, maxBytes: number): string[] {
  checkInteger('maxBytes', maxBytes, 4, Number.MAX_SAFE_INTEGER)
  const pieces: string[] = []
  let rest = text
  while (Buffer.byteLength(rest) > maxBytes) {
    const fits = fitting(rest, maxBytes)
    const space = rest.lastIndexOf(' ', fits)
    const end = space > fits / 2 ? space : betweenCharacters(rest, fits)
    pieces.push(rest.slice(0, end))
    rest = rest.slice(space > fits / 2 ? end + 1 : end)
  }
  return rest === '' && pieces.length > 0 ? pieces : [...pieces, rest]
}

/** How many UTF-16 units fit, whole code points only; at least one code point. */
function fitting(text: string, maxBytes: number): number {
  let bytes = 0
  let at = 0
  while (at < text.length) {
    const point = text.codePointAt(at) as number
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
    if (bytes > maxBytes) break
    at += point < 0x10000 ? 1 : 2
  }
  return at
}

/** The last place up to `end` that is not within a character as people see it; `end` where that would be the start. */
function betweenCharacters(text: string, end: number): number {
  if ((text.codePointAt(end - 1) as number) < 0x80 && (text.codePointAt(end) as number) < 0x80) return end
  const from = Math.max(0, end - 64)
  const start = from + (graphemes.segment(text.slice(from, end + 8)).containing(end - from)?.index ?? 0)
  return start > 0 && start > from ? start : end
}
