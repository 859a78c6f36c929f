/** Finds the place of a value in a JSON text that is known to be valid: errors in what it says can then be shown there. */

/**
 * The offset of the value at a path of keys and indexes, from 0; of the last part of the path that exists, if not all does.
 *
 * @example
 * offsetOf('{"jobs": [{"name": "A"}]}', ['jobs', 0, 'name']) // 19
 */
export function offsetOf(text: string, path: readonly (string | number)[]): number {
  let at = skipSpace(text, text.startsWith('\uFEFF') ? 1 : 0)
  for (const step of path) {
    const inside = typeof step === 'number' ? itemAt(text, at, step) : valueOf(text, at, step)
    if (inside === undefined) return at
    at = inside
  }
  return at
}

function itemAt(text: string, list: number, index: number): number | undefined {
  if (text[list] !== '[') return undefined
  let at = skipSpace(text, list + 1)
  for (let count = 0; text[at] !== ']'; count++) {
    if (count === index) return at
    at = skipSpace(text, skipValue(text, at))
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return undefined
}

/** Of a key that comes twice the last value counts, as for JSON.parse. */
function valueOf(text: string, object: number, key: string): number | undefined {
  if (text[object] !== '{') return undefined
  let found: number | undefined
  let at = skipSpace(text, object + 1)
  while (text[at] !== '}') {
    const end = skipValue(text, at)
    const isKey = JSON.parse(text.slice(at, end)) === key
    at = skipSpace(text, skipSpace(text, end) + 1)
    if (isKey) found = at
    at = skipSpace(text, skipValue(text, at))
    if (text[at] === ',') at = skipSpace(text, at + 1)
  }
  return found
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \n\r\t'.includes(text.charAt(at))) at++
  return at
}

/** The offset behind the value that begins here; nesting is counted, so that depth costs no stack. */
function skipValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at)
    if (character === '"') at = endOfText(text, at)
    else if (character === '{' || character === '[') depth++
    else if (character === '}' || character === ']') {
      // The end of what this value stands in.
      if (depth === 0) return at
      depth--
    } else if (depth > 0 || !', \n\r\t:'.includes(character)) continue
    else return at
    if (depth === 0) return at + 1
  }
  return text.length
}

/** The offset of the closing quote. */
function endOfText(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at
}
