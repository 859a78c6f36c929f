/**
 * How many columns of a terminal a text takes, and texts made to fit. A grapheme (what a reader calls a character) takes
 * two columns if it is wide in East Asian scripts or an emoji, none if it only combines, else one
 * (Unicode Standard Annex 11, East Asian Width; Annex 29, grapheme clusters; Technical Standard 51, emoji).
 */

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' })

const emoji = /\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F|[0-9#*]\uFE0F?\u20E3/u
const nothing = /^(\p{Mn}|\p{Me}|\p{Cf})+$/u

/** First and last code points of what is Wide or Fullwidth (Annex 11), emoji apart. */
const wideRanges: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97f],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3fffd],
]

/** Columns that the text takes on a terminal; escape sequences must not be in it. */
export function textWidth(text: string): number {
  if (/^[\x20-\x7e]*$/.test(text)) return text.length
  let width = 0
  for (const { segment } of graphemes.segment(text)) width += graphemeWidth(segment)
  return width
}

function graphemeWidth(grapheme: string): number {
  if (nothing.test(grapheme)) return 0
  if (emoji.test(grapheme)) return 2
  const code = grapheme.codePointAt(0) ?? 0
  return wideRanges.some(([first, last]) => code >= first && code <= last) ? 2 : 1
}

/** The text, cut to at most so many columns; where something is missing, the mark stands at its end. */
export function cutText(text: string, width: number, mark = ''): string {
  if (textWidth(text) <= width) return text
  const room = width - textWidth(mark)
  if (room < 0) return cutText(text, width)
  let kept = ''
  let used = 0
  for (const { segment } of graphemes.segment(text)) {
    used += graphemeWidth(segment)
    if (used > room) break
    kept += segment
  }
  return kept + mark
}

/** The text, filled up to so many columns on its right, or its left. */
export function padText(text: string, width: number, side: 'start' | 'end' = 'end', filler = ' '): string {
  const filling = filler.repeat(Math.max(0, width - textWidth(text)))
  return side === 'end' ? text + filling : filling + text
}

const control = /[\p{Cc}\p{Cs}\u061C\u200B\u200E\u200F\u2028-\u202E\u2060-\u2069\uFEFF]/gu

/**
 * A name as it may be shown: what steers a terminal (control characters, escape sequences) or turns text around (marks of
 * writing direction) or cannot be seen becomes `\xNN` or `\u{NNNN}`.
 */
export function visibleText(text: string): string {
  return text.replace(control, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16)
    return code.length <= 2 ? `\\x${code.padStart(2, '0')}` : `\\u{${code}}`
  })
}

/** The same in ASCII: every other character becomes `?`, so that columns stay where they are. */
export function asciiText(text: string): string {
  let plain = ''
  for (const { segment } of graphemes.segment(text))
    plain += /^[\x20-\x7e]*$/.test(segment) ? segment : '?'.repeat(graphemeWidth(segment))
  return plain
}
