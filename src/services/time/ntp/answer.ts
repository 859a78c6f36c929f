/**
 * Makes answers, in one buffer that is used again and again: whoever sends copies it. What changes with the packet is written for
 * each; what the source says of itself once a millisecond at most.
 */
import type { Moment } from '../../../io/index.ts'
import type { Exchanges } from './exchanges.ts'
import { isBefore, type ServingClock } from './serving-clock.ts'
import {
  firstByte,
  headerBytes,
  modes,
  originAt,
  receiveAt,
  referenceAt,
  referenceIdOf,
  shortFormat,
  timestampOf,
  transmitAt,
} from './wire.ts'

const unsynchronised = 3
const highestStratum = 15
const initId = referenceIdOf('INIT')
const pollAt = 2
/** Some microseconds' worth. */
const answersAReading = 8

export class Answers {
  /** What the last answer was: interleaved or basic. */
  wasInterleaved = false
  readonly #clock: ServingClock
  readonly #exchanges: Exchanges | undefined
  readonly #answer = Buffer.alloc(headerBytes)
  readonly #kiss = Buffer.alloc(headerBytes)
  readonly #now: Moment = { seconds: 0, nanoseconds: 0 }
  /** Answers that may still share the last reading. */
  #readingLeft = 0
  #leap = unsynchronised
  #jumps = 0

  constructor(clock: ServingClock, exchanges: Exchanges | undefined) {
    this.#clock = clock
    this.#exchanges = exchanges
    this.#describe()
  }

  /**
   * The answer to a sound request that came at `received`, by default now; the buffer is the same every time. To be sent at once:
   * all that does not depend on the time is written before the clock is read.
   */
  to(request: Uint8Array, received: Moment | undefined): Buffer {
    const [answer, clock, now] = [this.#answer, this.#clock, this.#now]
    this.#begin(answer, this.#leap, request)
    copy(request, transmitAt, answer, originAt)
    if (received === undefined || this.#isStale(received)) clock.read(now)
    const jumped = clock.refresh(now) && this.#refreshed(request)
    // After a jump, back or ahead, the time of arrival is of another clock.
    const isKnown = received !== undefined && !jumped && !isBefore(now, received)
    clock.write(isKnown ? received : now, answer, receiveAt)
    this.wasInterleaved = this.#exchanges !== undefined && this.#interleaves(this.#exchanges, request)
    if (!this.wasInterleaved) clock.write(now, answer, transmitAt)
    return answer
  }

  /**
   * Answers of a batch leave together, so a few of them may share a reading of the clock: as long as their packets had come before
   * it, and none has left since.
   */
  #isStale(received: Moment): boolean {
    if (this.#readingLeft > 0 && !isBefore(this.#now, received)) {
      this.#readingLeft--
      return false
    }
    this.#readingLeft = answersAReading - 1
    return true
  }

  /**
   * A kiss-o'-death (RFC 5905 section 7.4): `RATE` asks to wait longer, at least 2^`poll` seconds, `DENY` to ask no more. It tells
   * no time of its own: all it says is the request's.
   */
  kiss(request: Uint8Array, code: 'RATE' | 'DENY', poll: number): Buffer {
    const kiss = this.#kiss
    this.#begin(kiss, unsynchronised, request)
    kiss[pollAt] = Math.max(poll, ((request[pollAt] as number) << 24) >> 24)
    kiss.writeUInt32BE(referenceIdOf(code), 12)
    for (const at of [originAt, receiveAt, transmitAt]) copy(request, transmitAt, kiss, at)
    return kiss
  }

  /** The answers made since the last call have left. */
  sent(): void {
    this.#readingLeft = 0
    const exchanges = this.#exchanges
    if (exchanges === undefined || !exchanges.isPending) return
    this.#clock.read(this.#now)
    this.#clock.write(this.#now, scratch, 0)
    exchanges.sent(wordAt(scratch, 0), wordAt(scratch, 4))
  }

  /** RFC 9769 section 2: who repeats our last receive timestamp gets the transmit timestamp of that answer, measured after it left. */
  #interleaves(exchanges: Exchanges, request: Uint8Array): boolean {
    const seconds = wordAt(request, originAt)
    const fraction = wordAt(request, originAt + 4)
    if (seconds === 0 && fraction === 0) return false
    const answer = this.#answer
    // A client whose two timestamps are the same could not tell a basic answer from an interleaved one.
    const isKnown = !isSame(request, receiveAt, transmitAt) && exchanges.find(seconds, fraction)
    if (isKnown) {
      copy(request, receiveAt, answer, originAt)
      writeWord(answer, transmitAt, exchanges.seconds)
      writeWord(answer, transmitAt + 4, exchanges.fraction)
    }
    exchanges.save(wordAt(answer, receiveAt), wordAt(answer, receiveAt + 4))
    return isKnown
  }

  #begin(bytes: Buffer, leap: number, request: Uint8Array): void {
    bytes[0] = firstByte(leap, ((request[0] as number) >> 3) & 7, modes.server)
    bytes[pollAt] = request[pollAt] as number
  }

  /** The source was looked at; true when its time has jumped, so that what was remembered is wrong. */
  #refreshed(request: Uint8Array): boolean {
    this.#describe()
    this.#begin(this.#answer, this.#leap, request)
    if (this.#clock.jumps === this.#jumps) return false
    this.#jumps = this.#clock.jumps
    this.#exchanges?.clear()
    return true
  }

  /** Stratum, precision and what else the source says; stratum 16 is 0 on the wire, with the code INIT (RFC 5905 section 7.3). */
  #describe(): void {
    const { leap, stratum, refId, refTimeNs, rootDelay, rootDispersion, precision } = this.#clock.state
    const answer = this.#answer
    const isSynchronised = leap !== unsynchronised && stratum >= 1 && stratum <= highestStratum
    this.#leap = isSynchronised ? leap : unsynchronised
    answer[1] = isSynchronised ? stratum : 0
    answer.writeInt8(precision, 3)
    this.#kiss.writeInt8(precision, 3)
    answer.writeUInt32BE(shortFormat(rootDelay), 4)
    answer.writeUInt32BE(shortFormat(rootDispersion), 8)
    answer.writeUInt32BE(isSynchronised ? refId >>> 0 : initId, 12)
    answer.writeBigUInt64BE(refTimeNs === 0n ? 0n : timestampOf(refTimeNs), referenceAt)
  }
}

const scratch = Buffer.alloc(8)

function copy(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number): void {
  for (let index = 0; index < 8; index++) to[toAt + index] = from[fromAt + index] as number
}

function isSame(bytes: Uint8Array, one: number, other: number): boolean {
  for (let index = 0; index < 8; index++) if (bytes[one + index] !== bytes[other + index]) return false
  return true
}

function wordAt(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  )
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word >>> 24
  bytes[at + 1] = word >>> 16
  bytes[at + 2] = word >>> 8
  bytes[at + 3] = word
}
