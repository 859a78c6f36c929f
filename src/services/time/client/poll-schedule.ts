/**
 * When to ask a server again (RFC 5905 sections 10 and 13). A burst at first, two seconds apart, since less makes servers tell us
 * to go away; then every 16 seconds until the frequency is known; then ever more seldom, for as long as the clock's own
 * uncertainty stays below the noise of a sample.
 */
import { checkInteger } from '../../../core/index.ts'

export interface PollOptions {
  /** Least interval after the burst, log2 seconds. @default 6 (64 s) */
  readonly minPoll?: number
  /** Longest interval, log2 seconds. @default 10 (17 minutes) */
  readonly maxPoll?: number
  /** Answers wanted in the burst at the start, and after a server came back. @default 6 */
  readonly burst?: number
}

/** Never asked more often, seconds. */
export const burstSpacing = 2

/** While the frequency is not known well, and after an answer that was lost, seconds. */
const settleSpacing = 16

/** Answers at most until the frequency counts as known. */
const settleLimit = 12

/** Known: so many times the noise of a sample is what the next interval may bring. */
const settled = 2

/** After an answer was lost it is asked so often, and then at the usual intervals. */
const retries = 3

/** An interval is doubled after so many answers in a row that allow it. */
const patience = 3

/** A clock without news for so many polls asks in a burst when it gets an answer again. */
const silenceBeforeBurst = 8

export class PollSchedule {
  readonly #maxPoll: number
  readonly #burst: number
  #minPoll: number
  #poll: number
  #burstLeft: number
  /** A burst that is not answered ends after twice its length. */
  #burstTries: number
  #settling = settleLimit
  #content = 0
  /** Requests in a row that were not answered. */
  #lost = 0
  /** One bit for each of the last eight requests: 1 if it was answered (RFC 5905 section 13, the reach register). */
  #reach = 0
  #denied: string | undefined
  /** Requests in a row that were not answered, beyond those of the reach register. */
  #silence = 0

  /** Throws OPTION_INVALID. */
  constructor({ minPoll = 6, maxPoll = 10, burst = 6 }: PollOptions = {}) {
    this.#minPoll = checkInteger('minPoll', minPoll, 1, 17)
    this.#maxPoll = checkInteger('maxPoll', maxPoll, this.#minPoll, 17)
    this.#burst = checkInteger('burst', burst, 1, 16)
    this.#burstLeft = this.#burst
    this.#burstTries = 2 * this.#burst
    this.#poll = minPoll
  }

  /** Seconds from one request to the next; undefined once the server has told us never to come back. */
  get interval(): number | undefined {
    if (this.#denied !== undefined) return undefined
    if (this.#burstLeft > 0) return burstSpacing
    const isSoon = this.#settling > 0 || (this.#lost > 0 && this.#lost <= retries)
    return isSoon ? Math.min(settleSpacing, 2 ** this.#poll) : 2 ** this.#poll
  }

  /** 0 to 255: the last eight requests as bits, the newest lowest. */
  get reach(): number {
    return this.#reach
  }

  /** The kiss code that ended it (DENY or RSTR), if one did. */
  get denied(): string | undefined {
    return this.#denied
  }

  /** An answer came. `uncertaintyAfter` tells how badly the next could be foretold, in units of its own noise. */
  answered(uncertaintyAfter: (seconds: number) => number): void {
    const isBurst = this.#burstLeft > 0
    this.#count(1)
    this.#lost = 0
    const interval = 2 ** this.#poll
    if (this.#burstLeft > 0) return
    if (this.#settling > 0) {
      this.#settling = uncertaintyAfter(interval) > settled ? this.#settling - 1 : 0
      return
    }
    if (isBurst) return
    if (uncertaintyAfter(interval) > 1) {
      this.#poll = Math.max(this.#minPoll, this.#poll - 1)
      this.#content = 0
    } else if (uncertaintyAfter(2 * interval) < 1 / 4 && ++this.#content >= patience) {
      this.#poll = Math.min(this.#maxPoll, this.#poll + 1)
      this.#content = 0
    }
  }

  /** No answer came, or none that can be used. */
  lost(): void {
    this.#count(0)
    this.#content = 0
    this.#lost++
    if (this.#reach === 0 && this.#burstLeft === 0) this.#settling = 0
    // Silent for long: no burst goes into the void, one is due when it is back.
    if (this.#reach === 0 && this.#burstLeft === 0) this.#silence++
  }

  /** The server sent a kiss of death (RFC 5905 section 7.4): RATE asks for less, DENY and RSTR for nothing any more. */
  kissed(code: string): void {
    this.#count(0)
    this.#burstLeft = 0
    this.#settling = 0
    this.#lost = 0
    if (code === 'DENY' || code === 'RSTR') this.#denied = code
    if (code !== 'RATE') return
    this.#poll = Math.min(Math.max(this.#poll + 1, this.#minPoll + 1), 17)
    this.#minPoll = Math.min(this.#poll, 17)
  }

  /** The clock has lost its time (the machine slept): ask soon and repeatedly. */
  hurry(): void {
    this.#burstLeft = this.#burst
    this.#burstTries = 2 * this.#burst
    this.#poll = this.#minPoll
    this.#settling = settleLimit
  }

  #count(bit: 0 | 1): void {
    this.#reach = ((this.#reach << 1) | bit) & 0xff
    if (this.#burstLeft > 0 && --this.#burstTries === 0) this.#burstLeft = 0
    else if (this.#burstLeft > 0) this.#burstLeft -= bit
    if (bit === 1 && this.#silence >= silenceBeforeBurst) this.hurry()
    if (bit === 1) this.#silence = 0
  }
}
