/**
 * The format service: strftime as a service. The request is a format, in the zone and language that it may begin with, and the answer
 * the present time in that format; see docs/strftime.md.
 *
 *   %A, %e %B          ─▶  Friday, 21 November
 *   @Asia/Tokyo,ja %c  ─▶  2025年11月21日(金) 20:00:00
 *   %999c              ─▶  error too-long
 *
 * Whoever asks over UDP has proved nothing, so no answer is longer than the request earns.
 */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import { lines, type Bytes, type Framing } from '../../framing/index.ts'
import { service, serviceMaker, type LaneInfo, type Peer, type Service, type ServiceMaker } from '../../server/index.ts'
import { follow, followKeys, type FollowOptions } from './clock/follow.ts'
import type { TimeSource } from './clock/types.ts'
import { FormatAnswers, type Refusal } from './format-answers.ts'
import { namesOf } from './strftime/locale.ts'
import type { Dialect } from './strftime/part.ts'
import { dialects } from './strftime/strftime.ts'
import { wallClockOf } from './wall-clock.ts'
import { zoneOf } from './zone/zone.ts'

/** Options that JSON can carry, so that they reach lanes of other threads and processes in a module's URL. */
export interface TimeOptions extends FollowOptions {
  /** Of requests that name none. @default the system's */
  readonly zone?: string
  /** Of requests that name none. @default 'C' */
  readonly locale?: string
  /** @default 'gnu-date' */
  readonly dialect?: Dialect
  /** The longest answer, 32 to 8,192 bytes. @default 512 */
  readonly answerBytes?: number
  /**
   * Over UDP, bytes answered at most for each byte of the request, both with the 28 bytes of their headers, 1 to 10. Who wants a long
   * answer to a short format pads it with NULs. @default 2
   */
  readonly replyFactor?: number
}

/** Options that cannot travel: for lanes of the calling thread. */
export interface TimeServiceOptions extends TimeOptions {
  /** What tells the time. @default the system's clock */
  readonly source?: TimeSource
}

/** IPv4 and UDP. */
const headerBytes = 28
/** Longer requests are refused as too long a frame or datagram. */
const requestBytes = 512

const counterNames = ['times', 'tooLong', 'unknownZone', 'unknownLocale', 'busy'] as const

const counterOf: Readonly<Record<Refusal, number>> = { 'too-long': 1, 'unknown-zone': 2, 'unknown-locale': 3, busy: 4 }

/** Lines both ways; an answer may have lines of its own, by `%n`, and is then several. */
const answerLines: Framing = {
  ...lines(),
  encode: (answer: Bytes) => Buffer.concat([typeof answer === 'string' ? Buffer.from(answer) : answer, newline]),
}
const newline = Buffer.from('\n')

/**
 * Makes the format service: over UDP, TCP (a format a line) and Unix sockets. Throws OPTION_INVALID, ZONE_UNKNOWN, LOCALE_UNKNOWN.
 *
 * @example
 * await serve(timeService({ zone: 'Europe/Berlin' }), { listen: ['udp://127.0.0.1:9014', 'tcp://127.0.0.1:9014'] })
 */
export function timeService(options: TimeServiceOptions = {}): Service {
  const { source: _, ...rest } = options
  const checked = checkTimeOptions(rest)
  const { source, hooks } = follow('time', options)
  // Hooks are not told which lane calls them, so a service object has one; each thread and process makes its own from a module.
  let lane: TimeLane | undefined
  return service({
    name: 'time',
    framing: answerLines,
    borrow: true,
    counters: counterNames,
    limits: { frameBytes: requestBytes, replyFactor: checked.replyFactor },
    ...hooks,
    start: (info) => {
      if (lane !== undefined) {
        throw fail('SERVICE_INVALID', { source: 'time', reason: 'it is served already; make one for each server' })
      }
      hooks.start?.(info)
      lane = new TimeLane(info, checked, source)
    },
    stop: (info) => {
      hooks.stop?.(info)
      // One that was refused stops too.
      if (lane?.info === info) lane = undefined
    },
    message: (request, peer) => lane?.answer(request, peer),
  })
}

/** The service for modules and `lanework serve time`: options come in the URL. */
export const time: ServiceMaker<TimeOptions> = serviceMaker((options) => {
  checkTimeOptions(options)
  return timeService(options)
})

type CheckedOptions = Required<Omit<TimeOptions, 'zone' | keyof FollowOptions>> & { readonly zone: string | undefined }

function checkTimeOptions(options: TimeOptions): CheckedOptions {
  checkKnownKeys('time', options, ['zone', 'locale', 'dialect', 'answerBytes', 'replyFactor', ...followKeys])
  const { zone, locale = 'C', dialect = 'gnu-date', answerBytes = 512, replyFactor = 2 } = options
  if (zone !== undefined) zoneOf(zone)
  namesOf(locale)
  return {
    zone,
    locale,
    dialect: checkChoice('dialect', dialect, dialects),
    answerBytes: checkInteger('answerBytes', answerBytes, 32, 8_192),
    replyFactor: checkInteger('replyFactor', replyFactor, 1, 10),
  }
}

/** What one lane has: its counters and the formats that it keeps ready. */
class TimeLane {
  readonly info: LaneInfo
  readonly #answers: FormatAnswers
  readonly #answerBytes: number
  readonly #replyFactor: number

  constructor(info: LaneInfo, options: CheckedOptions, source: TimeSource | undefined) {
    const { clock, counters } = info
    this.info = info
    const { zone, locale, dialect, answerBytes, replyFactor } = options
    this.#answerBytes = answerBytes
    this.#replyFactor = replyFactor
    this.#answers = new FormatAnswers({
      zone,
      locale,
      dialect,
      clock: wallClockOf(source),
      monotonicMs: () => clock.monotonicMs(),
      count: (refusal) => {
        const counter = refusal === undefined ? 0 : counterOf[refusal]
        counters[counter] = (counters[counter] as number) + 1
      },
    })
  }

  answer(request: Buffer, peer: Peer): Buffer | undefined {
    return this.#answers.to(request, peer.transport === 'udp' ? this.#earnedBy(request) : this.#answerBytes)
  }

  #earnedBy({ length }: Buffer): number {
    return Math.min(this.#answerBytes, (length + headerBytes) * this.#replyFactor - headerBytes)
  }
}
