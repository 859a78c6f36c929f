/**
 * A virtual clock as plain numbers: whoever has them and the machine's counter computes the time itself, in any
 * process. That is what a snapshot carries to the lanes.
 *
 *   time(t) = time + dt + dt * frequency + slewed(dt)        dt = t - anchor
 *   slewed(dt) goes from 0 to slew, at slewRate at most, and stays there
 *   and a second less, or more, once an announced leap second has acted
 */
import { leapByNs } from './leap.ts'
import type { Leap, SourceState } from './types.ts'

export interface ClockParameters {
  /** The counter's value (see Ticks.ns) at which the numbers below hold. */
  readonly anchorNs: bigint
  /** Nanoseconds since 1970 UTC at the anchor. */
  readonly timeNs: bigint
  /** Seconds gained for each second of the counter: 1e-6 is a microsecond a second. */
  readonly frequency: number
  /** Nanoseconds to add, a little at a time. */
  readonly slewNs: number
  /** Seconds of it a second, 0 to 5e-4. */
  readonly slewRate: number
  readonly leap: Leap
  /** When the announced leap second acts, nanoseconds since 1970 UTC; 0n where none is. */
  readonly leapAtNs: bigint
  readonly stratum: number
  readonly refId: number
  /** When the clock was last corrected, nanoseconds since 1970 UTC; 0n: never. */
  readonly refTimeNs: bigint
  /** Seconds. */
  readonly rootDelay: number
  /** At the anchor, seconds. */
  readonly rootDispersion: number
  /** How fast the dispersion grows, seconds a second: what the oscillator may be off beyond `frequency`. */
  readonly dispersionRate: number
  /** log2 seconds. */
  readonly precision: number
  /** How often the clock was stepped, which alone may turn it back. */
  readonly steps: number
}

/** The time and what bounds it, nanoseconds since 1970 UTC. */
export interface BoundedTime {
  readonly ns: bigint
  readonly earliest: bigint
  readonly latest: bigint
}

/** The dispersion beyond which nothing is known, seconds (MAXDISP of RFC 5905). */
export const maximumDispersion = 16

/** Where nobody knows the time, it lies between these: 1970 and 2262. */
export const anyTime: Omit<BoundedTime, 'ns'> = { earliest: 0n, latest: 2n ** 63n - 1n }

/** Nanoseconds since 1970 UTC when the counter stands at `atNs`. */
export function timeAt(clock: ClockParameters, atNs: bigint): bigint {
  const ns = evenTimeAt(clock, atNs)
  return clock.leapAtNs !== 0n && ns >= clock.leapAtNs ? ns + leapByNs(clock.leap) : ns
}

/** Whether the announced leap second has acted since the anchor. */
export function hasLeapt(clock: ClockParameters, atNs: bigint): boolean {
  return clock.leapAtNs !== 0n && evenTimeAt(clock, atNs) >= clock.leapAtNs
}

/** How often the clock was stepped by then, leap seconds included. */
export function stepsAt(clock: ClockParameters, atNs: bigint): number {
  return clock.steps + (hasLeapt(clock, atNs) ? 1 : 0)
}

/** As if no leap second were announced. */
function evenTimeAt(clock: ClockParameters, atNs: bigint): bigint {
  const elapsedNs = atNs - clock.anchorNs
  const elapsed = Number(elapsedNs)
  return clock.timeNs + elapsedNs + BigInt(Math.round(elapsed * clock.frequency + slewedNs(clock, elapsed)))
}

/** Nanoseconds that are still to be added. */
export function slewLeftNs(clock: ClockParameters, atNs: bigint): number {
  return clock.slewNs - slewedNs(clock, Number(atNs - clock.anchorNs))
}

function slewedNs({ slewNs, slewRate }: ClockParameters, elapsedNs: number): number {
  if (elapsedNs <= 0) return 0
  return Math.sign(slewNs) * Math.min(Math.abs(slewNs), slewRate * elapsedNs)
}

/** Half the root delay and the root dispersion: how far the time may be off, seconds (RFC 5905 section 11.2, root distance). */
export function rootDistance({ rootDelay, rootDispersion }: { rootDelay: number; rootDispersion: number }): number {
  return rootDelay / 2 + rootDispersion
}

/** What a server may say of this clock when the counter stands at `atNs`. */
export function stateAt(clock: ClockParameters, atNs: bigint): SourceState {
  const age = Math.max(0, Number(atNs - clock.anchorNs)) / 1e9
  const rootDispersion = Math.min(
    clock.rootDispersion + age * clock.dispersionRate + Math.abs(slewLeftNs(clock, atNs)) / 1e9,
    maximumDispersion,
  )
  const isKnown = clock.leap !== 3 && rootDispersion + clock.rootDelay / 2 < maximumDispersion
  const { refId, refTimeNs, rootDelay, precision } = clock
  const leap = !isKnown ? 3 : hasLeapt(clock, atNs) ? 0 : clock.leap
  const stratum = isKnown ? clock.stratum : 16
  return { leap, stratum, refId, refTimeNs, rootDelay, rootDispersion, precision }
}

/** The time with its bounds; from 1970 to 2262 while the clock is not synchronised. */
export function boundedAt(clock: ClockParameters, atNs: bigint): BoundedTime {
  const ns = timeAt(clock, atNs)
  const state = stateAt(clock, atNs)
  if (state.leap === 3) return { ns, ...anyTime }
  // The time is whole nanoseconds: it was rounded when it was anchored, and is when it is read.
  const errorNs = BigInt(Math.ceil(rootDistance(state) * 1e9)) + 2n
  return { ns, earliest: ns - errorNs, latest: ns + errorNs }
}
