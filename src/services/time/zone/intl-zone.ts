/**
 * Zones by Node's own data, where the system has no time zone database. Offsets are the same; abbreviations differ: Node
 * knows those of the zone's home language only, and where it knows none, the offset stands in (`+0545`). Whether it is
 * summer time Node does not say, and seconds of offsets before standard time are rounded off by some versions.
 */
import { offsetName } from './fixed.ts'
import type { Zone, ZonePeriod } from './types.ts'

/** The last instants a Date can hold, in seconds; beyond them the zone is taken to stay as it is there. */
const lastDate = 8.64e12
/** Clocks are changed at quarters of hours, so no period of this length has a change inside. */
const quarter = 900

export class IntlZone implements Zone {
  readonly name: string
  readonly kind = 'intl'
  readonly #fields: Intl.DateTimeFormat
  readonly #names: readonly Intl.DateTimeFormat[]
  #last: ZonePeriod

  /** Throws RangeError when Node does not know the zone. */
  constructor(name: string) {
    this.name = name
    this.#fields = new Intl.DateTimeFormat('en-US-u-ca-gregory-nu-latn', {
      timeZone: name,
      hourCycle: 'h23',
      era: 'short',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    this.#names = ['en-US', 'en-GB', 'en-AU'].map(
      (locale) => new Intl.DateTimeFormat(locale, { timeZone: name, timeZoneName: 'short' }),
    )
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
    const parts = new Map(this.#fields.formatToParts(seconds * 1_000).map(({ type, value }) => [type, value]))
    const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type))
    const year = parts.get('era') === 'BC' ? 1 - part('year') : part('year')
    const local = new Date(0)
    local.setUTCFullYear(year, part('month') - 1, part('day'))
    local.setUTCHours(part('hour'), part('minute'), part('second'))
    return local.getTime() / 1_000 - seconds
  }

  #nameAt(seconds: number, offset: number): string {
    for (const names of this.#names) {
      const name = names.formatToParts(seconds * 1_000).find(({ type }) => type === 'timeZoneName')?.value ?? ''
      if (/^[A-Z]{2,6}$/.test(name)) return name
    }
    return offsetName(offset)
  }
}
