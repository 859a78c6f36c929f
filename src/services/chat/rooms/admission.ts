/** Who may come into a room. */
import type { Fault, Who } from '../types.ts'
import { maskable, meansMember, type Maskable } from '../text/mask.ts'
import { faultOf } from './faults.ts'
import type { Member } from './member.ts'
import type { FlagName, ListName, Room } from './room.ts'

/** Whether a mask of a list of the room means a member. */
export function isListed(room: Room, list: ListName, member: Maskable): boolean {
  return room.lists[list]?.some(({ mask }) => meansMember(mask, member)) === true
}

/** Banned, and no exception made. */
export function isBanned(room: Room, who: Who): boolean {
  if (room.lists.ban === undefined) return false
  const masked = maskable(who)
  return isListed(room, 'ban', masked) && !isListed(room, 'except', masked)
}

export function isFounder(room: Room, member: Member): boolean {
  return room.founder !== undefined && room.founder === member.who.account
}

/** Why a member may not come in, or undefined. Operators of the server, an invitation by one of the room, and its founder find every door open. */
export function checkAdmission(room: Room, member: Member, key: string | undefined): Fault | undefined {
  if (member.isOperator || isFounder(room, member) || member.invites?.has(room) === true) return undefined
  if (isBanned(room, member.who)) return faultOf('banned', room.name)
  if (room.flags.has('inviteOnly') && !isListed(room, 'invited', maskable(member.who))) {
    return faultOf('invite-only', room.name)
  }
  if (room.password !== undefined && room.password !== key) return faultOf('key-wrong', room.name)
  if (room.limit !== undefined && room.members.size >= room.limit) return faultOf('room-full', room.name)
  return undefined
}

const decisions: readonly FlagName[] = ['inviteOnly', 'moderated', 'secret']

/** Whether somebody has settled who may come in, speak, or know of the room. */
export function isSettled({ flags, password, limit, lists }: Room): boolean {
  const isListed = Object.keys(lists).length > 0
  return password !== undefined || limit !== undefined || isListed || decisions.some((flag) => flags.has(flag))
}

/** Whether nobody could come in any more, were it empty: but operators of the server, and a founder. */
export function isShut({ founder, flags, lists }: Room): boolean {
  if (founder !== undefined) return false
  if (flags.has('inviteOnly') && lists.invited === undefined) return true
  return lists.ban?.some(({ mask }) => mask === '*!*@*') === true && lists.except === undefined
}
