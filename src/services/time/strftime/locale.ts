/**
 * Names and forms of a language by Intl. The moment's own fields are shown as if they were UTC, so that the zone's rules
 * are asked once only. Beyond the years that a Date can hold (271,821 before and 275,760 after), composites are those of C.
 */
import { fail } from '../../../core/index.ts'
import { Recent } from '../recent.ts'
import type { Moment } from './moment.ts'
import { cNames, type Names } from './names.ts'

/** A language costs some 100 KiB of formatters, so few are kept: strangers may ask for any. */
const kept = new Recent<Names>(64)

/** True when asking for its names costs nothing: those of a new language take some milliseconds. */
export function hasNames(locale: string): boolean {
  return locale === 'C' || locale === 'POSIX' || kept.get(locale) !== undefined
}

/**
 * The names of a locale: `C` (or `POSIX`), else by Intl: `de`, `pt-BR`, `ja-JP-u-ca-japanese`; `de_DE.UTF-8` is understood.
 * Throws LOCALE_UNKNOWN.
 */
export function namesOf(locale: string): Names {
  if (locale === 'C' || locale === 'POSIX') return cNames
  const known = kept.get(locale)
  if (known !== undefined) return known
  const names = new LocalNames(checkedTag(locale))
  kept.set(locale, names)
  return names
}

const localeLength = 64

function checkedTag(locale: string): string {
  const shown = String(locale).slice(0, localeLength)
  if (typeof locale !== 'string' || locale.length > localeLength) {
    throw fail('LOCALE_UNKNOWN', { locale: shown, reason: `a tag is a string of at most ${localeLength} characters` })
  }
  const tag = locale.replace(/[.@].*$/, '').replaceAll('_', '-')
  let supported: readonly string[]
  try {
    supported = Intl.DateTimeFormat.supportedLocalesOf(tag)
  } catch {
    throw fail('LOCALE_UNKNOWN', { locale: shown, reason: 'it is no language tag' })
  }
  if (supported.length === 0) throw fail('LOCALE_UNKNOWN', { locale: shown, reason: 'this Node has no data for it' })
  return tag
}

type Fields = Intl.DateTimeFormatOptions

/** What `%c`, `%x`, `%X` and `%r` show; how, the language says. */
const composites: Readonly<Record<string, Fields>> = {
  c: {
    weekday: 'short',
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
  },
  x: { year: 'numeric', month: '2-digit', day: '2-digit' },
  X: { hour: '2-digit', minute: '2-digit', second: '2-digit' },
  r: { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: true },
}

const lastDateMs = 8.64e15

class LocalNames implements Names {
  readonly hasComposites = true
  readonly era: Names['era']
  readonly #tag: string
  readonly #formats = new Map<string, Intl.DateTimeFormat>()
  readonly #lists = new Map<string, readonly string[]>()

  constructor(tag: string) {
    this.#tag = tag
    const { calendar } = this.#format('calendar', {}).resolvedOptions()
    this.era = calendar === 'gregory' ? undefined : (letter, moment) => this.#era(letter, moment)
  }

  get weekdays(): readonly string[] {
    return this.#weekdays('long')
  }

  get shortWeekdays(): readonly string[] {
    return this.#weekdays('short')
  }

  get months(): readonly string[] {
    return this.#months('long', { day: 'numeric', year: 'numeric' })
  }

  get shortMonths(): readonly string[] {
    return this.#months('short', { day: 'numeric', year: 'numeric' })
  }

  get monthsAlone(): readonly string[] {
    return this.#months('long', {})
  }

  get shortMonthsAlone(): readonly string[] {
    return this.#months('short', {})
  }

  get halfDays(): readonly [am: string, pm: string] {
    const [am = '', pm = ''] = this.#list('half', () => {
      const format = this.#format('half', { hour: 'numeric', hour12: true })
      return [9, 15].map((hour) => partOf(format, Date.UTC(2024, 0, 1, hour), 'dayPeriod'))
    })
    return [am, pm]
  }

  get digits(): readonly string[] | undefined {
    const digits = this.#list('digits', () => {
      return [...new Intl.NumberFormat(this.#tag, { useGrouping: false }).format(9_876_543_210)].reverse()
    })
    return digits.length === 10 && digits[0] !== '0' ? digits : undefined
  }

  composite(letter: string, moment: Moment): string | undefined {
    const ms = shownMs(moment)
    const fields = composites[letter]
    if (Math.abs(ms) > lastDateMs || fields === undefined) return undefined
    return this.#format(letter, fields).format(ms)
  }

  upper(text: string): string {
    return text.toLocaleUpperCase(this.#tag)
  }

  lower(text: string): string {
    return text.toLocaleLowerCase(this.#tag)
  }

  #era(letter: string, moment: Moment): string | undefined {
    const ms = shownMs(moment)
    if (Math.abs(ms) > lastDateMs) return undefined
    const format = this.#format('era', { era: 'short', year: 'numeric' })
    if (letter === 'Y') return format.format(ms)
    return partOf(format, ms, letter === 'C' ? 'era' : 'year')
  }

  /** 7 January 2024 is a Sunday. */
  #weekdays(weekday: 'long' | 'short'): readonly string[] {
    const key = `weekday ${weekday}`
    return this.#list(key, () => {
      const format = this.#format(key, { weekday })
      return Array.from({ length: 7 }, (_, index) => format.format(Date.UTC(2024, 0, 7 + index)))
    })
  }

  /** The months of the Gregorian calendar, whatever the language's own: its numbers are those of the other directives. */
  #months(month: 'long' | 'short', context: Fields): readonly string[] {
    const key = `month ${month} ${Object.keys(context).length}`
    return this.#list(key, () => {
      const format = this.#format(key, { calendar: 'gregory', month, ...context })
      return Array.from({ length: 12 }, (_, index) => partOf(format, Date.UTC(2024, index, 15), 'month'))
    })
  }

  /** Made when it is first needed: a format may ask for the same names a hundred times. */
  #list(key: string, make: () => readonly string[]): readonly string[] {
    const made = this.#lists.get(key)
    if (made !== undefined) return made
    const list = make()
    this.#lists.set(key, list)
    return list
  }

  #format(key: string, options: Fields): Intl.DateTimeFormat {
    const made = this.#formats.get(key)
    if (made !== undefined) return made
    const format = new Intl.DateTimeFormat(this.#tag, { ...options, timeZone: 'UTC' })
    this.#formats.set(key, format)
    return format
  }
}

function partOf(format: Intl.DateTimeFormat, ms: number, type: string): string {
  const found = format
    .formatToParts(ms)
    .find((part) => part.type === type || (type === 'year' && part.type === ('relatedYear' as string)))
  return found?.value ?? ''
}

/** The fields of the moment as milliseconds of a clock in UTC. */
function shownMs({ seconds, offset, nanoseconds }: Moment): number {
  return (seconds + offset) * 1_000 + Math.floor(nanoseconds / 1_000_000)
}
