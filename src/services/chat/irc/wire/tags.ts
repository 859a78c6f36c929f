/**
 * Message tags (IRCv3 message-tags): `@time=2026-…;+typing=active ` in front of a message, with escapes of their own.
 *
 *   ; is \:    space is \s    \ is \\    CR is \r    LF is \n
 */

/** Bytes of tags that a client may send, `@` and the space included. */
export const clientTagBytes = 4_096

const escapes: Readonly<Record<string, string>> = { ';': '\\:', ' ': '\\s', '\\': '\\\\', '\r': '\\r', '\n': '\\n' }
const meanings: Readonly<Record<string, string>> = { ':': ';', s: ' ', '\\': '\\', r: '\r', n: '\n' }

/** The tags between `@` and the space; of a key that is given twice the last one counts. */
export function parseTags(text: string): Map<string, string> {
  const tags = new Map<string, string>()
  for (const part of text.split(';')) {
    const equals = part.indexOf('=')
    const key = equals < 0 ? part : part.slice(0, equals)
    if (key !== '') tags.set(key, equals < 0 ? '' : unescapeTag(part.slice(equals + 1)))
  }
  return tags
}

/** The tags as they go between `@` and the space; a value that is empty is left out with its `=`. */
export function formatTags(tags: Iterable<readonly [string, string]>): string {
  let text = ''
  for (const [key, value] of tags) {
    text += `${text === '' ? '' : ';'}${key}${value === '' ? '' : `=${escapeTag(value)}`}`
  }
  return text
}

/** NUL has no escape, and goes. */
export function escapeTag(value: string): string {
  // oxlint-disable-next-line no-control-regex -- what may not stand in a tag
  return /[; \\\r\n\0]/.test(value) ? value.replace(/[; \\\r\n\0]/g, (found) => escapes[found] ?? '') : value
}

/** A backslash before any other character, and one at the end, mean nothing. */
export function unescapeTag(value: string): string {
  return value.includes('\\') ? value.replace(/\\(.?)/gs, (_, found: string) => meanings[found] ?? found) : value
}

/** Whether a client may have it relayed: `+`, perhaps a vendor's name, and letters, digits and hyphens. */
export function isClientTag(key: string): boolean {
  return /^\+(?:[a-zA-Z0-9.-]+\/)?[a-zA-Z0-9-]+$/.test(key)
}
