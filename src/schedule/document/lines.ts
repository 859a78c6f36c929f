/**
 * Lines of the values of a JSON or TOML text, which their parsers do not tell. The text has been parsed already, so it is
 * well-formed; what these scanners do not understand only makes a line less exact.
 */
import type { FieldPath } from './field.ts'

export type LineOf = (path: FieldPath) => number

/** Where the values of a JSON text stand. */
export function jsonLines(text: string): LineOf {
  const lines = new Lines(text)
  new Scanner(lines, text, 0, ':').value([])
  return lines.lineOf
}

/** Where the values of a TOML text stand. */
export function tomlLines(text: string): LineOf {
  const lines = new Lines(text)
  const counts = new Map<string, number>()
  const scanner = new Scanner(lines, text, 0, '=')
  let prefix: (string | number)[] = []
  for (scanner.blanks(); scanner.at < text.length; scanner.blanks()) {
    const start = scanner.at
    const header = /^(\[\[?)([^\]\n]*)\]\]?[^\n]*/.exec(text.slice(start, start + 1_000))
    if (header !== null) {
      prefix = keyParts(header[2] ?? '')
      if (header[1] === '[[') {
        const index = counts.get(keyOf(prefix)) ?? 0
        counts.set(keyOf(prefix), index + 1)
        lines.set(prefix, start)
        prefix.push(index)
      }
      lines.set(prefix, start)
      scanner.at += header[0].length
      continue
    }
    const end = text.indexOf('=', start)
    if (end < 0) break
    const path = [...prefix, ...keyParts(text.slice(start, end))]
    scanner.at = end + 1
    scanner.blanks()
    scanner.value(path, start)
  }
  return lines.lineOf
}

const deepest = 64

class Lines {
  readonly #text: string
  readonly #starts = new Map<string, number>()

  constructor(text: string) {
    this.#text = text
  }

  set(path: FieldPath, start: number): void {
    const key = keyOf(path)
    if (!this.#starts.has(key)) this.#starts.set(key, start)
  }

  /** Of the value, else of the nearest one around it. */
  lineOf = (path: FieldPath): number => {
    for (let length = path.length; length > 0; length--) {
      const start = this.#starts.get(keyOf(path.slice(0, length)))
      if (start !== undefined) return lineAt(this.#text, start)
    }
    return 1
  }
}

/** Line of a place in a text, counted from 1. */
export function lineAt(text: string, place: number): number {
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < place; at = text.indexOf('\n', at + 1)) line++
  return line
}

/** Walks over values; both languages write arrays, objects and strings alike. */
class Scanner {
  at: number
  readonly #lines: Lines
  readonly #text: string
  readonly #separator: ':' | '='

  constructor(lines: Lines, text: string, at: number, separator: ':' | '=') {
    this.#lines = lines
    this.#text = text
    this.at = at
    this.#separator = separator
    this.blanks()
  }

  value(path: FieldPath, start: number = this.at): void {
    this.#lines.set(path, start)
    // Nobody nests so deep in earnest; what follows then gets the line of what it is in.
    if (path.length > deepest) return void (this.at = this.#text.length)
    const first = this.#text[this.at]
    if (first === '[') this.#items(path)
    else if (first === '{') this.#members(path)
    else if (first === '"' || first === "'") this.#string()
    else while (this.at < this.#text.length && !/[,\]}\n#]/.test(this.#text[this.at] as string)) this.at++
  }

  /** White space and comments. */
  blanks(): void {
    for (;;) {
      while (/[\s,]/.test(this.#text[this.at] ?? '-')) this.at++
      if (this.#text[this.at] !== '#') return
      const end = this.#text.indexOf('\n', this.at)
      this.at = end < 0 ? this.#text.length : end
    }
  }

  #items(path: FieldPath): void {
    this.at++
    this.blanks()
    for (let index = 0; this.at < this.#text.length && this.#text[this.at] !== ']'; index++) {
      this.value([...path, index])
      this.blanks()
    }
    this.at++
  }

  #members(path: FieldPath): void {
    this.at++
    this.blanks()
    while (this.at < this.#text.length && this.#text[this.at] !== '}') {
      const start = this.at
      if (this.#text[start] === '"') this.#string()
      const end = this.#text.indexOf(this.#separator, this.at)
      if (end < 0) return void (this.at = this.#text.length)
      const key = keyParts(this.#text.slice(start, end), this.#separator === '=')
      this.at = end + 1
      this.blanks()
      this.value([...path, ...key], start)
      this.blanks()
    }
    this.at++
  }

  #string(): void {
    const quote = this.#text[this.at] as string
    const triple = quote.repeat(3)
    if (this.#separator === '=' && this.#text.startsWith(triple, this.at)) {
      const end = this.#text.indexOf(triple, this.at + 3)
      this.at = end < 0 ? this.#text.length : end + 3
      return
    }
    for (this.at++; this.at < this.#text.length && this.#text[this.at] !== quote; this.at++)
      if (this.#text[this.at] === '\\' && quote === '"') this.at++
    this.at++
  }
}

function keyParts(text: string, hasDots = true): string[] {
  const plain = text.trim()
  if (/^["']/.test(plain) || !hasDots) return [unquoted(plain)]
  return plain.split('.').map((part) => unquoted(part.trim()))
}

function unquoted(key: string): string {
  if (key.startsWith('"')) {
    try {
      return String(JSON.parse(key))
    } catch {
      // TOML knows escapes that JSON does not; such a key only makes a line less exact.
    }
  }
  return key.replace(/^["']|["']$/g, '')
}

function keyOf(path: FieldPath): string {
  return JSON.stringify(path)
}
