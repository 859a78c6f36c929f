/** Directives that write text: names, zones, characters, and composites of other directives. */
import { joinParts } from './join.ts'
import type { Moment } from './moment.ts'
import type { Names } from './names.ts'
import { padText, type Pad } from './padding.ts'
import type { Directive } from './parse.ts'
import type { Context, Lettering, Part } from './part.ts'
import { yearish } from './numbers.ts'

/** The zones' readers allow no longer abbreviations. */
const zoneNameBytes = 16

/** One of a list of names. They are made ready here, so that formatting only picks. */
export function name(
  { names, lettering }: Context,
  { upper, swapCase, width, pad }: Directive,
  list: readonly string[],
  read: (moment: Moment) => number,
): Part {
  const { texts, least, most } = readyList(names, lettering, list, upper || swapCase)
  return filled({ write: (moment) => texts[read(moment)] as string, least, most }, width, pad, lettering.length)
}

interface ReadyList {
  readonly texts: readonly string[]
  /** Bytes of the shortest and of the longest. */
  readonly least: number
  readonly most: number
}

/** By lettering, then by list; a format may ask for the same names a hundred times. */
const readyLists = { upper: new WeakMap<Lettering, Lists>(), plain: new WeakMap<Lettering, Lists>() }
type Lists = WeakMap<readonly string[], ReadyList>

function readyList(names: Names, lettering: Lettering, list: readonly string[], upper: boolean): ReadyList {
  const byLettering = upper ? readyLists.upper : readyLists.plain
  let lists = byLettering.get(lettering)
  if (lists === undefined) byLettering.set(lettering, (lists = new WeakMap()))
  const known = lists.get(list)
  if (known !== undefined) return known
  const texts = list.map((each) => lettering.own(upper ? names.upper(each) : each))
  const sizes = texts.map((text) => lettering.bytes(text))
  const made = { texts, least: Math.min(...sizes), most: Math.max(...sizes) }
  lists.set(list, made)
  return made
}

export function halfDay(context: Context, directive: Directive, letters: 'lower' | 'upper' | 'as it is'): Part {
  const { names } = context
  const list = letters === 'as it is' ? names.halfDays : names.halfDays.map((each) => names[letters](each))
  const plain = { ...directive, upper: false, swapCase: false }
  return name(context, plain, list, (moment) => (moment.hour < 12 ? 0 : 1))
}

/** The zone's abbreviation; it is ASCII. */
export function zoneName({ names }: Context, { upper, swapCase, width, pad }: Directive): Part {
  const write = ({ zoneName: own }: Moment): string =>
    padText(swapCase ? names.lower(own) : upper ? names.upper(own) : own, own.length, width, pad)
  return { write, least: pad === '-' ? 0 : Math.max(width, 0), most: Math.max(width, zoneNameBytes) }
}

export function character(own: string, { width, pad }: Directive): Part {
  const size = pad === '-' ? 1 : Math.max(width, 1)
  return { write: () => padText(own, 1, width, pad), least: size, most: size }
}

/** Directives in place of one; with `letter`, as the language has it. `^` goes on into it, and its width holds for all of it. */
export function composite(context: Context, directive: Directive, format: string, letter?: string): Part {
  const { pad, upper, width } = directive
  const { names, lettering } = context
  const yearPad = letter === undefined ? (pad ?? context.yearPad) : undefined
  const parts = context.compile(format, { ...context, strict: false, yearPad }, upper)
  const plain = joinParts(parts)
  if (letter === undefined || !names.hasComposites) return filled(plain, width, pad, lettering.length)
  const write = (moment: Moment): string => {
    const text = names.composite(letter, moment)
    if (text === undefined) return plain.write(moment)
    return lettering.own(upper ? names.upper(text) : text)
  }
  return filled({ write, least: 0, most: Infinity }, width, pad, lettering.length)
}

/** `%F`: with a width, the year gets what month and day leave of it; without one, years beyond 9999 have a sign. */
export function fullDate(context: Context, directive: Directive): Part {
  const { width } = directive
  const isPlain = directive.pad === undefined && width < 0
  const pad = isPlain ? '+' : directive.pad
  const yearWidth = isPlain ? 4 : Math.max(0, width - 6)
  const year = yearish(
    { ...context, yearPad: undefined },
    { ...directive, pad, width: yearWidth },
    4,
    (moment) => Math.abs(moment.year),
    (moment) => moment.year < 0,
  )
  const rest = context.compile('-%m-%d', { ...context, yearPad: pad }, false)
  return filled(joinParts([year, ...rest]), width, pad, context.lettering.length)
}

/** `%EC`, `%Ey`, `%EY` of a calendar with eras; undefined where there is nothing of the kind. */
export function localEra(
  { names, lettering }: Context,
  { letter, modifier, width, pad, upper }: Directive,
  plain: Part,
): Part | undefined {
  const { era } = names
  if (era === undefined || modifier !== 'E') return undefined
  const write = (moment: Moment): string => {
    const text = era(letter, moment)
    return text === undefined ? plain.write(moment) : lettering.own(upper ? names.upper(text) : text)
  }
  return filled({ write, least: 0, most: Infinity }, width, pad, lettering.length)
}

/** With the width of a directive around what it writes. */
export function filled(part: Part, width: number, pad: Pad | undefined, length: (text: string) => number): Part {
  if (width < 0 || pad === '-') return part
  const write = (moment: Moment): string => {
    const text = part.write(moment)
    return padText(text, length(text), width, pad)
  }
  return { write, subSecond: part.subSecond === true, least: Math.max(part.least, width), most: part.most + width }
}
