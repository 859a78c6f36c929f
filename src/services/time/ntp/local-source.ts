/** The machine's own clock as a source, for nets without another; and how fine a clock is. */
import { checkInteger } from '../../../core/index.ts'
import { nativeStatus, readRealTime, realTimeNs, type Moment } from '../../../io/index.ts'
import type { SourceState, TimeSource } from '../clock/types.ts'
import { referenceIdOf } from './wire.ts'

export interface LocalSourceOptions {
  /** 1 to 15; without it the source says that it is not synchronised. */
  readonly stratum?: number | undefined
  /** @default the system's real-time clock */
  readonly nowNs?: () => bigint
  /** Log2 seconds. @default measured */
  readonly precision?: number
}

/** 127.127.1.1, which stands for a machine's own clock, since RFC 1305. */
const localClockId = 0x7f7f0101

/**
 * The system's real-time clock, trusted as far as it is told: unsynchronised without a stratum, else as good as that stratum. What
 * it does not know of its error it does not claim: the dispersion is the clock's resolution. Throws OPTION_INVALID.
 */
export function localSource(options: LocalSourceOptions = {}): TimeSource {
  const { stratum, nowNs = realTimeNs, precision = measuredPrecision() } = options
  if (stratum === undefined) {
    const state = { leap: 3, stratum: 16, refId: referenceIdOf('INIT'), refTimeNs: 0n } as const
    return { nowNs, state: () => ({ ...state, rootDelay: 0, rootDispersion: 0, precision }) }
  }
  checkInteger('localStratum', stratum, 1, 15)
  const refId = stratum === 1 ? referenceIdOf('LOCL') : localClockId
  const rootDispersion = 2 ** precision
  return {
    nowNs,
    state: (): SourceState => ({
      leap: 0,
      stratum,
      refId,
      // The clock is its own reference, so it is always up to date.
      refTimeNs: nowNs(),
      rootDelay: 0,
      rootDispersion,
      precision,
    }),
  }
}

/** A source that vouches for itself where the first cannot be believed; the time is always that of the first, which knows best. */
export function withFallback(first: TimeSource, second: TimeSource): TimeSource {
  return {
    nowNs: () => first.nowNs(),
    state() {
      const state = first.state()
      return state.leap === 3 ? second.state() : state
    },
  }
}

const readings = 1_000
/** 2^-9 s is 1.95 ms, 2^-10 s less than one. */
const millisecond = -9
let measured: number | undefined

/**
 * Resolution and reading time of the system's clock as services read it, in log2 seconds: the least step that two readings in a row
 * differ by (RFC 5905 section 7.3, precision). Measured once, within a few milliseconds.
 */
export function measuredPrecision(): number {
  // Node tells milliseconds only; what is guessed of the rest is no resolution.
  measured ??= nativeStatus().available ? precisionOf(readRealTime) : millisecond
  return measured
}

/** The same of any clock. One that shows no step at all counts as a millisecond's. */
export function precisionOf(read: (moment: Moment) => void): number {
  const moment: Moment = { seconds: 0, nanoseconds: 0 }
  let leastNs = 1_000_000
  read(moment)
  for (let reading = 0; reading < readings; reading++) {
    const { seconds, nanoseconds } = moment
    read(moment)
    const stepNs = (moment.seconds - seconds) * 1e9 + moment.nanoseconds - nanoseconds
    if (stepNs > 0 && stepNs < leastNs) leastNs = stepNs
  }
  return Math.max(-30, Math.ceil(Math.log2(leastNs / 1e9)))
}
