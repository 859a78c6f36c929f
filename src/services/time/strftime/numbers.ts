/** Directives that write numbers: parts of a date and time, years, fractions of a second, offsets. */
import type { Moment } from './moment.ts'
import { padNumber, twoDigits, type Pad } from './padding.ts'
import type { Directive } from './parse.ts'
import type { Context, Part } from './part.ts'

/** The longest number without a width: seconds of 16 digits with a sign; and offsets with their colons. */
const mostDigits = 24

/** Bytes that a digit of another script may need. */
const digitBytes = 4

/** A number of `digits` digits, never negative. */
export function number(context: Context, directive: Directive, digits: number, read: (moment: Moment) => number): Part {
  const { pad = '0', width, modifier } = directive
  const wanted = width < 0 ? digits : width
  const plain = modifier !== 'O' || context.names.digits === undefined
  if (plain && digits === 2 && wanted === 2 && (pad === '0' || pad === '+')) {
    return { write: (moment) => twoDigits[read(moment)] as string, least: 2, most: 2 }
  }
  return sized(context, modifier, wanted, pad, (moment) => padNumber('', String(read(moment)), wanted, pad))
}

/** A number that may be negative, of one digit at least. */
export function signed(
  context: Context,
  { pad = '0', width, modifier }: Directive,
  read: (moment: Moment) => number,
): Part {
  const wanted = Math.max(width, 1)
  return sized(context, modifier, wanted, pad, (moment) => {
    const value = read(moment)
    return padNumber(value < 0 ? '-' : '', String(Math.abs(value)), wanted, pad)
  })
}

/** A year or a part of one. With the flag `+` a value of more digits than usual, or a wider field, has a sign. */
export function yearish(
  context: Context,
  directive: Directive,
  digits: number,
  read: (moment: Moment) => number,
  isNegative: (moment: Moment) => boolean,
): Part {
  const { width, modifier } = directive
  const pad = directive.pad ?? context.yearPad ?? '0'
  const wanted = width < 0 ? digits : width
  const signFrom = pad === '+' ? (digits < wanted ? 0 : digits === 2 ? 100 : 10_000) : Infinity
  return sized(context, modifier, wanted, pad, (moment) => {
    const value = read(moment)
    const sign = isNegative(moment) ? '-' : value >= signFrom ? '+' : ''
    return padNumber(sign, String(value), wanted, pad)
  })
}

/** `%N` and its kin: the first `digits` digits of the fraction, or as many as the width says; `-` and `_` leave zeros at the end out. */
export function fraction({ pad, width }: Directive, digits: number): Part {
  const wanted = width > 0 ? width : digits
  const most = Math.max(wanted, 9)
  const shown = Math.min(wanted, 9)
  const write = (moment: Moment): string => {
    const known = String(moment.nanoseconds).padStart(9, '0').slice(0, shown)
    if (pad === '_') return withoutZeros(known).padEnd(wanted, ' ')
    if (pad === '-') return withoutZeros(known)
    return wanted > 9 ? known.padEnd(wanted, '0') : known
  }
  return { write, least: pad === '-' ? 1 : wanted, most, subSecond: true }
}

/** All but the first digit may go. */
function withoutZeros(digits: string): string {
  return digits.replace(/(?<=.)0+$/, '')
}

/**
 * `%z` with none to three colons: `+hhmm`, `+hh:mm`, `+hh:mm:ss`, and with three as short as the offset allows.
 */
export function offset({ pad = '0', width, colons }: Directive): Part {
  const write = (moment: Moment): string => {
    const size = Math.abs(moment.offset)
    const hours = Math.floor(size / 3_600)
    const minutes = Math.floor(size / 60) % 60
    const seconds = size % 60
    const [text, digits] = offsetText(colons, hours, minutes, seconds)
    return padNumber(isWest(moment) ? '-' : '+', text, width < 0 ? digits : width, pad)
  }
  return { write, least: Math.max(width, 2), most: Math.max(width, mostDigits) }
}

/** An offset of 0 is `-` where the zone's name begins with `-`: the time there is not known. */
export function isWest({ offset: east, zoneName }: Moment): boolean {
  return east < 0 || (east === 0 && zoneName.startsWith('-'))
}

/** The digits, without leading zeros, and the width that they have by themselves, sign included. */
function offsetText(colons: number, hours: number, minutes: number, seconds: number): [text: string, width: number] {
  const two = (value: number): string => twoDigits[value] as string
  if (colons === 0) return [String(hours * 100 + minutes), 5]
  if (colons === 1) return [`${hours}:${two(minutes)}`, 6]
  if (colons === 2 || seconds !== 0) return [`${hours}:${two(minutes)}:${two(seconds)}`, 9]
  return minutes === 0 ? [String(hours), 3] : [`${hours}:${two(minutes)}`, 6]
}

/** With its size, and in the language's digits where `O` asks for them. */
function sized(
  { names, lettering }: Context,
  modifier: string,
  width: number,
  pad: Pad,
  write: (moment: Moment) => string,
): Part {
  const least = pad === '-' ? 1 : Math.max(width, 1)
  const { digits } = names
  if (modifier !== 'O' || digits === undefined) return { write, least, most: Math.max(width, mostDigits) }
  const translated = (moment: Moment): string =>
    lettering.own(write(moment).replace(/\d/g, (digit) => digits[Number(digit)] as string))
  return { write: translated, least, most: Math.max(width, mostDigits) * digitBytes }
}
