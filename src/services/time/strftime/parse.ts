/**
 * Cuts a format into literal text and directives. Pure; it does not know what the directives mean.
 *
 *   %  _-0+^#   12     E O      : : :   Y
 *   │  flags    width  modifier colons  letter
 *
 * Formats are strings of bytes (each character a byte, `latin1`) or of text; everything that matters here is ASCII.
 */
import type { Pad } from './padding.ts'

export interface Directive {
  /** The last of the flags `_`, `-`, `0`, `+`. */
  readonly pad: Pad | undefined
  /** Flag `^`. */
  readonly upper: boolean
  /** Flag `#`. */
  readonly swapCase: boolean
  /** -1 when none is given; at most `widestWidth`. */
  readonly width: number
  readonly modifier: '' | 'E' | 'O'
  /** How many `:` stand before the letter. */
  readonly colons: number
  /** The letter that says what is meant; empty when the format ends, or the next `%` comes, before one. */
  readonly letter: string
  /** As it stands in the format. */
  readonly text: string
  /** Where in the format it begins. */
  readonly position: number
}

/** Larger widths count as this one, as in C, where widths are of type int. */
export const widestWidth = 2_147_483_647

/** Literal text as strings, directives as objects, in order; `+` is a flag (`plusFlag`), else a letter. */
export function parseFormat(format: string, plusFlag: boolean): (string | Directive)[] {
  const found: (string | Directive)[] = []
  let at = 0
  while (at < format.length) {
    const percent = format.indexOf('%', at)
    if (percent < 0) {
      found.push(format.slice(at))
      break
    }
    if (percent > at) found.push(format.slice(at, percent))
    const directive = directiveAt(format, percent, plusFlag)
    found.push(directive)
    at = percent + directive.text.length
  }
  return found
}

function directiveAt(format: string, position: number, plusFlag: boolean): Directive {
  let at = position + 1
  let pad: Pad | undefined
  let upper = false
  let swapCase = false
  for (; at < format.length; at++) {
    const flag = format[at] as string
    if (flag === '_' || flag === '-' || flag === '0' || (flag === '+' && plusFlag)) pad = flag
    else if (flag === '^') upper = true
    else if (flag === '#') swapCase = true
    else break
  }
  let width = -1
  for (; isDigit(format.charCodeAt(at)); at++) {
    width = Math.min(widestWidth, Math.max(width, 0) * 10 + format.charCodeAt(at) - 0x30)
  }
  const letterOrModifier = format[at]
  const modifier = letterOrModifier === 'E' || letterOrModifier === 'O' ? letterOrModifier : ''
  if (modifier !== '') at++
  let colons = 0
  while (format[at + colons] === ':') colons++
  // Colons belong to z alone, three at most; before anything else the first of them is a letter without a meaning.
  if (colons > 0 && format[at + colons] === 'z') at += colons
  else colons = 0
  const next = format[at]
  const isPercentSign = next === '%' && at === position + 1
  const letter = colons > 3 ? ':' : next === undefined || (next === '%' && !isPercentSign) ? '' : next
  const text = format.slice(position, at + letter.length)
  // Written out: to spread an object and add to it takes microseconds.
  return { pad, upper, swapCase, width, modifier, colons, letter, text, position }
}

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39
}
