/**
 * Zones by Node's own data, where the system has no time zone database. Offsets are the same; abbreviations differ: Node
 * knows those of the zone's home language only, and where it knows none, the offset stands in (`+0545`). Whether it is
 * summer time Node does not say, and seconds of offsets before standard time are rounded off by some versions.
 */
import { dayNumber } from '../calendar.ts'
import { Recent } from '../recent.ts'
import { offsetName } from './fixed.ts'
import type { Zone, ZonePeriod } from './types.ts'

/** The last instants a Date can hold, in seconds; beyond them the zone is taken to stay as it is there. */
const lastDate = 8.64e12
/** Clocks are changed at quarters of hours, so no period of this length has a change inside. */
const quarter = 900

/** The formatters of a zone; some 100 KiB, and names that mean the same zone share them. */
class Formatters {
  readonly fields: Intl.DateTimeFormat
  readonly names: readonly Intl.DateTimeFormat[]

  constructor(timeZone: string) {
    this.fields = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    this.names = ['en-US', 'en-GB', 'en-AU'].map(
      (locale) => new Intl.DateTimeFormat(locale, { timeZone, timeZoneName: 'short' }),
    )
  }
}

const kept = new Recent<Formatters>(64)

/**
 * The zone that Node has under this name, undefined without one. Node takes names in any case, and the database does not: what an
 * answer is must not depend on which of them is there, so at least the parts have to begin as the database writes them.
 */
export function intlZoneOf(name: string): IntlZone | undefined {
  if (!/^[A-Z][\w+-]*(\/[A-Z][\w+-]*)*$/.test(name)) return undefined
  let known: string
  try {
    known = new Intl.DateTimeFormat('en-US', { timeZone: name }).resolvedOptions().timeZone
  } catch {
    return undefined
  }
  const formatters = kept.get(known) ?? new Formatters(known)
  kept.set(known, formatters)
  return new IntlZone(name, formatters)
}

class IntlZone implements Zone {
  readonly name: string
  readonly kind = 'intl'
  readonly #formatters: Formatters
  #last: ZonePeriod

  constructor(name: string, formatters: Formatters) {
    this.name = name
    this.#formatters = formatters
    this.#last = this.#find(0)
  }

  at(seconds: number): ZonePeriod {
    const last = this.#last
    if (seconds >= last.from && seconds < last.until) return last
    return (this.#last = this.#find(seconds))
  }

  #find(seconds: number): ZonePeriod {
    const from = Math.floor(seconds / quarter) * quarter
    const asked = Math.min(lastDate, Math.max(-lastDate, from))
    const offset = this.#offsetAt(asked)
    return { from, until: from + quarter, offset, abbreviation: this.#nameAt(asked, offset), isDst: false }
  }

  #offsetAt(seconds: number): number {
    const parts = new Map(
      this.#formatters.fields.formatToParts(seconds * 1_000).map(({ type, value }) => [type, value]),
    )
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
    const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year')
    const days = dayNumber(year, part('month'), part('day'))
    return days * 86_400 + part('hour') * 3_600 + part('minute') * 60 + part('second') - seconds
  }

  #nameAt(seconds: number, offset: number): string {
    for (const names of this.#formatters.names) {
      const name = names.formatToParts(seconds * 1_000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
      if (/^[A-Z]{2,6}$/.test(name)) return name
    }
    return offsetName(offset)
  }
}
