/** strftime: a time as text, by a format. The functions that programs call, and what they remember of formats. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { Recent } from '../recent.ts'
import type { Zone } from '../zone/types.ts'
import { systemZone, zoneOf } from '../zone/zone.ts'
import { compileParts } from './compile.ts'
import { splitInstant, type Instant } from './instant.ts'
import { joinParts } from './join.ts'
import { namesOf } from './locale.ts'
import { Moment } from './moment.ts'
import { byteLettering, textLettering, type Dialect, type Lettering, type Part } from './part.ts'

/** Which directives there are: see docs/strftime.md. */
export const dialects: readonly Dialect[] = ['gnu-date', 'extended']

export interface StrftimeOptions {
  /** A name for `zoneOf`, or a zone. @default that of a ZonedDateTime, else that of the system */
  readonly timeZone?: string | Zone
  /** `C`, or a language tag: names and the forms of `%c %x %X %r %p` are then the language's. @default 'C' */
  readonly locale?: string
  /** @default 'gnu-date' */
  readonly dialect?: Dialect
  /** Text that looks like a directive and is none throws FORMAT_INVALID, instead of being copied. @default false */
  readonly strict?: boolean
  /** More bytes of UTF-8 are not made, whatever the format's widths. @default 65_536 */
  readonly limitBytes?: number
}

/** A format made ready. */
export interface TimeFormat {
  /** The time as text. Throws OUTPUT_TOO_LONG, and OPTION_INVALID for what is no instant. */
  format(instant: Instant): string
  /** The same without allocating an instant: seconds since 1970 UTC, and nanoseconds after them. */
  formatSeconds(seconds: number, nanoseconds: number): string
  /** It shows fractions of a second, so that two answers within one second may differ. */
  readonly subSecond: boolean
}

const defaultLimitBytes = 65_536
/** Longer formats are compiled each time: what is kept must not grow with what strangers send. */
const keptFormatLength = 256
const kept = { plain: new Recent<Compiled>(512), others: new Recent<Compiled>(512) }

/**
 * Formats a time, as `date` of GNU does under LC_ALL=C: see docs/strftime.md for the directives and for what becomes of
 * text that is none. Widths count characters. Formats are compiled once and kept, the last 512 of them.
 *
 * Throws OUTPUT_TOO_LONG, ZONE_UNKNOWN, LOCALE_UNKNOWN, OPTION_INVALID, and FORMAT_INVALID with `strict`.
 *
 * @example
 * strftime('%A, %e %B %Y, %H:%M %Z', new Date(0), { timeZone: 'Asia/Tokyo' }) // 'Thursday,  1 January 1970, 09:00 JST'
 */
export function strftime(format: string, instant: Instant, options?: StrftimeOptions): string {
  const { seconds, nanoseconds } = splitInstant(instant)
  const zone = zoneFor(options?.timeZone ?? zoneIn(instant))
  return compiled(format, 'text', options).write(new Moment(seconds, nanoseconds, zone), limitOf(options))
}

/**
 * `strftime` on bytes: directives are ASCII, and everything else is copied as it is, valid UTF-8 or not. Widths count bytes.
 *
 * Throws as `strftime` does.
 *
 * @example
 * strftimeBytes(Buffer.from([0xff, 0x25, 0x59]), 0n) // <Buffer ff 31 39 37 30>
 */
export function strftimeBytes(format: Uint8Array, instant: Instant, options?: StrftimeOptions): Buffer {
  const { seconds, nanoseconds } = splitInstant(instant)
  const zone = zoneFor(options?.timeZone ?? zoneIn(instant))
  const moment = new Moment(seconds, nanoseconds, zone)
  const text = Buffer.from(format.buffer, format.byteOffset, format.length).toString('latin1')
  return Buffer.from(compiled(text, 'bytes', options).write(moment, limitOf(options)), 'latin1')
}

/**
 * Makes a format ready for many times. `bytes` takes and gives strings of bytes (`latin1`), as `strftimeBytes` works.
 * Throws as `strftime` does, all that can be known without an instant.
 *
 * @example
 * const clock = timeFormat('%H:%M:%S', { timeZone: 'UTC' })
 * clock.format(0n) // '00:00:00'
 */
export function timeFormat(format: string, options: StrftimeOptions & { readonly bytes?: boolean } = {}): TimeFormat {
  const { bytes = false, ...rest } = options
  checkKnownKeys('timeFormat', rest, ['timeZone', 'locale', 'dialect', 'strict', 'limitBytes'])
  const ready = compiled(format, bytes ? 'bytes' : 'text', rest)
  const zone = zoneFor(rest.timeZone)
  const limitBytes = limitOf(rest)
  ready.check(limitBytes)
  const formatSeconds = (seconds: number, nanoseconds: number): string =>
    ready.write(new Moment(seconds, nanoseconds, zone), limitBytes)
  return {
    subSecond: ready.subSecond,
    formatSeconds,
    format: (instant) => {
      const { seconds, nanoseconds } = splitInstant(instant)
      return formatSeconds(seconds, nanoseconds)
    },
  }
}

function zoneIn(instant: Instant): string | undefined {
  return typeof instant === 'bigint' || instant instanceof Date ? undefined : instant.timeZoneId
}

function zoneFor(zone: string | Zone | undefined): Zone {
  if (zone === undefined) return systemZone()
  return typeof zone === 'string' ? zoneOf(zone) : zone
}

function limitOf(options: StrftimeOptions | undefined): number {
  const limitBytes = options?.limitBytes
  if (limitBytes === undefined) return defaultLimitBytes
  return checkInteger('limitBytes', limitBytes, 0, 2 ** 29)
}

type Mode = 'text' | 'bytes'

function compiled(format: string, mode: Mode, options: StrftimeOptions | undefined): Compiled {
  const { locale = 'C', dialect = 'gnu-date', strict = false } = options ?? {}
  const isPlain = mode === 'text' && locale === 'C' && dialect === 'gnu-date' && !strict
  // With the length of the one text that may be anything before it, no two mean the same.
  const key = isPlain ? format : `${mode} ${dialect} ${strict} ${String(locale).length} ${String(locale)}${format}`
  const known = isPlain ? kept.plain.get(key) : kept.others.get(key)
  if (known !== undefined) return known
  if (typeof format !== 'string') {
    throw fail('OPTION_INVALID', { option: 'format', rule: 'a string', got: typeof format })
  }
  const made = new Compiled(
    format,
    mode === 'text' ? textLettering : byteLettering,
    locale,
    checkChoice('dialect', dialect, dialects),
    strict,
  )
  if (key.length <= keptFormatLength) (isPlain ? kept.plain : kept.others).set(key, made)
  return made
}

/** A format as functions, with what they write at least and at most. */
class Compiled {
  readonly #parts: readonly Part[]
  readonly #whole: Part
  readonly #lettering: Lettering

  constructor(format: string, lettering: Lettering, locale: string, dialect: Dialect, strict: boolean) {
    const names = namesOf(locale)
    const context = { names, lettering, dialect, strict, format, yearPad: undefined, compile: compileParts }
    this.#lettering = lettering
    this.#parts = compileParts(format, context, false)
    this.#whole = joinParts(this.#parts)
  }

  get subSecond(): boolean {
    return this.#whole.subSecond === true
  }

  /** Throws OUTPUT_TOO_LONG when no time can fit. */
  check(limitBytes: number): void {
    if (this.#whole.least > limitBytes) throw tooLong(limitBytes)
  }

  write(moment: Moment, limitBytes: number): string {
    // What fits at its longest fits always; so the common case is one comparison.
    return this.#whole.most <= limitBytes ? this.#whole.write(moment) : this.#writeChecked(moment, limitBytes)
  }

  /** Part by part, each of which is asked for its least before it may write: a width is refused before it is filled. */
  #writeChecked(moment: Moment, limitBytes: number): string {
    this.check(limitBytes)
    let out = ''
    let bytes = 0
    for (const part of this.#parts) {
      if (bytes + part.least > limitBytes) throw tooLong(limitBytes)
      const text = part.write(moment)
      bytes += this.#lettering.bytes(text)
      if (bytes > limitBytes) throw tooLong(limitBytes)
      out += text
    }
    return out
  }
}

function tooLong(limitBytes: number): Error {
  return fail('OUTPUT_TOO_LONG', { what: 'The formatted time', limitBytes })
}
