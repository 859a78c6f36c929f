/** Nicks for who brings none, or one that cannot be. */
import { checkNick, isSameNick, longestNick, longestNickBytes, nickKey, nickLook } from '../text/nick.ts'
import { clipText } from '../text/clean-text.ts'
import type { Fault } from '../types.ts'
import type { Member } from './member.ts'
import type { State } from './state.ts'

const usual = 'guest'
const tries = 5

/** Why a member cannot have a nick, or undefined: it is none, or another has it, or one that looks like it. */
export function checkNickFor(state: State, nick: string, own?: Member): Fault | undefined {
  const bad = checkNick(nick, [state.settings.name, state.settings.network])
  if (bad !== undefined && nick.length > longestNickBytes) return bad
  const other = state.conflictOf(nickKey(nick), nickLook(nick), own)
  if (other === undefined) return bad
  if (isSameNick(nick, other.who.nick)) return { code: 'nick-taken', message: 'Somebody has that nick', about: nick }
  return { code: 'nick-confusable', message: `That nick looks like ${other.who.nick}`, about: nick }
}

/** A nick that is free: as asked for, else with a number behind it: `alice-2`. Of one that cannot be, `guest`. */
export function freeNick(state: State, asked: string | undefined): string {
  const base =
    asked !== undefined && checkNick(asked, [state.settings.name, state.settings.network]) === undefined
      ? asked.normalize('NFC')
      : usual
  if (isFree(state, base)) return base
  for (let number = 2; number <= tries; number++) {
    const nick = numbered(base, number)
    if (isFree(state, nick)) return nick
  }
  // With so many of a name, the number of members that have come so far is a better guess than the next small one.
  for (let number = Math.max(state.arrived, tries + 1); ; number++) {
    const nick = numbered(base, number)
    if (isFree(state, nick)) return nick
  }
}

function isFree(state: State, nick: string): boolean {
  const { name, network } = state.settings
  if (isSameNick(nick, name) || isSameNick(nick, network)) return false
  return state.conflictOf(nickKey(nick), nickLook(nick)) === undefined
}

/** The nick, cut so that its number fits. */
function numbered(base: string, number: number): string {
  const suffix = `-${number}`
  const kept = [...base].slice(0, longestNick - suffix.length).join('')
  return clipText(kept, longestNickBytes - suffix.length) + suffix
}
