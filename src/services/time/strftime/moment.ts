/** An instant as a clock on the wall and a calendar show it: what directives read. */
import { dateOf, dayNumber, daysInYear, weekdayOf } from '../calendar.ts'
import type { Zone } from '../zone/types.ts'

const secondsOfDay = 86_400

export class Moment {
  /** Whole seconds since 1970 UTC. */
  readonly seconds: number
  /** 0 to 999,999,999, always forward from `seconds`. */
  readonly nanoseconds: number
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** 0 Sunday to 6 Saturday. */
  readonly weekday: number
  /** 0 for 1 January. */
  readonly yearDay: number
  /** Seconds to add to UTC. */
  readonly offset: number
  readonly zoneName: string

  constructor(seconds: number, nanoseconds: number, zone: Zone) {
    const { offset, abbreviation } = zone.at(seconds)
    const local = seconds + offset
    const dayIndex = Math.floor(local / secondsOfDay)
    const ofDay = local - dayIndex * secondsOfDay
    const day = dayIndex === lastDay.index ? lastDay : (lastDay = new Day(dayIndex))
    this.seconds = seconds
    this.nanoseconds = nanoseconds
    this.year = day.year
    this.month = day.month
    this.day = day.day
    this.weekday = day.weekday
    this.yearDay = day.yearDay
    this.hour = (ofDay / 3_600) | 0
    this.minute = ((ofDay / 60) | 0) - this.hour * 60
    this.second = ofDay % 60
    this.offset = offset
    this.zoneName = abbreviation
  }
}

/** A day's place in the calendar. Most times that are formatted are of the same day as the one before. */
class Day {
  readonly index: number
  readonly year: number
  readonly month: number
  readonly day: number
  readonly weekday: number
  readonly yearDay: number

  constructor(index: number) {
    const { year, month, day } = dateOf(index)
    this.index = index
    this.year = year
    this.month = month
    this.day = day
    this.weekday = weekdayOf(index)
    this.yearDay = index - dayNumber(year, 1, 1)
  }
}

let lastDay = new Day(0)

/** Weeks counted from the first Sunday (`firstWeekday` 0) or Monday (1) of the year; days before it are week 0. */
export function weekOfYear({ yearDay, weekday }: Moment, firstWeekday: 0 | 1): number {
  return Math.floor((yearDay - ((weekday - firstWeekday + 7) % 7) + 7) / 7)
}

/** The year and week of ISO 8601: weeks begin on Monday, and week 1 is the one with the year's first Thursday. */
export function isoWeek({ year, yearDay, weekday }: Moment): { year: number; week: number } {
  const thursday = yearDay - ((weekday + 6) % 7) + 3
  if (thursday < 0) return { year: year - 1, week: Math.floor((thursday + daysInYear(year - 1)) / 7) + 1 }
  if (thursday >= daysInYear(year)) return { year: year + 1, week: 1 }
  return { year, week: Math.floor(thursday / 7) + 1 }
}
