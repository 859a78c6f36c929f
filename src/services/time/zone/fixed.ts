/** Zones that need no data: offsets from UTC, and rules written out. */
import type { PosixRule } from './posix-rule.ts'
import type { Zone, ZonePeriod } from './types.ts'

/** A zone that never changes. */
export class FixedZone implements Zone {
  readonly name: string
  readonly kind = 'fixed'
  readonly #period: ZonePeriod

  constructor(name: string, offset: number, abbreviation: string) {
    this.name = name
    this.#period = { from: -Infinity, until: Infinity, offset, abbreviation, isDst: false }
  }

  at(_seconds: number): ZonePeriod {
    return this.#period
  }
}

/** A zone of one rule, as in the TZ variable. */
export class RuleZone implements Zone {
  readonly name: string
  readonly kind = 'posix'
  readonly #rule: PosixRule
  #last: ZonePeriod

  constructor(name: string, rule: PosixRule) {
    this.name = name
    this.#rule = rule
    this.#last = rule.at(0)
  }

  at(seconds: number): ZonePeriod {
    const last = this.#last
    if (seconds >= last.from && seconds < last.until) return last
    return (this.#last = this.#rule.at(seconds))
  }
}

/**
 * Reads `+05:30`, `-0330`, `+02` or `+05:30:15`; undefined when it is none. Its abbreviation is what the time zone
 * database writes where people have no name for their time: `+0530`, `-0330`, `+02`.
 */
export function parseOffset(text: string): FixedZone | undefined {
  const found = /^([+-])([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d))?)?$/.exec(text)
  if (found === null) return undefined
  const [, sign = '+', hours = '00', minutes = '00', seconds = '00'] = found
  const offset = Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)
  return new FixedZone(text, sign === '-' ? 0 - offset : offset, offsetName(sign === '-' ? -offset : offset))
}

/** `+02`, `-0330`, `+053015`: an offset in seconds as the time zone database abbreviates it. */
export function offsetName(offset: number): string {
  const size = Math.abs(offset)
  const two = (value: number): string => String(value).padStart(2, '0')
  const [hours, minutes, seconds] = [Math.floor(size / 3_600), Math.floor(size / 60) % 60, size % 60]
  const rest = seconds === 0 ? (minutes === 0 ? '' : two(minutes)) : two(minutes) + two(seconds)
  return `${offset < 0 ? '-' : '+'}${two(hours)}${rest}`
}
