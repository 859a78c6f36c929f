/** One exchange with a server, as a clock learns from it. */
import type { Leap } from './types.ts'

export interface ClockSample {
  /** Names the server: samples of one name are filtered together. */
  readonly source: string
  /** The counter (see Ticks.ns) halfway between asking and being answered. */
  readonly atNs: bigint
  /** What the server's clock showed then, as the exchange tells it, nanoseconds since 1970 UTC; off by half the delay at most. */
  readonly timeNs: bigint
  /** Round trip less the time that the server took, seconds. */
  readonly delay: number
  /** What reading both clocks adds to the error, seconds. */
  readonly dispersion: number
  /** The server's own word of its clock. */
  readonly leap: Leap
  readonly stratum: number
  /** The server itself as a reference: its IPv4 address, or a hash of the IPv6 one. */
  readonly refId: number
  /** Of the server to its primary source, seconds. */
  readonly rootDelay: number
  /** Seconds. */
  readonly rootDispersion: number
}
