/** Text as it may stand in SVG and HTML: nothing in a name can become markup, or break a parser. */
import { visibleText } from './text-width.ts'

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

/** A name for the content of an element or a quoted attribute. Characters that XML does not allow are shown as `\xNN`. */
export function xmlText(text: string): string {
  return visibleText(text)
    .replace(/[\uFFFE\uFFFF]/g, '?')
    .replace(/[&<>"']/g, (character) => entities[character] ?? character)
}

/** A length in pixels, in hundredths. */
export function px(value: number): string {
  return String(Math.round(value * 100) / 100)
}
