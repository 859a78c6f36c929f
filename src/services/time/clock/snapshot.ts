/**
 * A clock on its way from the one who keeps it to the lanes: its parameters as bytes, and a time source made of the newest ones.
 * The counter (CLOCK_MONOTONIC) is the same in all processes of a machine, so each lane computes the time itself.
 *
 *      0        1      2        3            4          8        16       24        32       40
 *     +--------+------+--------+------------+----------+--------+--------+---------+--------+
 *     |format 1| leap |stratum | precision  | refId    | anchor | time   | refTime | leapAt |
 *     +--------+------+--------+------------+----------+--------+--------+---------+--------+
 *     | frequency | slew | slewRate | rootDelay | rootDispersion | dispersionRate | steps |   64-bit floats, to 96
 *     +-----------+------+----------+-----------+----------------+----------------+-------+
 */
import type { SharedAccess } from '../../../server/index.ts'
import {
  anyTime,
  boundedAt,
  maximumDispersion,
  stateAt,
  stepsAt,
  timeAt,
  type BoundedTime,
  type ClockParameters,
} from './parameters.ts'
import { systemTicks, type Ticks } from './ticks.ts'
import type { Leap, SourceState, TimeSource } from './types.ts'

/** Bytes of a snapshot. */
export const snapshotBytes = 96

const format = 1
const floats = [
  'frequency',
  'slewNs',
  'slewRate',
  'rootDelay',
  'rootDispersion',
  'dispersionRate',
  'steps',
] as const satisfies readonly (keyof ClockParameters)[]

/** A clock as bytes, for `server.publish`. */
export function encodeSnapshot(clock: ClockParameters): Buffer {
  const bytes = Buffer.alloc(snapshotBytes)
  bytes.writeUInt8(format, 0)
  bytes.writeUInt8(clock.leap, 1)
  bytes.writeUInt8(clock.stratum, 2)
  bytes.writeInt8(clock.precision, 3)
  bytes.writeUInt32BE(clock.refId, 4)
  bytes.writeBigInt64BE(clock.anchorNs, 8)
  bytes.writeBigInt64BE(clock.timeNs, 16)
  bytes.writeBigInt64BE(clock.refTimeNs, 24)
  bytes.writeBigInt64BE(clock.leapAtNs, 32)
  for (const [index, name] of floats.entries()) bytes.writeDoubleBE(clock[name], 40 + 8 * index)
  return bytes
}

/** The clock in a snapshot; undefined for bytes that are none of this format. */
export function decodeSnapshot(snapshot: Uint8Array): ClockParameters | undefined {
  if (snapshot.length !== snapshotBytes || snapshot[0] !== format) return undefined
  const bytes = Buffer.from(snapshot.buffer, snapshot.byteOffset, snapshot.length)
  const [frequency, slewNs, slewRate, rootDelay, rootDispersion, dispersionRate, steps] = floats.map((_, index) =>
    bytes.readDoubleBE(40 + 8 * index),
  ) as [number, number, number, number, number, number, number]
  return {
    leap: (bytes.readUInt8(1) & 3) as Leap,
    stratum: bytes.readUInt8(2),
    precision: bytes.readInt8(3),
    refId: bytes.readUInt32BE(4),
    anchorNs: bytes.readBigInt64BE(8),
    timeNs: bytes.readBigInt64BE(16),
    refTimeNs: bytes.readBigInt64BE(24),
    leapAtNs: bytes.readBigInt64BE(32),
    frequency,
    slewNs,
    slewRate,
    rootDelay,
    rootDispersion,
    dispersionRate,
    steps,
  }
}

/** A clock that somebody else keeps. */
export interface SharedSource extends TimeSource {
  /** The time and what bounds it; from 1970 to 2262 before the clock is synchronised. */
  now(): BoundedTime
  /** The newest snapshot; undefined before the first. */
  readonly parameters: ClockParameters | undefined
  /** Listens to snapshots no more; the time goes on by the last one. */
  close(): void
}

/** What a source says before its first snapshot. */
export const unknownState: SourceState = {
  leap: 3,
  stratum: 16,
  refId: 0,
  refTimeNs: 0n,
  rootDelay: 0,
  rootDispersion: maximumDispersion,
  precision: -20,
}

/**
 * The clock that the service's `shared` keeps (see upstreamShared), for a lane. Before the first snapshot it shows the wall clock
 * and says that it is not synchronised. Like the clock itself it goes back only when `steps` says so: a snapshot that comes late
 * holds it for those microseconds instead.
 *
 * @example
 * start: (lane) => { time = sharedSource(lane.shared) },
 * message: () => String(time.nowNs()),
 */
export function sharedSource(shared: Pick<SharedAccess, 'onSnapshot'>, ticks: Ticks = systemTicks): SharedSource {
  let clock: ClockParameters | undefined
  let latestNs = 0n
  let steps = 0
  const stop = shared.onSnapshot((snapshot) => {
    const next = decodeSnapshot(snapshot)
    if (next === undefined) return
    clock = next
  })
  const forward = (ns: bigint, stepsByNow: number): bigint => {
    // A clock that was stepped, by a leap second too, may well be behind what was shown.
    if (ns > latestNs || stepsByNow !== steps) latestNs = ns
    steps = stepsByNow
    return latestNs
  }
  return {
    nowNs() {
      if (clock === undefined) return ticks.wallNs()
      const atNs = ticks.ns()
      return forward(timeAt(clock, atNs), stepsAt(clock, atNs))
    },
    state: () => (clock === undefined ? unknownState : stateAt(clock, ticks.ns())),
    now() {
      if (clock === undefined) return { ns: ticks.wallNs(), ...anyTime }
      const atNs = ticks.ns()
      const bounded = boundedAt(clock, atNs)
      const ns = forward(bounded.ns, stepsAt(clock, atNs))
      return { ns, earliest: bounded.earliest, latest: ns > bounded.latest ? ns : bounded.latest }
    },
    get parameters() {
      return clock
    },
    close: stop,
  }
}
