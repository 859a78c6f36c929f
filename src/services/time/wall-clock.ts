/** The time as the text services read it, for every message: seconds and nanoseconds, from the system's clock or from a source. */
import { readRealTime, type Moment } from '../../io/index.ts'
import type { TimeSource } from './clock/types.ts'

/** Writes the present time into `moment`. */
export type WallClock = (moment: Moment) => void

const perSecond = 1_000_000_000n

/** Reads a source; without one, the system's real-time clock. */
export function wallClockOf(source: TimeSource | undefined): WallClock {
  if (source === undefined) return readRealTime
  return (moment) => {
    const now = source.nowNs()
    let seconds = now / perSecond
    let nanoseconds = Number(now - seconds * perSecond)
    if (nanoseconds < 0) {
      nanoseconds += 1_000_000_000
      seconds -= 1n
    }
    moment.seconds = Number(seconds)
    moment.nanoseconds = nanoseconds
  }
}
