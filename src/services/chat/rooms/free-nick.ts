/** Nicks for who brings none, or one that cannot be. */
import { checkNick, isSameNick, longestNick, longestNickBytes, nickKey, nickLook } from '../text/nick.ts'
import { clipText } from '../text/clean-text.ts'
import type { Fault } from '../types.ts'
import { leaveAll, rename } from './leave.ts'
import type { Member } from './member.ts'
import type { State } from './state.ts'
import { hearAlone, type Turn } from './turn.ts'

const usual = 'guest'
const tries = 5

/**
 * Why a member cannot have a nick, or undefined: it is none, or belongs to another's account, or another has it, or one that looks like it. Who
 * is logged in may have the nick of its account, and those that its own other stays have: the others make way (`clearNick`).
 */
export function checkNickFor(
  state: State,
  nick: string,
  own?: Member,
  account: string | undefined = own?.who.account,
): Fault | undefined {
  const bad = checkNick(nick, [state.settings.name, state.settings.network])
  if (bad !== undefined && nick.length > longestNickBytes) return bad
  const owner = state.ownerOf(nick)
  // Who has it since before there was the account may write it otherwise.
  const isReserved = owner !== undefined && owner !== account && own?.key !== nickKey(nick)
  const other = state.conflictOf(nickKey(nick), nickLook(nick), own)
  if (isReserved && other === undefined) {
    const message = 'That nick belongs to an account: log in to have it'
    return bad ?? { code: 'nick-reserved', message, about: nick }
  }
  if (other === undefined || makesWay(other, nick, owner, account)) return bad
  if (isSameNick(nick, other.who.nick)) return { code: 'nick-taken', message: 'Somebody has that nick', about: nick }
  return { code: 'nick-confusable', message: `That nick looks like ${other.who.nick}`, about: nick }
}

/** Whether a member has to give up its nick to who is logged in to an account. */
function makesWay(other: Member, nick: string, owner: string | undefined, account: string | undefined): boolean {
  return account !== undefined && (owner === account || isOwnStay(other, nick, account))
}

function isOwnStay(other: Member, nick: string, account: string | undefined): boolean {
  return other.who.account === account && isSameNick(other.who.nick, nick)
}

/** Whoever has a nick that `checkNickFor` grants to an account makes way: its own other stays end, others get another nick. */
export function clearNick(turn: Turn, nick: string, account: string | undefined, own?: Member): void {
  const { state } = turn
  const owner = state.ownerOf(nick)
  for (;;) {
    const other = state.conflictOf(nickKey(nick), nickLook(nick), own)
    if (other === undefined || !makesWay(other, nick, owner, account)) return
    if (isOwnStay(other, nick, account)) endStay(turn, other)
    else rename(turn, other, freeNick(state, other.who.nick, other.who.account))
  }
}

function endStay(turn: Turn, member: Member): void {
  const reason = 'Its account goes on elsewhere'
  if (member.lost === undefined) hearAlone(turn, [member], { event: 'ended', reason, atMs: turn.nowMs })
  leaveAll(turn, member, reason, true)
}

/** A nick that is free: as asked for, else with a number behind it: `alice-2`. Of one that cannot be, `guest`. */
export function freeNick(state: State, asked: string | undefined, account?: string): string {
  const base =
    asked !== undefined && checkNick(asked, [state.settings.name, state.settings.network]) === undefined
      ? asked.normalize('NFC')
      : usual
  if (isFree(state, base, account)) return base
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

function isFree(state: State, nick: string, account?: string): boolean {
  const { name, network } = state.settings
  if (isSameNick(nick, name) || isSameNick(nick, network)) return false
  const owner = state.ownerOf(nick)
  if (owner !== undefined) return owner === account
  return state.conflictOf(nickKey(nick), nickLook(nick)) === undefined
}

/** The nick, cut so that its number fits. */
function numbered(base: string, number: number): string {
  const suffix = `-${number}`
  const kept = [...base].slice(0, longestNick - suffix.length).join('')
  return clipText(kept, longestNickBytes - suffix.length) + suffix
}
