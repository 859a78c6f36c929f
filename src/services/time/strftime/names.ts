/** What differs from language to language: names, the composite directives, eras and digits. */
import type { Moment } from './moment.ts'

export interface Names {
  /** Sunday first. */
  readonly weekdays: readonly string[]
  readonly shortWeekdays: readonly string[]
  /** January first, as in a date. */
  readonly months: readonly string[]
  readonly shortMonths: readonly string[]
  /** Standing alone (`%OB`), where the language has a form of its own for that. */
  readonly monthsAlone: readonly string[]
  readonly shortMonthsAlone: readonly string[]
  readonly halfDays: readonly [am: string, pm: string]
  /** Formats `%c`, `%x`, `%X` or `%r` as the language does; undefined for those of C, and where it cannot. */
  composite(letter: string, moment: Moment): string | undefined
  /** Whether `composite` ever does. */
  readonly hasComposites: boolean
  /** `%EC`, `%Ey` and `%EY` in calendars with eras. */
  readonly era: ((letter: string, moment: Moment) => string | undefined) | undefined
  /** The language's own digits 0 to 9, for `%O`; undefined for those of ASCII. */
  readonly digits: readonly string[] | undefined
  upper(text: string): string
  lower(text: string): string
}

export const cWeekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const
export const cMonths = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const

const shortWeekdays = cWeekdays.map((name) => name.slice(0, 3))
const shortMonths = cMonths.map((name) => name.slice(0, 3))

/** The names of the C (POSIX) locale, and its letters: only ASCII has two cases. */
export const cNames: Names = {
  weekdays: cWeekdays,
  shortWeekdays,
  months: cMonths,
  shortMonths,
  monthsAlone: cMonths,
  shortMonthsAlone: shortMonths,
  halfDays: ['AM', 'PM'],
  composite: () => undefined,
  hasComposites: false,
  era: undefined,
  digits: undefined,
  upper: upperAscii,
  lower: (text) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()),
}

export function upperAscii(text: string): string {
  return text.replace(/[a-z]/g, (letter) => letter.toUpperCase())
}

/** The composites as the C locale has them; by the C library, as `E` says: it does not fill years. */
export const cComposites: Readonly<Record<string, string>> = {
  c: '%a %b %e %H:%M:%S %EY',
  x: '%m/%d/%Ey',
  X: '%H:%M:%S',
  r: '%I:%M:%S %p',
  D: '%m/%d/%y',
  R: '%H:%M',
  T: '%H:%M:%S',
}
