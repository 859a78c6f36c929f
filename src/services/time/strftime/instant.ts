/** Instants in the shapes that programs have them. */
import { fail } from '../../../core/index.ts'

/**
 * A point in time: nanoseconds since 1970 UTC as a bigint; a Date; or what Temporal calls Instant and ZonedDateTime
 * (anything with `epochNanoseconds`). A ZonedDateTime brings its time zone along.
 */
export type Instant = bigint | Date | { readonly epochNanoseconds: bigint; readonly timeZoneId?: string }

/** Seconds since 1970 UTC, rounded down, and the nanoseconds after them. */
export interface SplitInstant {
  readonly seconds: number
  readonly nanoseconds: number
}

const perSecond = 1_000_000_000n
/** Whole seconds are exact numbers up to here: years -285,426,782 to 285,428,751. */
const farthest = BigInt(Number.MAX_SAFE_INTEGER - 1_000_000)

/** Throws OPTION_INVALID for what is no instant, and for instants some 285 million years away. */
export function splitInstant(instant: Instant): SplitInstant {
  if (instant instanceof Date) return splitDate(instant)
  const ns =
    typeof instant === 'bigint' ? instant : (instant as { epochNanoseconds?: unknown } | null)?.epochNanoseconds
  if (typeof ns !== 'bigint') throw notAnInstant(instant)
  let seconds = ns / perSecond
  let nanoseconds = Number(ns - seconds * perSecond)
  if (nanoseconds < 0) {
    nanoseconds += 1_000_000_000
    seconds -= 1n
  }
  if (seconds > farthest || seconds < -farthest) throw notAnInstant(instant)
  return { seconds: Number(seconds), nanoseconds }
}

function splitDate(date: Date): SplitInstant {
  const ms = date.getTime()
  const seconds = Math.floor(ms / 1_000)
  if (Number.isNaN(seconds)) throw notAnInstant(date)
  return { seconds, nanoseconds: (ms - seconds * 1_000) * 1_000_000 }
}

function notAnInstant(got: unknown): Error {
  return fail('OPTION_INVALID', {
    option: 'instant',
    rule: 'a bigint of nanoseconds since 1970, a valid Date, or a Temporal.Instant or ZonedDateTime, within 285 million years',
    got: `${String(got).slice(0, 40)} (${typeof got})`,
  })
}
