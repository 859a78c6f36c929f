/**
 * What a disciplined clock is made of: a counter that only goes forward, and the machine's own opinion of the time,
 * which somebody may set at any moment. All three readings are nanoseconds.
 */
import { existsSync } from 'node:fs'
import { uptime } from 'node:os'

import { systemClock, type Clock } from '../../../core/index.ts'
import { realTimeNs } from '../../../io/index.ts'

/** Readings of a machine's clocks. */
export interface Ticks {
  /** Nanoseconds of a counter that never goes back: CLOCK_MONOTONIC, the same in all processes of a machine. */
  ns(): bigint
  /** Nanoseconds since 1970 UTC as the machine believes; may jump when it is set. */
  wallNs(): bigint
  /**
   * Nanoseconds since the machine was started, time asleep included; undefined where nobody knows. Against `ns` it tells
   * a suspended machine from a wall clock that was set.
   */
  upNs(): bigint | undefined
}

/** The clocks of this machine. `performance.now()` would begin anew in each process, so it is not used. */
export const systemTicks: Ticks = {
  ns: () => process.hrtime.bigint(),
  wallNs: realTimeNs,
  upNs() {
    hasFineUptime ??= existsSync('/proc/uptime')
    return hasFineUptime ? BigInt(Math.round(uptime() * 1e9)) : undefined
  },
}

/** /proc/uptime has hundredths of seconds, and counts sleep; where it is not, whole seconds would be taken for sleep. */
let hasFineUptime: boolean | undefined

/** The wall clock less the counter, nanoseconds, and how far off that may be. */
export interface WallOffset {
  readonly offsetNs: bigint
  readonly errorNs: number
}

/** Compares the machine's clocks: the reading that took the least time of a few, since the first ones take much longer. */
export function wallOffset(ticks: Ticks = systemTicks, readings = 8): WallOffset {
  let best: WallOffset | undefined
  for (let reading = 0; reading < readings; reading++) {
    const beforeNs = ticks.ns()
    const wallNs = ticks.wallNs()
    const afterNs = ticks.ns()
    const errorNs = Number(afterNs - beforeNs) / 2
    if (best === undefined || errorNs < best.errorNs) best = { offsetNs: wallNs - (beforeNs + afterNs) / 2n, errorNs }
  }
  return best ?? { offsetNs: ticks.wallNs() - ticks.ns(), errorNs: Infinity }
}

/** Ticks of a {@link Clock}, so that a test turns the hands; those of the machine for `systemClock`. */
export function ticksOf(clock: Clock): Ticks {
  if (clock === systemClock) return systemTicks
  return {
    ns: () => BigInt(Math.round(clock.monotonicMs() * 1e6)),
    wallNs: () => BigInt(Math.round(clock.wallMs() * 1e6)),
    upNs: () => undefined,
  }
}
