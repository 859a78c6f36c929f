/**
 * What characters look like, and which of them identifiers may have (Unicode's UTS 39). Two texts that have the same look are confusable:
 * `alice` with a Cyrillic а, with the digit 1 for its l. The tables are unpacked when they are first needed.
 */
import { allowedRanges, lookGroups } from './look-alike-table.ts'

let looks: Map<number, string> | undefined
let ranges: Uint32Array | undefined

/**
 * The look of a text: texts that people cannot tell apart have the same one (the skeleton of UTS 39 section 4, on NFKC). It is for comparing,
 * not for showing. Letters stay large or small, so that a large I looks like a small l.
 */
export function lookOf(text: string): string {
  looks ??= unpackLooks()
  let look = ''
  if (/^[\x20-\x7e]*$/.test(text)) {
    for (let at = 0; at < text.length; at++) look += looks.get(text.charCodeAt(at)) ?? text[at]
    return look
  }
  for (const character of text.normalize('NFKC').normalize('NFD')) {
    if (invisible.test(character)) continue
    look += looks.get(character.codePointAt(0) as number) ?? character
  }
  return look.normalize('NFD')
}

/** As `lookOf`, but ASCII characters look like themselves alone: `m` and `rn`, `1` and `l` stay apart. */
export function foreignLookOf(text: string): string {
  if (/^[\x20-\x7e]*$/.test(text)) return text
  looks ??= unpackLooks()
  let look = ''
  for (const character of text.normalize('NFKC').normalize('NFD')) {
    const point = character.codePointAt(0) as number
    if (point < 0x80) look += character
    else if (!invisible.test(character)) look += looks.get(point) ?? character
  }
  return look.normalize('NFD')
}

const invisible = /\p{Default_Ignorable_Code_Point}/u

/** Whether Unicode allows a character in identifiers (Identifier_Status of UTS 39). */
export function isIdentifierCharacter(point: number): boolean {
  ranges ??= unpackRanges()
  let low = 0
  let high = ranges.length / 2
  while (low < high) {
    const middle = (low + high) >> 1
    if (point > (ranges[middle * 2 + 1] as number)) low = middle + 1
    else high = middle
  }
  return low * 2 < ranges.length && point >= (ranges[low * 2] as number)
}

function unpackLooks(): Map<number, string> {
  const unpacked = new Map<number, string>()
  for (const group of lookGroups.join(' ').split(' ')) {
    const [look = '', distances = ''] = group.split(':')
    const text = look
      .split('+')
      .map((part) => String.fromCodePoint(Number.parseInt(part, 36)))
      .join('')
    let point = 0
    for (const distance of distances.split(',')) unpacked.set((point += Number.parseInt(distance, 36)), text)
  }
  return unpacked
}

function unpackRanges(): Uint32Array {
  let last = 0
  const ends = allowedRanges
    .join(' ')
    .split(' ')
    .flatMap((range) => {
      const [distance = '', more = '0'] = range.split('-')
      const start = last + Number.parseInt(distance, 36)
      last = start + Number.parseInt(more, 36)
      return [start, last]
    })
  return Uint32Array.from(ends)
}
