/**
 * Leap seconds, as servers announce them: the last minute of a UTC month has 61 seconds (leap 1: 23:59:59 is shown twice) or 59
 * (leap 2: 23:59:59 is left out). A smeared one is not announced, and needs nothing.
 */
import type { Leap } from './types.ts'

const nsPerSecond = 1_000_000_000n

/** When the announced second acts, nanoseconds since 1970 UTC, for a clock that shows `timeNs`; 0n where none is announced. */
export function leapMoment(leap: Leap, timeNs: bigint): bigint {
  if (leap !== 1 && leap !== 2) return 0n
  const now = new Date(Number(timeNs / 1_000_000n))
  const monthEndNs = BigInt(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1)) * 1_000_000n
  return leap === 1 ? monthEndNs : monthEndNs - nsPerSecond
}

/** What the second does to a clock, nanoseconds: one more makes it a second behind what it would have been. */
export function leapByNs(leap: Leap): bigint {
  return leap === 1 ? -nsPerSecond : leap === 2 ? nsPerSecond : 0n
}

/** What more than half of the servers announce; a single one that is wrong must not move a clock by a second. */
export function leapVote(announced: readonly Leap[]): Leap {
  for (const leap of [1, 2] as const) {
    if (2 * announced.filter((each) => each === leap).length > announced.length) return leap
  }
  return 0
}
