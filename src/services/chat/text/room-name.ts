/** Names of rooms: what one may be, and when two are the same. Checked here alone, whatever the transport. */
import type { Fault } from '../types.ts'
import { foldLook } from './fold.ts'
import { foreignLookOf } from './look-alikes.ts'

export const longestRoomBytes = 50

/**
 * What makes two names one room: without regard to large and small letters, compatible forms, and characters of other scripts that look like
 * these (`#dev` with a Cyrillic е). ASCII characters that look alike stay apart: `#warn` and `#wam` are two rooms.
 */
export function roomKey(name: string): string {
  return foldLook(name, foreignLookOf)
}

/** True where a message goes to a room, not to a nick. */
export function isRoomName(target: string): boolean {
  return target.startsWith('#')
}

/** Separators and controls; what shows nothing, or only changes how what is beside it looks. U+2800 is the pattern of Braille without dots. */
const unseen = /[\p{Z}\p{Cc}\p{Cf}\p{Cs}\p{Cn}\p{Default_Ignorable_Code_Point}\u2800]/u

/** What keyboards type behind a picture that could also be text. */
const pictureMark = /(?<=\p{Extended_Pictographic})\ufe0f/gu

/**
 * Why a text cannot be a room's name (`room-bad`), or undefined. One begins with `#` and has at most 50 bytes, without space, comma, control,
 * or a character that is not seen.
 */
export function checkRoomName(text: string): Fault | undefined {
  const name = text.normalize('NFC')
  const bad = (why: string): Fault => ({ code: 'room-bad', message: `The name of a room ${why}`, about: text })
  if (!isRoomName(name)) return bad('begins with #')
  if (Buffer.byteLength(name) > longestRoomBytes) return bad(`has at most ${longestRoomBytes} bytes`)
  if (name.includes(',') || unseen.test(name.replace(pictureMark, '')))
    return bad('has no space, comma, control or invisible character')
  if (roomKey(name).length < 2) return bad('has something behind its #')
  return undefined
}
