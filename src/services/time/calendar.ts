/**
 * The Gregorian calendar in both directions without end, as numbers: days since 1970-01-01 and dates. A year 0 is before year 1,
 * and -1 before that, as ISO 8601 counts. Within plus or minus 2 ** 53 seconds all of it is exact.
 *
 * Years are taken to begin in March, so that the day that comes and goes is the last one; 400 years are 146,097 days.
 */
const daysOf400Years = 146_097
/** From 0000-03-01 to 1970-01-01. */
const daysBefore1970 = 719_468

/** Days since 1970-01-01 of a date; `month` 1 to 12. */
export function dayNumber(year: number, month: number, day: number): number {
  const marchYear = month <= 2 ? year - 1 : year
  const cycle = Math.floor(marchYear / 400)
  const yearOfCycle = marchYear - cycle * 400
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  const dayOfCycle = yearOfCycle * 365 + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100) + dayOfYear
  return cycle * daysOf400Years + dayOfCycle - daysBefore1970
}

export interface CalendarDate {
  readonly year: number
  /** 1 to 12. */
  readonly month: number
  readonly day: number
}

/** The date of a day. */
export function dateOf(day: number): CalendarDate {
  const shifted = day + daysBefore1970
  const cycle = Math.floor(shifted / daysOf400Years)
  const dayOfCycle = shifted - cycle * daysOf400Years
  const yearOfCycle = Math.floor(
    (dayOfCycle -
      Math.floor(dayOfCycle / 1_460) +
      Math.floor(dayOfCycle / 36_524) -
      Math.floor(dayOfCycle / (daysOf400Years - 1))) /
      365,
  )
  const dayOfYear = dayOfCycle - (365 * yearOfCycle + Math.floor(yearOfCycle / 4) - Math.floor(yearOfCycle / 100))
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153)
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
  return {
    year: yearOfCycle + cycle * 400 + (month <= 2 ? 1 : 0),
    month,
    day: dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1,
  }
}

/** The year of a day. */
export function yearOfDay(day: number): number {
  return dateOf(day).year
}

/** 0 Sunday to 6 Saturday. */
export function weekdayOf(day: number): number {
  const remainder = (day + 4) % 7
  return remainder < 0 ? remainder + 7 : remainder
}

/** 365 or 366. */
export function daysInYear(year: number): number {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 366 : 365
}
