/** A source of time that stands still until it is told otherwise. */
import type { TimeSource } from '#lanework/services/time/index.js'

export interface FixedSource extends TimeSource {
  set(ns: bigint): void
  setLeap(leap: 0 | 3): void
}

/** Friday, 21 November 2025, 11:00:00 UTC, unless given. */
export function fixedSource(ns = 1_763_722_800_000_000_000n): FixedSource {
  let now = ns
  let leap: 0 | 3 = 0
  const state = { stratum: 1, refId: 0, refTimeNs: 0n, rootDelay: 0, rootDispersion: 0, precision: -20 }
  return {
    nowNs: () => now,
    state: () => ({ ...state, leap }),
    set: (next) => void (now = next),
    setLeap: (next) => void (leap = next),
  }
}
