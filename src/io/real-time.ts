/**
 * The system's real-time clock, finer than `Date.now()`: nanoseconds with the addon, else what can be known of it from
 * Node's own clocks. It jumps and is slewed with the system's clock.
 */
import { loadNative } from '../native/index.ts'

/** A moment: whole seconds since 1970-01-01 UTC, and nanoseconds within the second, 0 to 999,999,999. */
export interface Moment {
  seconds: number
  nanoseconds: number
}

/** Reads clocks in milliseconds; in tests others than the machine's. */
export interface MillisecondClocks {
  /** Since 1970, rounded down to whole milliseconds. */
  wallMs(): number
  /** Monotonic, with fractions. */
  monotonicMs(): number
}

const machine: MillisecondClocks = { wallMs: () => Date.now(), monotonicMs: () => performance.now() }

/** Writes the current time of the system's clock into `moment`; precise to the addon's nanoseconds, else within a millisecond. */
export function readRealTime(moment: Moment): void {
  read ??= newRealTime()
  read(moment)
}

/** The same as one number: nanoseconds since 1970 UTC. */
export function realTimeNs(): bigint {
  readRealTime(scratch)
  return momentNs(scratch)
}

/** A moment as nanoseconds since 1970 UTC. */
export function momentNs({ seconds, nanoseconds }: Moment): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds)
}

const scratch: Moment = { seconds: 0, nanoseconds: 0 }
let read: ((moment: Moment) => void) | undefined

function newRealTime(): (moment: Moment) => void {
  const native = loadNative()
  if (native === undefined) return estimatedRealTime(machine)
  const pair = new Float64Array(2)
  return (moment) => {
    native.realTime(pair)
    moment.seconds = pair[0] as number
    moment.nanoseconds = pair[1] as number
  }
}

/**
 * The real-time clock from two coarse readings. The monotonic clock plus an offset must lie in the millisecond that the wall clock
 * shows; each reading that contradicts moves the offset as little as needed. So it is never more than a millisecond off, soon
 * much less, and follows the clock when it is set.
 */
export function estimatedRealTime(clocks: MillisecondClocks): (moment: Moment) => void {
  let offsetMs = clocks.wallMs() - clocks.monotonicMs()
  return (moment) => {
    const shownMs = clocks.wallMs()
    const monotonicMs = clocks.monotonicMs()
    const leastMs = shownMs - monotonicMs
    // The wall clock was read first, so its millisecond may be over by now, but not begin later.
    if (offsetMs < leastMs) offsetMs = leastMs
    else if (offsetMs >= leastMs + 1) offsetMs = leastMs + 0.999_999
    const fractionMs = Math.min(0.999_999, Math.max(0, monotonicMs + offsetMs - shownMs))
    moment.seconds = Math.floor(shownMs / 1_000)
    moment.nanoseconds = (shownMs - moment.seconds * 1_000) * 1_000_000 + Math.floor(fractionMs * 1_000_000)
  }
}
