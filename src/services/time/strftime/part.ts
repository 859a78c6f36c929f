/** A compiled piece of a format: what it writes, and how long that may be. */
import type { Moment } from './moment.ts'
import type { Names } from './names.ts'
import type { Directive } from './parse.ts'

/** Which directives there are and how the odd ones behave; see docs/strftime.md. */
export type Dialect = 'gnu-date' | 'extended'

export interface Part {
  write(moment: Moment): string
  /** Bytes that it writes at least. */
  readonly least: number
  /** Bytes that it writes at most; Infinity where only writing tells. */
  readonly most: number
  /** What it writes changes within a second. */
  readonly subSecond?: boolean
}

/** Text as it goes into the output: characters, or the bytes of UTF-8 as one character each. */
export interface Lettering {
  /** Makes text that is no part of the format ready for the output. */
  own(text: string): string
  /** What widths count: characters, or bytes. */
  length(own: string): number
  /** Bytes of the output. */
  bytes(own: string): number
}

/** Where a directive stands. */
export interface Context {
  readonly names: Names
  readonly lettering: Lettering
  readonly dialect: Dialect
  /** What fills years that say nothing themselves: inside `%F` and `%D` it is the composite's flag. */
  readonly yearPad: Directive['pad']
  /** Throws for what is no directive, instead of copying it. */
  readonly strict: boolean
  /** The whole format, for errors. */
  readonly format: string
  /** Compiles the directives of a composite. */
  compile(format: string, context: Context, upper: boolean): Part[]
}

export const textLettering: Lettering = {
  own: (text) => text,
  length: (text) => {
    let count = 0
    for (const _ of text) count++
    return count
  },
  bytes: (text) => Buffer.byteLength(text),
}

// oxlint-disable-next-line no-control-regex -- ASCII begins there
const asciiOnly = /^[\u0000-\u007f]*$/

export const byteLettering: Lettering = {
  // ASCII is the same in both, and most text is.
  own: (text) => (asciiOnly.test(text) ? text : Buffer.from(text).toString('latin1')),
  length: (text) => text.length,
  bytes: (text) => text.length,
}
