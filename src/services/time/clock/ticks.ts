/**
 * @file What a disciplined clock is made of: a counter that only goes forward, and the machine's own opinion of the time,
 * which somebody may set at any moment. All three readings are nanoseconds.
 */
import { uptime } from 'node:os'

import { systemClock, type Clock } from '../../../core/index.ts'

/** Readings of a machine's clocks. */
export interface Ticks {
  /** Nanoseconds of a counter that never goes back: CLOCK_MONOTONIC, the same in all processes of a machine. */
  ns(): bigint
  /** Nanoseconds since 1970 UTC as the machine believes; may jump when it is set. Of a millisecond's resolution here. */
  wallNs(): bigint
  /**
   * Nanoseconds since the machine was started, time asleep included; undefined where nobody knows. Against `ns` it tells
   * a suspended machine from a wall clock that was set.
   */
  upNs(): bigint | undefined
}

const nsPerMs = 1_000_000n

/** The clocks of this machine. `performance.now()` would begin anew in each process, so it is not used. */
export const systemTicks: Ticks = {
  ns: () => process.hrtime.bigint(),
  wallNs: () => BigInt(Date.now()) * nsPerMs,
  // /proc/uptime has hundredths of seconds, and counts sleep. Elsewhere than on Linux it may be whole seconds.
  upNs: () => (process.platform === 'linux' ? BigInt(Math.round(uptime() * 1e9)) : undefined),
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

/** The wall clock less the counter, nanoseconds, and how far off that may be. */
export interface WallAnchor {
  readonly wallLessTicksNs: bigint
  readonly errorNs: number
}

/**
 * Finds what the wall clock says between its milliseconds: each reading bounds the difference to the counter to a
 * millisecond, and readings on both sides of a tick leave a microsecond. Takes up to about a millisecond of CPU.
 */
export function anchorWall(ticks: Ticks = systemTicks, readings = 50_000): WallAnchor {
  let least = -(2n ** 62n)
  let most = 2n ** 62n
  for (let reading = 0; reading < readings && most - least > 2_000n; reading++) {
    const before = ticks.ns()
    const wall = ticks.wallNs()
    const after = ticks.ns()
    // The true wall time lay in [wall, wall + 1 ms), and the counter in [before, after].
    if (wall - after > least) least = wall - after
    if (wall + nsPerMs - before < most) most = wall + nsPerMs - before
    if (most < least) {
      // The clock was set in between: begin again with this reading.
      least = wall - after
      most = wall + nsPerMs - before
    }
  }
  return { wallLessTicksNs: (least + most) / 2n, errorNs: Number(most - least) / 2 }
}
