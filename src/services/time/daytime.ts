/**
 * Daytime (RFC 867): the date and time as one line of text, to everybody who asks, whatever he says.
 *
 *   UDP: any datagram ─▶ a datagram with the line      TCP: connected ─▶ the line, and the end
 */
import { checkKnownKeys, fail } from '../../core/index.ts'
import { isDatagram, type Moment } from '../../io/index.ts'
import { service, serviceMaker, type Peer, type Service, type ServiceMaker } from '../../server/index.ts'
import { follow, followKeys, type FollowOptions } from './clock/follow.ts'
import type { TimeSource } from './clock/types.ts'
import { timeFormat } from './strftime/strftime.ts'
import { wallClockOf, type WallClock } from './wall-clock.ts'

export interface DaytimeOptions extends FollowOptions {
  /** @default the system's */
  readonly zone?: string
  /** @default 'C' */
  readonly locale?: string
  /** Of the line, without its end, CR LF. RFC 867 asks for nothing but one line of ASCII. @default '%a %b %e %H:%M:%S %Y' */
  readonly format?: string
}

/** Options that cannot travel: for lanes of the calling thread. */
export interface DaytimeServiceOptions extends DaytimeOptions {
  /** What tells the time. @default the system's clock */
  readonly source?: TimeSource
}

/** As `asctime` of C has it. */
const ctimeFormat = '%a %b %e %H:%M:%S %Y'
const ctimeBytes = 26
const lineBytes = 512
/** How much longer than now a line may be: Wednesdays in September have longer names than Fridays in May. */
const spareBytes = 24
/** IPv4 and UDP. */
const headerBytes = 28

/**
 * Makes the daytime service. Over UDP an empty datagram is answered with 26 bytes, headers aside; with a longer format, at most
 * 512, `replyFactor` grows as needed. Throws OPTION_INVALID, OUTPUT_TOO_LONG, ZONE_UNKNOWN, LOCALE_UNKNOWN.
 *
 * @example
 * await serve(daytimeService({ zone: 'UTC' }), { listen: ['udp://127.0.0.1:9013', 'tcp://127.0.0.1:9013'] })
 */
export function daytimeService(options: DaytimeServiceOptions = {}): Service {
  const { source: _, ...rest } = options
  const { source, hooks } = follow('daytime', options)
  const line = new DaytimeLine(rest, wallClockOf(source))
  return service({
    name: 'daytime',
    borrow: true,
    limits: { replyFactor: Math.ceil((line.mostBytes + headerBytes) / headerBytes) },
    ...hooks,
    open: (peer) => tellAndClose(peer, line.read()),
    message: (__, peer) => (isDatagram(peer.address) ? line.read() : undefined),
  })
}

/** The service for modules and `lanework serve daytime`: options come in the URL. */
export const daytime: ServiceMaker<DaytimeOptions> = serviceMaker((options) => {
  checkKeys(options)
  return daytimeService(options)
})

/** Gives a connection what it came for, and ends it: what it still says is read and dropped. */
export function tellAndClose(peer: Peer, bytes: Buffer): void {
  if (bytes.length > 0) peer.send(bytes)
  peer.close()
}

function checkKeys(options: DaytimeOptions): void {
  checkKnownKeys('daytime', options, ['zone', 'locale', 'format', ...followKeys])
}

/** The present line; made once a second. */
class DaytimeLine {
  readonly #clock: WallClock
  readonly #write: (seconds: number, nanoseconds: number) => string
  readonly #now: Moment = { seconds: 0, nanoseconds: 0 }
  readonly #isLasting: boolean
  /** That it will have, names of other days and months included. */
  readonly mostBytes: number
  #second = NaN
  #line: Buffer = Buffer.alloc(0)

  constructor(options: DaytimeOptions, clock: WallClock) {
    checkKeys(options)
    const { zone, locale = 'C', format = ctimeFormat } = options
    const made = timeFormat(format, {
      locale,
      limitBytes: lineBytes - 2,
      ...(zone === undefined ? {} : { timeZone: zone }),
    })
    this.#clock = clock
    this.#isLasting = !made.subSecond
    this.#write = (seconds, nanoseconds) => made.formatSeconds(seconds, nanoseconds)
    if (/[\r\n]/.test(this.read().toString().slice(0, -2))) {
      throw fail('OPTION_INVALID', { option: 'format', rule: 'one line (RFC 867)', got: JSON.stringify(format) })
    }
    this.mostBytes = format === ctimeFormat && locale === 'C' ? ctimeBytes : this.read().length + spareBytes
  }

  read(): Buffer {
    const now = this.#now
    this.#clock(now)
    if (now.seconds === this.#second && this.#isLasting) return this.#line
    this.#line = Buffer.from(`${this.#write(now.seconds, now.nanoseconds)}\r\n`)
    this.#second = now.seconds
    return this.#line
  }
}
