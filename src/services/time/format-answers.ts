/**
 * What the format service answers: a request's bytes in, the answer's bytes out. Formats are compiled once and kept, and an answer is
 * kept for as long as it is right: who asks the same again within a second gets the same bytes.
 */
import { isLaneworkError } from '../../core/index.ts'
import type { Moment } from '../../io/index.ts'
import { TokenBucket } from '../../server/index.ts'
import { parseRequest, type FormatRequest } from './format-request.ts'
import { Recent } from './recent.ts'
import { hasNames } from './strftime/locale.ts'
import type { Dialect } from './strftime/part.ts'
import { timeFormat, type TimeFormat } from './strftime/strftime.ts'
import { knownZone, systemZone } from './zone/zone.ts'
import type { WallClock } from './wall-clock.ts'

/** Why there is no time in an answer; the answer is `error ` and this. */
export type Refusal = 'too-long' | 'unknown-zone' | 'unknown-locale' | 'busy'

export interface AnswerOptions {
  readonly zone: string | undefined
  readonly locale: string
  readonly dialect: Dialect
  /** Monotonic milliseconds. */
  readonly monotonicMs: () => number
  readonly clock: WallClock
  /** Told of each answer: undefined for a time. */
  readonly count: (refusal: Refusal | undefined) => void
}

/** Longer requests are looked at anew each time: what is kept must not grow with what strangers send. */
const keptBytes = 256
const keptRequests = 512
/** To load a language takes some milliseconds of processor time, so nobody may have it done again and again. */
const newLocales = { ratePerSecond: 5, burst: 50 }

/** What every answer begins with that is no time; a format may begin so too, see askTime. */
export const errorPrefix = 'error '

export class FormatAnswers {
  readonly #options: AnswerOptions
  readonly #kept = new Recent<Prepared>(keptRequests)
  readonly #newLocales = new TokenBucket(newLocales)
  readonly #now: Moment = { seconds: 0, nanoseconds: 0 }

  constructor(options: AnswerOptions) {
    this.#options = options
  }

  /** The answer, of `limitBytes` at most; undefined when not even an error has room. Nobody may change its bytes. */
  to(request: Buffer, limitBytes: number): Buffer | undefined {
    const prepared = this.#prepared(request.toString('latin1'), limitBytes)
    this.#options.clock(this.#now)
    const answer = prepared.at(this.#now)
    this.#options.count(prepared.refusal)
    return answer.length > limitBytes ? undefined : answer
  }

  #prepared(text: string, limitBytes: number): Prepared {
    const known = this.#kept.get(text)
    // The same request has the same room, unless it comes now by one transport, now by another.
    if (known?.limitBytes === limitBytes) return known
    const request = parseRequest(text)
    const format = this.#formatOf(request, limitBytes)
    // A program that sends lines gets lines, errors too.
    const made = new Prepared(format, request.format.endsWith('\n') ? '\n' : '', limitBytes)
    if (typeof format !== 'string' && text.length <= keptBytes) this.#kept.set(text, made)
    return made
  }

  #formatOf({ zone, locale, format }: FormatRequest, limitBytes: number): TimeFormat | Refusal {
    const { dialect, monotonicMs, locale: ownLocale, zone: ownZone } = this.#options
    const language = locale ?? ownLocale
    if (!hasNames(language) && !this.#newLocales.take(monotonicMs())) return 'busy'
    try {
      const wanted = zone ?? ownZone
      const timeZone = wanted === undefined ? systemZone() : knownZone(wanted)
      if (timeZone === undefined) return 'unknown-zone'
      return timeFormat(format, { timeZone, locale: language, dialect, limitBytes, bytes: true })
    } catch (error) {
      return refusalOf(error)
    }
  }
}

/** A request made ready: its format, or why there is none, and what was answered last. */
class Prepared {
  refusal: Refusal | undefined
  readonly limitBytes: number
  readonly #format: TimeFormat | undefined
  readonly #ending: string
  #answer: Buffer
  #second = NaN

  constructor(format: TimeFormat | Refusal, ending: string, limitBytes: number) {
    this.limitBytes = limitBytes
    this.refusal = typeof format === 'string' ? format : undefined
    this.#format = typeof format === 'string' ? undefined : format
    this.#ending = ending
    this.#answer = errorBytes(this.refusal ?? 'busy', ending)
  }

  at({ seconds, nanoseconds }: Moment): Buffer {
    const format = this.#format
    if (format === undefined || (seconds === this.#second && !format.subSecond)) return this.#answer
    this.#second = seconds
    try {
      this.#answer = Buffer.from(format.formatSeconds(seconds, nanoseconds), 'latin1')
      this.refusal = undefined
    } catch (error) {
      this.refusal = refusalOf(error)
      this.#answer = errorBytes(this.refusal, this.#ending)
    }
    return this.#answer
  }
}

function errorBytes(refusal: Refusal, ending: string): Buffer {
  return Buffer.from(`${errorPrefix}${refusal}${ending}`)
}

/** Throws what is no fault of the request. */
function refusalOf(error: unknown): Refusal {
  if (isLaneworkError(error, 'OUTPUT_TOO_LONG')) return 'too-long'
  if (isLaneworkError(error, 'ZONE_UNKNOWN')) return 'unknown-zone'
  if (isLaneworkError(error, 'LOCALE_UNKNOWN')) return 'unknown-locale'
  throw error
}
