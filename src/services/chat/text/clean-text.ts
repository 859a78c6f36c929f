/**
 * Text as it may be shown on a terminal, in a page and in a line of IRC: without what would be an order there. Line ends and NUL never
 * survive, nor escape sequences, nor marks that turn what follows around (bidirectional overrides).
 */

/** Bold, colour, hex colour, reset, monospace, reverse, italic, strikethrough, underline: the codes of IRC. */
const codes = '\\x02\\x03\\x04\\x0f\\x11\\x16\\x1d\\x1e\\x1f'
const colour = /\x03(\d{1,2}(,\d{1,2})?)?|\x04([0-9A-Fa-f]{6}(,[0-9A-Fa-f]{6})?)?/g
const spaces = /[\t\r\n\v\f\x85\u2028\u2029]+/g
const turning = '\\u202a-\\u202e\\u2066-\\u2069'
const controls = new RegExp(`[\\0-\\x1f\\x7f-\\x9f${turning}]`, 'g')
const controlsButCodes = new RegExp(`(?![${codes}])[\\0-\\x1f\\x7f-\\x9f${turning}]`, 'g')
const anyCode = new RegExp(`^\\x01|[${codes}]`)

/**
 * One line without control characters: tabs and line ends within are spaces, at the ends they are gone, all else that controls is taken out,
 * and half a surrogate pair is U+FFFD. `formatting` leaves the codes of IRC, and the 01 that begins and ends a request between IRC clients
 * (CTCP); without it colours go with their numbers.
 */
export function cleanText(text: string, options: { readonly formatting?: boolean } = {}): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  const line = text
    .replace(/^[\r\n\0]+|[\r\n\0]+$/g, '')
    .replace(spaces, ' ')
    .toWellFormed()
  if (options.formatting !== true) return line.replace(colour, '').replace(controls, '')
  const kept = line.replace(controlsButCodes, '')
  return line.startsWith('\x01') ? `\x01${kept}\x01` : kept
}

/** Whether a text has formatting that only IRC shows. */
export function hasFormatting(text: string): boolean {
  return anyCode.test(text)
}

/** What is left of a text within so many bytes of UTF-8, cut between characters. */
export function clipText(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text)
  if (bytes.length <= maxBytes) return text
  let end = maxBytes
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--
  return bytes.toString('utf8', 0, end)
}
