/**
 * Cuts a zone file into entries and words (RFC 1035 5.1), byte by byte.
 *
 *   owner  3600  IN  SOA  ns mail ( 1 2h   ; a comment
 *                          15m 1w 1h )     the entry ends with its line, or behind the parentheses
 *
 * A word is a part of the bytes, from `start` to `end`; nothing is copied. Quotes around a word are left out, escapes are not yet
 * resolved, and `isPlain` says that there are none.
 */

/** What is wrong, and where. Never leaves this folder: the reader of zones makes ZONE_INVALID of it. */
export class Problem extends Error {
  readonly line: number
  readonly column: number

  constructor(line: number, column: number, reason: string) {
    super(reason)
    this.line = line
    this.column = column
  }
}

const [ordinary, blank, lineEnd, semicolon, open, close, quote, backslash] = [0, 1, 2, 3, 4, 5, 6, 7]
const classes = new Uint8Array(256)
for (const [text, kind] of [
  [' \t\r', blank],
  ['\n', lineEnd],
  [';', semicolon],
  ['(', open],
  [')', close],
  ['"', quote],
  ['\\', backslash],
] as const) {
  for (const character of text) classes[character.charCodeAt(0)] = kind
}

export class Scanner {
  readonly bytes: Uint8Array
  /** Of the word. */
  start = 0
  end = 0
  /** The word stood in quotes. */
  isQuoted = false
  /** The word has no escapes, nor quotes within. */
  isPlain = true
  /** Line of the word, from 1. */
  line = 1
  /** Whether the entry began at the margin, so that its first word is its owner. */
  hasOwner = false
  #at = 0
  #depth = 0
  // Where the line of the scan began, and which one it is; the word keeps its own.
  #lineStart = 0
  #line = 1
  #wordLineStart = 0
  #openedAt = 0
  #isOver = true

  /** With `line`, all problems are said to be there: for text that a directive made. */
  constructor(bytes: Uint8Array, line = 1) {
    this.bytes = bytes
    this.#line = this.line = line
    // A byte order mark is no text.
    if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) this.#at = this.#lineStart = 3
  }

  /** Goes to the first word of the next entry; false at the end of the file. */
  entry(): boolean {
    const { bytes } = this
    while (this.#at < bytes.length) {
      this.#isOver = false
      this.hasOwner = classes[bytes[this.#at]!] !== blank
      if (this.word()) return true
    }
    return false
  }

  /** Goes to the next word; false where the entry ends. */
  word(): boolean {
    if (this.#isOver) return false
    const { bytes } = this
    const size = bytes.length
    let at = this.#at
    for (; at < size; at++) {
      const kind = classes[bytes[at]!]
      if (kind === blank) continue
      if (kind === ordinary || kind === backslash) return this.#plainWord(at)
      if (kind === quote) return this.#quotedWord(at)
      if (kind === lineEnd) {
        this.#line++
        this.#lineStart = at + 1
        if (this.#depth > 0) continue
        this.#at = at + 1
        this.#isOver = true
        return false
      }
      if (kind === semicolon) {
        const next = bytes.indexOf(0x0a, at)
        at = (next === -1 ? size : next) - 1
      } else this.#bracket(kind === open, at)
    }
    this.#at = at
    this.#isOver = true
    if (this.#depth === 0) return false
    this.#depth = 0
    throw this.#problem(this.#openedAt, 'a parenthesis is not closed')
  }

  /** Goes to the next word of the entry. Throws where there is none, saying what was wanted. */
  need(what: string): void {
    if (!this.word()) throw this.refuse(`${what} is missing`)
  }

  /** True, and then the word, where `\\#` comes next (RFC 3597 5). */
  nextIsOpaque(): boolean {
    const { bytes } = this
    let at = this.#at
    while (classes[bytes[at] ?? 0] === blank) at++
    if (bytes[at] !== 0x5c || bytes[at + 1] !== 0x23) return false
    const after = classes[bytes[at + 2] ?? 0x20]
    return after !== ordinary && after !== backslash && this.word()
  }

  /** Goes behind the entry, whatever is left of it. */
  skip(): void {
    for (;;) {
      try {
        if (!this.word()) return
      } catch (error) {
        if (!(error instanceof Problem)) throw error
        if (this.#isOver) return
      }
    }
  }

  /** A problem with the word. */
  refuse(reason: string): Problem {
    return new Problem(this.line, this.column(), reason)
  }

  /** Of the word, its quote included; from 1, in bytes. */
  column(): number {
    return this.start - this.#wordLineStart + (this.isQuoted ? 0 : 1)
  }

  /** The word as it stands, one character a byte, at most 60 of them: for reasons. */
  shown(): string {
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.start, Math.min(this.end - this.start, 60))
    return JSON.stringify(text.toString('latin1'))
  }

  /** The word with its escapes resolved; a view where it has none. */
  value(): Uint8Array {
    if (this.isPlain) return this.bytes.subarray(this.start, this.end)
    const value = new Uint8Array(this.end - this.start)
    let size = 0
    for (let at = this.start; at < this.end;) {
      const byte = this.bytes[at]!
      if (byte === 0x22) throw this.refuse('a quote stands within a word')
      if (byte === 0x5c) {
        value[size++] = this.escaped(at)
        at += isDigit(this.bytes[at + 1]!) ? 4 : 2
      } else {
        value[size++] = byte
        at++
      }
    }
    return value.subarray(0, size)
  }

  /** The byte that the escape at an offset stands for: `\DDD` or `\X`. */
  escaped(at: number): number {
    const { bytes } = this
    const first = bytes[at + 1]
    if (at + 1 >= this.end || first === undefined) throw this.refuse('a backslash ends the word')
    if (!isDigit(first)) return first
    const [second, third] = [bytes[at + 2] ?? 0, bytes[at + 3] ?? 0]
    const number = (first - 0x30) * 100 + (second - 0x30) * 10 + (third - 0x30)
    if (at + 3 >= this.end || !isDigit(second) || !isDigit(third) || number > 255) {
      throw this.refuse('an escape is not \\000 to \\255')
    }
    return number
  }

  /** The word as text, one character a byte. */
  text(): string {
    const value = this.value()
    return Buffer.from(value.buffer, value.byteOffset, value.length).toString('latin1')
  }

  /** True where the unquoted word is these characters. */
  isWord(text: string): boolean {
    if (this.isQuoted || this.end - this.start !== text.length) return false
    for (let at = 0; at < text.length; at++) if (this.bytes[this.start + at] !== text.charCodeAt(at)) return false
    return true
  }

  #plainWord(start: number): boolean {
    const { bytes } = this
    const size = bytes.length
    this.#begin(start, false)
    let at = start
    for (; at < size; at++) {
      const kind = classes[bytes[at]!]
      if (kind === ordinary) continue
      if (kind === backslash) {
        this.isPlain = false
        at++
        if (at < size && classes[bytes[at]!] === lineEnd)
          throw this.#refuseAt(at, 'a backslash stands at the end of a line')
      } else if (kind === quote) {
        this.isPlain = false
        at = this.#endOfQuotes(at)
      } else break
    }
    this.#at = this.end = Math.min(at, size)
    return true
  }

  #quotedWord(start: number): boolean {
    this.#begin(start + 1, true)
    this.end = this.#endOfQuotes(start)
    this.#at = this.end + 1
    return true
  }

  #begin(start: number, isQuoted: boolean): void {
    this.start = start
    this.isQuoted = isQuoted
    this.isPlain = true
    this.line = this.#line
    this.#wordLineStart = this.#lineStart
  }

  /** Where the quotes that open here are closed, which must be on the same line. */
  #endOfQuotes(start: number): number {
    const { bytes } = this
    for (let at = start + 1; at < bytes.length; at++) {
      const byte = bytes[at]
      if (byte === 0x22) return at
      if (byte === 0x5c) {
        this.isPlain = false
        at++
      } else if (byte === 0x0a) break
    }
    const next = bytes.indexOf(0x0a, start)
    throw this.#refuseAt(next === -1 ? bytes.length : next, 'a quote is not closed on its line')
  }

  /** A problem with the word, behind which the scan goes on at an offset. */
  #refuseAt(at: number, reason: string): Problem {
    this.#at = at
    return this.refuse(reason)
  }

  #bracket(isOpen: boolean, at: number): void {
    this.#at = at + 1
    if (isOpen && this.#depth === 0) this.#openedAt = at
    this.#depth += isOpen ? 1 : -1
    if (this.#depth === 0 || (isOpen && this.#depth === 1)) return
    this.#depth = isOpen ? 1 : 0
    throw this.#problem(
      at,
      isOpen ? 'a parenthesis opens within parentheses' : 'a parenthesis closes that was not opened',
    )
  }

  #problem(at: number, reason: string): Problem {
    // The line of an offset that may lie behind: counted back.
    let [line, start] = [this.#line, this.#lineStart]
    while (start > at) {
      start = this.bytes.lastIndexOf(0x0a, start - 2) + 1
      line--
    }
    return new Problem(line, at - start + 1, reason)
  }
}

function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39
}
