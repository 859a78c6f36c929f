/**
 * Time zone rules as POSIX writes them in TZ (IEEE Std 1003.1, chapter 8.3), with the extensions of RFC 9636 section 3.3.1:
 *
 *   CET-1CEST,M3.5.0,M10.5.0/3
 *   │  │ │   │      └ end: last (5) Sunday (0) of October at 3 o'clock
 *   │  │ │   └ start: last Sunday of March, at 2 o'clock as it is not said
 *   │  │ └ name in summer, one hour ahead of standard time as it is not said
 *   │  └ hours to add to local time to get UTC: east is negative
 *   └ name of standard time
 */
import { dayNumber, weekdayOf, yearOfDay } from '../calendar.ts'
import type { ZonePeriod } from './types.ts'

/** On which day of a year the clocks are changed, and at which local time. */
interface Change {
  /** J: day 1 to 365, 29 February never counted. D: day 0 to 365. M: `week` 1 to 5 of `month`, on `weekday`. */
  readonly kind: 'J' | 'D' | 'M'
  readonly day: number
  readonly month: number
  readonly week: number
  /** Seconds after local midnight; may be negative or beyond a day. */
  readonly time: number
}

interface Setting {
  readonly abbreviation: string
  readonly offset: number
}

/** A rule that holds for ever. */
export class PosixRule {
  readonly #standard: Setting
  readonly #summer: Setting | undefined
  readonly #start: Change
  readonly #end: Change

  constructor(standard: Setting, summer?: Setting, start: Change = usStart, end: Change = usEnd) {
    this.#standard = standard
    this.#summer = summer
    this.#start = start
    this.#end = end
  }

  at(seconds: number): ZonePeriod {
    const standard = this.#standard
    const summer = this.#summer
    if (summer === undefined) return { from: -Infinity, until: Infinity, ...standard, isDst: false }
    const year = yearOfDay(Math.floor((seconds + standard.offset) / 86_400))
    const changes = [year - 1, year, year + 1].flatMap((each) => [
      // An end that falls on the start of the next summer gives way to it, whatever the order.
      { at: dayIn(each, this.#end) * 86_400 + this.#end.time - summer.offset, isDst: false },
      { at: dayIn(each, this.#start) * 86_400 + this.#start.time - standard.offset, isDst: true },
    ])
    changes.sort((one, other) => one.at - other.at || Number(one.isDst) - Number(other.isDst))
    const next = changes.findIndex((change) => change.at > seconds)
    const from = changes[next - 1]
    const setting = from?.isDst === true ? summer : standard
    return {
      from: from?.at ?? seconds,
      until: changes[next]?.at ?? seconds + 1,
      ...setting,
      isDst: from?.isDst === true,
    }
  }
}

/** What holds where a rule names a summer time without dates: the second Sunday of March to the first of November. */
const usStart: Change = { kind: 'M', day: 0, month: 3, week: 2, time: 7_200 }
const usEnd: Change = { kind: 'M', day: 0, month: 11, week: 1, time: 7_200 }

function dayIn(year: number, { kind, day, month, week }: Change): number {
  const newYear = dayNumber(year, 1, 1)
  if (kind === 'D') return newYear + day
  if (kind === 'J') {
    const leap = dayNumber(year, 3, 1) - newYear === 60
    return newYear + day - 1 + (leap && day >= 60 ? 1 : 0)
  }
  const first = dayNumber(year, month, 1)
  const found = first + ((day - weekdayOf(first) + 7) % 7) + (week - 1) * 7
  const after = month === 12 ? dayNumber(year + 1, 1, 1) : dayNumber(year, month + 1, 1)
  return found < after ? found : found - 7
}

const namePattern = String.raw`([A-Za-z]{3,16}|<[A-Za-z0-9+-]{3,16}>)`
const offsetPattern = String.raw`([+-]?\d{1,3}(?::\d{1,2}(?::\d{1,2})?)?)`
const rulePattern = new RegExp(
  `^${namePattern}${offsetPattern}(?:${namePattern}${offsetPattern}?(?:,([^,]+),([^,]+))?)?$`,
)

/** Reads a rule; undefined when it is none. */
export function parsePosixRule(text: string): PosixRule | undefined {
  const found = rulePattern.exec(text)
  if (found === null) return undefined
  const [, name = '', hours = '', summerName, summerHours, startText, endText] = found
  const offset = secondsOf(hours, 24)
  if (offset === undefined) return undefined
  const standard = { abbreviation: plain(name), offset: 0 - offset }
  if (summerName === undefined) return new PosixRule(standard)
  const ahead = summerHours === undefined ? offset - 3_600 : secondsOf(summerHours, 24)
  if (ahead === undefined) return undefined
  const summer = { abbreviation: plain(summerName), offset: 0 - ahead }
  if (startText === undefined || endText === undefined) return new PosixRule(standard, summer)
  const start = changeOf(startText)
  const end = changeOf(endText)
  return start === undefined || end === undefined ? undefined : new PosixRule(standard, summer, start, end)
}

function changeOf(text: string): Change | undefined {
  const [date = '', clock = '2', ...rest] = text.split('/')
  const time = /^[+-]?\d{1,3}(:\d{1,2}(:\d{1,2})?)?$/.test(clock) ? secondsOf(clock, 167) : undefined
  if (time === undefined || rest.length > 0) return undefined
  const byWeek = /^M(\d{1,2})\.(\d)\.(\d)$/.exec(date)
  if (byWeek !== null) {
    const [month = 0, week = 0, day = 0] = byWeek.slice(1).map(Number)
    if (month < 1 || month > 12 || week < 1 || week > 5 || day > 6) return undefined
    return { kind: 'M', day, month, week, time }
  }
  const byDay = /^(J?)(\d{1,3})$/.exec(date)
  if (byDay === null) return undefined
  const kind = byDay[1] === 'J' ? 'J' : 'D'
  const day = Number(byDay[2])
  if (day > 365 || (kind === 'J' && day < 1)) return undefined
  return { kind, day, month: 0, week: 0, time }
}

/** Seconds of `[+-]h[hh][:mm[:ss]]`; undefined beyond `mostHours`. */
function secondsOf(text: string, mostHours: number): number | undefined {
  const [hours = 0, minutes = 0, seconds = 0] = text.replace(/^[+-]/, '').split(':').map(Number)
  if (hours > mostHours || minutes > 59 || seconds > 59) return undefined
  const total = hours * 3_600 + minutes * 60 + seconds
  return text.startsWith('-') ? -total : total
}

function plain(name: string): string {
  return name.replace(/[<>]/g, '')
}
