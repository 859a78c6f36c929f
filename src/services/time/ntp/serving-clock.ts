/**
 * The source's time where it is needed for every packet: as the system's clock plus a correction. Kernel and sockets stamp packets
 * with the system's clock, and asking the source each time would cost more than the rest of an answer.
 */
import { readRealTime, type Moment } from '../../../io/index.ts'
import type { SourceState, TimeSource } from '../clock/types.ts'
import { unixEpochSeconds } from './wire.ts'

const nsPerSecond = 1e9
/** The correction is looked up again after so long; at 500 ppm it is half a microsecond off by then. */
const refreshNs = 1_000_000

/** Reads the system's clock; another in tests. */
export type SystemClock = (moment: Moment) => void

export class ServingClock {
  /** Of the source, at most a millisecond old. */
  state: SourceState
  /** How often the source's time has jumped against the system's clock, by more than a millisecond. */
  jumps = 0
  readonly #source: TimeSource
  readonly #read: SystemClock
  readonly #now: Moment = { seconds: 0, nanoseconds: 0 }
  readonly #at: Moment = { seconds: 0, nanoseconds: 0 }
  /** Added to the system's clock: whole seconds, and nanoseconds of either sign. */
  #seconds = 0
  #nanoseconds = 0

  constructor(source: TimeSource, read: SystemClock = readRealTime) {
    this.#source = source
    this.#read = read
    this.state = source.state()
    this.#look()
    this.jumps = 0
  }

  /** Looks at the source again if it is time to, by the system's clock as just read; true when it did. */
  refresh(now: Moment): boolean {
    const passedNs = nanosecondsBetween(this.#at, now)
    // A negative time: the system's clock was set back.
    if (passedNs >= 0 && passedNs < refreshNs) return false
    this.#look()
    return true
  }

  /** Reads the system's clock. */
  read(moment: Moment): void {
    this.#read(moment)
  }

  /** Writes a moment of the system's clock as the source's time. */
  write({ seconds, nanoseconds }: Moment, bytes: Buffer, at: number): void {
    let whole = seconds + this.#seconds + unixEpochSeconds
    let rest = nanoseconds + this.#nanoseconds
    if (rest < 0) {
      rest += nsPerSecond
      whole--
    } else if (rest >= nsPerSecond) {
      rest -= nsPerSecond
      whole++
    }
    // Shifts take the seconds modulo 2^32: what is left is their place in the era.
    writeWord(bytes, at, whole)
    writeWord(bytes, at + 4, Math.floor((rest * 2 ** 32) / nsPerSecond))
  }

  #look(): void {
    // The source is read between two readings of the system's clock, and compared with their middle.
    this.#read(this.#at)
    const nowNs = this.#source.nowNs()
    this.#read(this.#now)
    this.state = this.#source.state()
    const beforeNs = BigInt(this.#at.seconds) * 1_000_000_000n + BigInt(this.#at.nanoseconds)
    const tookNs = nanosecondsBetween(this.#at, this.#now)
    const correction = nowNs - beforeNs
    const middle = correction - BigInt(Math.round(tookNs / 2))
    const seconds = Number(middle / 1_000_000_000n)
    const nanoseconds = Number(middle % 1_000_000_000n)
    const movedNs = (seconds - this.#seconds) * nsPerSecond + nanoseconds - this.#nanoseconds
    if (Math.abs(movedNs) > 1_000_000) this.jumps++
    this.#seconds = seconds
    this.#nanoseconds = nanoseconds
  }
}

export function isBefore(one: Moment, other: Moment): boolean {
  return one.seconds < other.seconds || (one.seconds === other.seconds && one.nanoseconds < other.nanoseconds)
}

/** From one moment to the other; negative when that was before. */
function nanosecondsBetween(one: Moment, other: Moment): number {
  return (other.seconds - one.seconds) * nsPerSecond + other.nanoseconds - one.nanoseconds
}

/** Faster than Buffer's own, which checks its arguments. */
function writeWord(bytes: Buffer, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}
