/** Who may speak in a room. */
import type { Fault, Who } from '../types.ts'
import { maskable } from '../text/mask.ts'
import { isBanned, isListed } from './admission.ts'
import { faultOf } from './faults.ts'
import { asWho, type Member } from './member.ts'
import type { Room } from './room.ts'

/** Why a member may not speak, or undefined. Ranks always may, and operators of the server. */
export function checkSpeech(room: Room, member: Member): Fault | undefined {
  const bits = room.members.get(member)
  if (member.isOperator || (bits !== undefined && bits !== 0)) return undefined
  if (bits === undefined && room.flags.has('noOutside')) return faultOf('cannot-speak', room.name)
  if (room.flags.has('moderated') || isSilenced(room, member.who)) return faultOf('cannot-speak', room.name)
  return undefined
}

/** Muted or banned by a mask. */
export function isSilenced(room: Room, who: Who): boolean {
  if (room.lists.mute !== undefined) {
    const masked = maskable(who)
    if (isListed(room, 'mute', masked) && !isListed(room, 'except', masked)) return true
  }
  return isBanned(room, who)
}

/** Who is silenced in a room keeps its nick there: with another it would get round the mask. */
export function keepsFromNick(member: Member): Fault | undefined {
  for (const room of member.rooms) {
    if (room.members.get(member) === 0 && isSilenced(room, member.who)) return faultOf('banned', room.name)
  }
  return undefined
}

/** Who is silenced in a room by its account stays logged in with it: without it, or with another, it would get round the mask. */
export function keepsFromAccount(member: Member, next: string | undefined): Fault | undefined {
  const { id, nick, user, host, account } = member.who
  if (account === undefined) return undefined
  const then = asWho(id, nick, user, host, next)
  for (const room of member.rooms) {
    const isFree = room.members.get(member) !== 0 || !isSilenced(room, member.who) || isSilenced(room, then)
    if (!isFree) return faultOf('banned', room.name)
  }
  return undefined
}
