/**
 * The contract between a clock and the time services: whatever tells the time, a disciplined clock, the
 * wall clock of an isolated net or a snapshot read by a lane, is a {@link TimeSource} to the servers.
 */

/** Leap indicator of RFC 5905 section 7.3: 0 none, 1 insert, 2 delete, 3 unsynchronised. */
export type Leap = 0 | 1 | 2 | 3

/** What a source says of its time, as of the moment it is asked (RFC 5905 section 11.1). */
export interface SourceState {
  /** 0 none, 1 insert, 2 delete, 3 unsynchronised. */
  readonly leap: Leap
  /** 1 to 15; 16 where the source is unsynchronised. */
  readonly stratum: number
  /** Reference identifier, 32 bits, as the wire carries it. */
  readonly refId: number
  /** When the clock was last corrected, nanoseconds since 1970 UTC; 0n: never. */
  readonly refTimeNs: bigint
  /** Round trip to the primary source, seconds. */
  readonly rootDelay: number
  /** Error bound to the primary source without the delay's half, seconds; grows with age. */
  readonly rootDispersion: number
  /** Resolution of the clock, log2 seconds (-20 is about a microsecond). */
  readonly precision: number
}

/** What a time server may say of its time. */
export interface TimeSource {
  /** Nanoseconds since 1970 UTC. */
  nowNs(): bigint
  /** As of now; root delay and dispersion in seconds (dispersion grows with age), refTimeNs of the last correction. */
  state(): SourceState
}
