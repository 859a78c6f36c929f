/** Who may come into a room. */
import type { Fault, Who } from '../types.ts'
import { maskable, meansMember, type Maskable } from '../text/mask.ts'
import { faultOf } from './faults.ts'
import type { Member } from './member.ts'
import type { ListName, Room } from './room.ts'

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

/** Why a member may not come in, or undefined. An operator's invitation and having founded the room open every door. */
export function checkAdmission(room: Room, member: Member, key: string | undefined): Fault | undefined {
  if (isFounder(room, member) || member.invites?.has(room) === true) return undefined
  if (isBanned(room, member.who)) return faultOf('banned', room.name)
  if (room.flags.has('inviteOnly') && !isListed(room, 'invited', maskable(member.who))) {
    return faultOf('invite-only', room.name)
  }
  if (room.password !== undefined && room.password !== key) return faultOf('key-wrong', room.name)
  if (room.limit !== undefined && room.members.size >= room.limit) return faultOf('room-full', room.name)
  return undefined
}
