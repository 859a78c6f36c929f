/** A restarted owner gets its rooms from the store, and its members from the lanes, which have them still. */
import { nickKey, nickLook } from '../text/nick.ts'
import { roomKey } from '../text/room-name.ts'
import { freeNick } from './free-nick.ts'
import { asWho, infoOf, type Member } from './member.ts'
import { bitsOf, fromRecord, newRoom, type Room, ranksOf } from './room.ts'
import { remember } from './requests/membership.ts'
import type { State } from './state.ts'
import type { MemberSnapshot, RoomRecord } from './types.ts'

export function restoreRoom(state: State, record: RoomRecord): void {
  const key = roomKey(record.room)
  const stored = fromRecord(record, key)
  if (key !== state.defaultRoom.key) {
    if (!state.rooms.has(key)) state.restore(stored)
    return
  }
  const { flags, lists } = state.defaultRoom
  flags.clear()
  for (const flag of stored.flags) flags.add(flag)
  Object.assign(lists, stored.lists)
  const { topic, password, limit, createdMs } = stored
  Object.assign(state.defaultRoom, { topic, password, limit, createdMs })
}

export function snapshotOf(state: State, member: Member): MemberSnapshot {
  const latest = [...member.rooms].filter((room) => room === member.latest)
  const rooms = [...new Set([...latest, ...member.rooms])].map((room) => ({
    room: room.name,
    ranks: ranksOf(room.members.get(member) ?? 0),
  }))
  const open = [...(member.invites ?? [])].filter((room) => state.rooms.get(room.key) === room)
  const invites = open.map((room) => room.name)
  return {
    info: infoOf(member),
    address: member.address,
    ...(member.place !== undefined && { place: member.place }),
    secretHash: member.secretHash,
    rooms,
    ...(invites.length > 0 && { invites }),
  }
}

/**
 * Twice is once: a member that is there already stays as it is. Another that has got its id meanwhile, from a clock that went back, keeps it.
 */
export function restoreMember(state: State, snapshot: MemberSnapshot, nowMs: number): Member {
  const { id } = snapshot.info
  const there = state.members.get(id)
  if (there !== undefined && isSame(there, snapshot)) return there
  state.ids.continueAfter(id)
  const member = memberOf(state, snapshot, there === undefined ? id : state.ids.next(nowMs), nowMs)
  state.add(member)
  for (const { room, ranks } of snapshot.rooms) state.join(roomFor(state, room, nowMs), member, bitsOf(ranks))
  member.latest = [...member.rooms][0]
  for (const name of snapshot.invites ?? []) {
    const room = state.room(name)
    if (room !== undefined) remember(member, room)
  }
  return member
}

function isSame(member: Member, { secretHash, place }: MemberSnapshot): boolean {
  return member.secretHash === secretHash || (place !== undefined && member.place === place)
}

function memberOf(
  state: State,
  { info, address, place, secretHash }: MemberSnapshot,
  id: string,
  nowMs: number,
): Member {
  const taken = state.conflictOf(nickKey(info.nick), nickLook(info.nick)) !== undefined
  const nick = taken ? freeNick(state, info.nick) : info.nick
  const { realname, transport, isOperator, isInvisible, hearsWallops, sinceMs, activeMs } = info
  return {
    who: asWho(id, nick, info.user, info.host, info.account),
    key: nickKey(nick),
    look: nickLook(nick),
    realname,
    transport,
    address,
    place,
    secretHash,
    away: info.away,
    isOperator,
    isInvisible,
    hearsWallops,
    sinceMs,
    nickSinceMs: taken ? nowMs : (info.nickSinceMs ?? sinceMs),
    activeMs,
    rooms: new Set(),
    latest: undefined,
    invites: undefined,
    lost: undefined,
  }
}

/** Rooms that were not stored come back as new ones. */
function roomFor(state: State, name: string, nowMs: number): Room {
  const there = state.room(name)
  if (there !== undefined) return there
  const room = newRoom(name, roomKey(name), nowMs)
  state.rooms.set(room.key, room)
  return room
}
