/** How values become text: widths, what fills them, and signs. */

/** The flag that says what fills a width: `_` spaces, `0` zeros, `+` zeros and a sign for long years, `-` nothing. */
export type Pad = '_' | '0' | '+' | '-'

/** Fills text to `width` from the left, as names, zones and composites are: with spaces, or with zeros for `0` and `+`. */
export function padText(text: string, length: number, width: number, pad: Pad | undefined): string {
  if (length >= width || pad === '-') return text
  return (pad === '0' || pad === '+' ? '0' : ' ').repeat(width - length) + text
}

/** A number with its sign: zeros come between sign and digits, spaces before the sign. */
export function padNumber(sign: string, digits: string, width: number, pad: Pad | undefined): string {
  const missing = width - sign.length - digits.length
  if (missing <= 0 || pad === '-') return sign + digits
  return pad === '_' ? ' '.repeat(missing) + sign + digits : sign + '0'.repeat(missing) + digits
}

/** `00` to `99`. */
export const twoDigits: readonly string[] = Array.from({ length: 100 }, (_, value) => String(value).padStart(2, '0'))
