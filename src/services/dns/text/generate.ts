/**
 * `$GENERATE start-stop[/step] owner [ttl] [class] type data`: one entry for each number of the range. Within owner and data `$` is the
 * number, `$$` or `\$` a dollar, and `${offset,width,base}` the number plus an offset, filled with zeros to a width, in one of
 * the bases d, o, x, X, or n and N: hexadecimal digits from the last one on with dots between them, as reverse names of
 * IPv6 have them; their width counts the dots.
 */
import type { Scanner } from './scanner.ts'

export interface Generate {
  readonly start: number
  readonly stop: number
  readonly step: number
  /** What the line says behind the range, escapes and quotes as they stand. */
  readonly template: string
}

const numberLimit = 0x7fff_ffff
const widthLimit = 255

/** Reads the directive; the scanner stands on its name. */
export function readGenerate(scan: Scanner): Generate {
  scan.need('the range')
  const [, first, last, each] = /^(\d{1,10})-(\d{1,10})(?:\/(\d{1,10}))?$/.exec(scan.text()) ?? []
  const [start, stop, step] = [Number(first), Number(last), Number(each ?? 1)]
  if (!(start <= stop && stop <= numberLimit && step >= 1 && step <= numberLimit)) {
    throw scan.refuse(`a range such as 1-254 or 0-100/10 is wanted, not ${scan.shown()}`)
  }
  const words: string[] = []
  while (scan.word()) {
    const text = Buffer.from(scan.bytes.subarray(scan.start, scan.end)).toString('latin1')
    words.push(scan.isQuoted ? `"${text}"` : text)
  }
  if (words.length < 3) throw scan.refuse('owner, type and data are wanted behind the range')
  return { start, stop, step, template: words.join(' ') }
}

/** How many entries it makes. */
export function generateCount({ start, stop, step }: Generate): number {
  return Math.floor((stop - start) / step) + 1
}

/** The line of one number. Refuses through `refuse` what cannot be written. */
export function generateLine(template: string, number: number, refuse: (reason: string) => Error): string {
  return template.replace(/\\\$|\$\$|\$\{([^}]*)\}|\$/g, (found: string, modifier: string | undefined) => {
    if (found === '\\$') return '\\$'
    if (found === '$$') return '\\$'
    return modifier === undefined ? String(number) : modified(modifier, number, refuse)
  })
}

function modified(modifier: string, number: number, refuse: (reason: string) => Error): string {
  const [, offset, width, base = 'd'] = /^(-?\d{1,10})(?:,(\d{1,3})(?:,([doxXnN]))?)?$/.exec(modifier) ?? []
  if (offset === undefined) throw refuse(`a modifier such as \${0,3,d} is wanted, not \${${modifier}}`)
  const value = number + Number(offset)
  const size = Number(width ?? 0)
  if (value < 0 || value > 0xffff_ffff) throw refuse(`$ is ${value}, which is not from 0 to 4294967295`)
  if (size > widthLimit) throw refuse(`a width of ${size}; at most ${widthLimit} are allowed`)
  if (base === 'n' || base === 'N') return nibbles(value, size, base === 'N')
  const text = value.toString(base === 'd' ? 10 : base === 'o' ? 8 : 16).padStart(size, '0')
  return base === 'X' ? text.toUpperCase() : text
}

function nibbles(value: number, width: number, isUpper: boolean): string {
  const digits = value.toString(16).padStart(Math.ceil(width / 2), '0')
  const text = [...digits].reverse().join('.')
  return isUpper ? text.toUpperCase() : text
}
