/**
 * What each letter means: the directives of POSIX strftime (IEEE Std 1003.1), those that GNU adds, and in the dialect
 * `extended` those of BSD, Ruby and Python. Which modifiers (`E`, `O`) a letter takes is part of its entry, as GNU date has it.
 */
import { literal } from './join.ts'
import { isoWeek, weekOfYear, type Moment } from './moment.ts'
import { cComposites } from './names.ts'
import type { Pad } from './padding.ts'
import { fraction, isWest, number, offset, signed, yearish } from './numbers.ts'
import type { Directive } from './parse.ts'
import type { Context, Part } from './part.ts'
import { character, composite, filled, fullDate, halfDay, localEra, name, zoneName } from './texts.ts'

type Build = (context: Context, directive: Directive) => Part

export interface Entry {
  readonly build: Build
  /** Modifiers that may stand before the letter. */
  readonly modifiers: '' | 'E' | 'O' | 'EO'
}

const hour12 = ({ hour }: Moment): number => (hour % 12 === 0 ? 12 : hour % 12)
const beforeYear0 = ({ year }: Moment): boolean => year < 0

/** A number of two digits (or so many as given), filled with zeros, or as `pad` says. */
function digits(modifiers: Entry['modifiers'], count: number, read: (moment: Moment) => number, pad: Pad = '0'): Entry {
  const build: Build = (context, directive) => {
    if (directive.modifier !== 'O') return number(context, { ...directive, pad: directive.pad ?? pad }, count, read)
    return byLibrary(context, directive, (bare) => number(context, { ...bare, pad }, count, read))
  }
  return { modifiers, build }
}

/** With a modifier GNU date leaves a directive to the C library: without its flags and width, which then hold for the text. */
function byLibrary(context: Context, directive: Directive, build: (bare: Directive) => Part): Part {
  const part = build({ ...directive, pad: undefined, width: -1 })
  return filled(part, directive.width, directive.pad, context.lettering.length)
}

function pattern(modifiers: Entry['modifiers'], format: string): Entry {
  return { modifiers, build: (context, directive) => composite(context, directive, format) }
}

/** A composite that languages have forms of their own for. */
function local(modifiers: Entry['modifiers'], letter: string): Entry {
  return {
    modifiers,
    // The C library formats these by itself, and knows nothing of the flags.
    build: (context, directive) =>
      composite({ ...context, yearPad: undefined }, directive, cComposites[letter] as string, letter),
  }
}

/** `%Y`, `%C`, `%y`: of the calendar's era with `E`, where the language has eras. */
function eraOr(modifiers: Entry['modifiers'], build: Build): Entry {
  return {
    modifiers,
    build: (context, directive) => localEra(context, directive, build(context, directive)) ?? build(context, directive),
  }
}

const year: Build = (context, directive) => {
  const read = (moment: Moment): number => Math.abs(moment.year)
  if (directive.modifier === '') return yearish(context, directive, 4, read, beforeYear0)
  // The library fills no years.
  return byLibrary(context, directive, (bare) => yearish(context, { ...bare, pad: '-' }, 1, read, beforeYear0))
}

const century: Build = (context, directive) => {
  if (directive.modifier === '') {
    return yearish(context, directive, 2, (moment) => Math.floor(Math.abs(moment.year) / 100), beforeYear0)
  }
  // The library's centuries begin at their first year also before year 0.
  const library = byLibrary(context, directive, (bare) =>
    signed(context, bare, (moment) => Math.floor(moment.year / 100)),
  )
  return directive.modifier === 'O'
    ? ownBelow0(century(context, { ...directive, modifier: '' }), library, beforeYear0)
    : library
}

const yearOfCentury: Build = (context, directive) => {
  if (directive.modifier === '') {
    const read = (moment: Moment): number => Math.abs(moment.year % 100)
    return yearish(context, directive, 2, read, () => false)
  }
  return byLibrary(context, directive, (bare) => number(context, bare, 2, ({ year: y }) => ((y % 100) + 100) % 100))
}

/** The library has no quarters, and gives the directive back. */
const quarter: Build = (context, directive) => {
  if (directive.modifier !== 'O') return number(context, directive, 1, ({ month }) => Math.floor((month + 2) / 3))
  return byLibrary(context, directive, ({ upper }) => literal(upper ? '%OQ' : '%Oq', context.lettering))
}

const zoneOffset: Build = (context, directive) => {
  const own = offset(directive)
  if (directive.modifier !== 'O') return own
  return ownBelow0(own, byLibrary(context, directive, offset), isWest)
}

/** With `O` GNU date leaves to the library what is not negative, and only that. */
function ownBelow0(own: Part, library: Part, isNegative: (moment: Moment) => boolean): Part {
  return {
    write: (moment) => (isNegative(moment) ? own : library).write(moment),
    least: Math.min(own.least, library.least),
    most: Math.max(own.most, library.most),
  }
}

const entries: Readonly<Record<string, Entry>> = {
  a: { modifiers: '', build: (c, d) => name(c, d, c.names.shortWeekdays, (moment) => moment.weekday) },
  A: { modifiers: '', build: (c, d) => name(c, d, c.names.weekdays, (moment) => moment.weekday) },
  b: { modifiers: 'O', build: shortMonth },
  B: {
    modifiers: 'O',
    build: (c, d) =>
      name(c, d, d.modifier === 'O' ? c.names.monthsAlone : c.names.months, (moment) => moment.month - 1),
  },
  c: local('E', 'c'),
  C: eraOr('EO', century),
  d: digits('O', 2, (moment) => moment.day),
  D: pattern('', cComposites['D'] as string),
  e: digits('O', 2, (moment) => moment.day, '_'),
  F: { modifiers: '', build: fullDate },
  g: { modifiers: 'O', build: isoYearOfCentury },
  G: { modifiers: 'O', build: isoYear },
  h: { modifiers: 'O', build: shortMonth },
  H: digits('O', 2, (moment) => moment.hour),
  I: digits('O', 2, hour12),
  j: digits('O', 3, (moment) => moment.yearDay + 1),
  k: digits('O', 2, (moment) => moment.hour, '_'),
  l: digits('O', 2, hour12, '_'),
  m: digits('O', 2, (moment) => moment.month),
  M: digits('O', 2, (moment) => moment.minute),
  n: { modifiers: 'EO', build: (_, d) => character('\n', d) },
  // `date` writes `%-N` as fine as its clock is, which is nine digits.
  N: { modifiers: 'O', build: (_, d) => fraction(d.text === '%-N' ? { ...d, pad: undefined } : d, 9) },
  p: { modifiers: 'EO', build: (c, d) => halfDay(c, d, d.swapCase ? 'lower' : d.upper ? 'upper' : 'as it is') },
  P: { modifiers: 'EO', build: (c, d) => halfDay(c, d, 'lower') },
  q: { modifiers: 'EO', build: quarter },
  r: local('EO', 'r'),
  R: pattern('EO', cComposites['R'] as string),
  s: { modifiers: 'EO', build: (c, d) => signed(c, d, (moment) => moment.seconds) },
  S: digits('O', 2, (moment) => moment.second),
  t: { modifiers: 'EO', build: (_, d) => character('\t', d) },
  T: pattern('EO', cComposites['T'] as string),
  u: digits('EO', 1, (moment) => (moment.weekday === 0 ? 7 : moment.weekday)),
  U: digits('O', 2, (moment) => weekOfYear(moment, 0)),
  V: digits('O', 2, (moment) => isoWeek(moment).week),
  w: digits('O', 1, (moment) => moment.weekday),
  W: digits('O', 2, (moment) => weekOfYear(moment, 1)),
  x: local('E', 'x'),
  X: local('E', 'X'),
  y: eraOr('EO', yearOfCentury),
  Y: eraOr('E', year),
  z: { modifiers: 'EO', build: zoneOffset },
  Z: { modifiers: 'EO', build: zoneName },
}

/** Of other traditions, under letters that GNU leaves free. */
const extended: Readonly<Record<string, Entry>> = {
  ...entries,
  '+': pattern('', '%a %b %e %H:%M:%S %Z %Y'),
  f: { modifiers: '', build: (_, d) => fraction(d, 6) },
  L: { modifiers: '', build: (_, d) => fraction(d, 3) },
  v: pattern('', '%e-%b-%Y'),
}

const dialects = { 'gnu-date': entries, extended } as const

/** The entry of a directive; undefined when the dialect has none with this letter and modifier. */
export function entryOf(dialect: Context['dialect'], { letter, modifier }: Directive): Entry | undefined {
  const table: Readonly<Record<string, Entry>> = dialects[dialect]
  const entry = Object.hasOwn(table, letter) ? table[letter] : undefined
  return modifier === '' || entry?.modifiers.includes(modifier) === true ? entry : undefined
}

function shortMonth(context: Context, directive: Directive): Part {
  const { shortMonths, shortMonthsAlone } = context.names
  const months = directive.modifier === 'O' ? shortMonthsAlone : shortMonths
  return name(context, directive, months, (moment) => moment.month - 1)
}

function isoYear(context: Context, directive: Directive): Part {
  const read = (moment: Moment): number => Math.abs(isoWeek(moment).year)
  const isNegative = (moment: Moment): boolean => isoWeek(moment).year < 0
  const own = yearish(context, { ...directive, modifier: '' }, 4, read, isNegative)
  if (directive.modifier === '') return own
  const library = byLibrary(context, directive, (bare) => yearish(context, { ...bare, pad: '-' }, 1, read, isNegative))
  return ownBelow0(own, library, isNegative)
}

function isoYearOfCentury(context: Context, directive: Directive): Part {
  const read = (moment: Moment): number => isoWeek(moment).year % 100
  if (directive.modifier === '')
    return yearish(
      context,
      directive,
      2,
      (moment) => Math.abs(read(moment)),
      () => false,
    )
  return byLibrary(context, directive, (bare) => number(context, bare, 2, (moment) => (read(moment) + 100) % 100))
}
