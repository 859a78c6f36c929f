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

export function snapshotOf(member: Member): MemberSnapshot {
  const rooms = [...member.rooms].map((room) => ({
    room: room.name,
    ranks: ranksOf(room.members.get(member) ?? 0),
  }))
  const invites = [...(member.invites ?? [])].map((room) => room.name)
  return {
    info: infoOf(member),
    address: member.address,
    ...(member.place !== undefined && { place: member.place }),
    secretHash: member.secretHash,
    rooms,
    ...(invites.length > 0 && { invites }),
  }
}

/** Twice is once: a member that is there already stays as it is. */
export function restoreMember(state: State, snapshot: MemberSnapshot, nowMs: number): Member {
  const there = state.members.get(snapshot.info.id)
  if (there !== undefined) return there
  const member = memberOf(state, snapshot)
  state.ids.continueAfter(snapshot.info.id)
  state.add(member)
  for (const { room, ranks } of snapshot.rooms) state.join(roomFor(state, room, nowMs), member, bitsOf(ranks))
  for (const name of snapshot.invites ?? []) {
    const room = state.room(name)
    if (room !== undefined) remember(member, room)
  }
  return member
}

function memberOf(state: State, { info, address, place, secretHash }: MemberSnapshot): Member {
  const taken = state.conflictOf(nickKey(info.nick), nickLook(info.nick)) !== undefined
  const nick = taken ? freeNick(state, info.nick) : info.nick
  const { realname, transport, isOperator, isInvisible, hearsWallops, sinceMs, activeMs } = info
  return {
    who: asWho(info.id, nick, info.user, info.host, info.account),
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
    activeMs,
    rooms: new Set(),
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
