/** Nicks: what one may be, and when two are the same. Checked here alone, whatever the transport. */
import type { Fault } from '../types.ts'
import { foldCase, foldLook } from './fold.ts'
import { isIdentifierCharacter, lookOf } from './look-alikes.ts'
import { hasOneScript } from './scripts.ts'

export const longestNick = 32
export const longestNickBytes = 64

/** Nobody can be called this or similarly: who reads it would take it for the server or its services. */
export const reservedNicks: readonly string[] = [
  'server',
  'system',
  'services',
  'global',
  'lanework',
  'nickserv',
  'chanserv',
  'authserv',
  'saslserv',
  'memoserv',
  'operserv',
  'hostserv',
  'botserv',
  'helpserv',
  'histserv',
  'infoserv',
]
const reservedKeys: ReadonlySet<string> = new Set(reservedNicks.map(nickKey))

/**
 * What makes two nicks the same: without regard to large and small letters, and to characters that look alike (`a1ice`, `аlice` with a Cyrillic
 * а, `ALICE`). For comparing, not for showing.
 */
export function nickKey(nick: string): string {
  return foldLook(nick, lookOf)
}

/** What a nick looks like as it is written, with its large letters: `aIice` with a large i looks like `alice`, though its key is another. */
export function nickLook(nick: string): string {
  return lookOf(nick)
}

/** Whether two nicks are the same letter for letter, large or small. */
export function isSameNick(one: string, other: string): boolean {
  return foldCase(one) === foldCase(other)
}

/**
 * Why a text cannot be a nick (`nick-bad`), or undefined. One may have 1 to 32 characters and at most 64 bytes: letters, marks and digits that
 * Unicode allows in identifiers, of one script or of those that are written together, and ``-_[]{}\`|^``; not first a digit, mark or `-`.
 * `reserved` are further names that nobody may have.
 */
export function checkNick(text: string, reserved: readonly string[] = []): Fault | undefined {
  const nick = text.normalize('NFC')
  const bad = (why: string): Fault => ({ code: 'nick-bad', message: `A nick ${why}`, about: text })
  if (nick === '') return bad('has at least one character')
  const characters = [...nick]
  if (characters.length > longestNick) return bad(`has at most ${longestNick} characters`)
  if (Buffer.byteLength(nick) > longestNickBytes) return bad(`has at most ${longestNickBytes} bytes`)
  if (!characters.every(isNickCharacter)) return bad('has letters, digits and -_[]{}\\`|^ only')
  if (/^[-\p{M}\p{N}]/u.test(nick)) return bad('does not begin with a digit, a mark or -')
  if (/\p{Mn}{5}|(\p{Mn})\1/u.test(nick.normalize('NFD'))) return bad('does not heap marks upon a letter')
  if (!hasOneScript(nick) || /[0-9].*(?![0-9])\p{Nd}|(?![0-9])\p{Nd}.*[0-9]/u.test(nick))
    return bad('does not mix scripts')
  const key = nickKey(nick)
  if (reservedKeys.has(key) || reserved.some((name) => nickKey(name) === key)) return bad('is not one of the server')
  return undefined
}

function isNickCharacter(character: string): boolean {
  if (/^[A-Za-z0-9\-_[\]{}\\`|^]$/.test(character)) return true
  return isIdentifierCharacter(character.codePointAt(0) as number) && /^[\p{L}\p{M}\p{N}]$/u.test(character)
}
