/** Questions that change nothing: who and what is there, as far as the asker may see it. */
import type { ListedRoom, WhoLine } from '../../types.ts'
import { foldCase } from '../../text/fold.ts'
import { matchesMask } from '../../text/mask.ts'
import { nickKey } from '../../text/nick.ts'
import { isRoomName } from '../../text/room-name.ts'
import { refuse } from '../faults.ts'
import { infoOf, type Member } from '../member.ts'
import { maySee, maySeeIn, ranksOf, type Room, roomMember, viewOf } from '../room.ts'
import type { Handler } from '../turn.ts'

/** Lines of one answer to `who` by a mask. */
export const mostWhoLines = 500

export const names: Handler<'names'> = ({ state }, member, ask) => {
  const room = state.room(ask.room)
  return { ok: room === undefined || !maySee(room, member) ? undefined : viewOf(room, member) }
}

export const list: Handler<'list'> = ({ state }, member, ask) => {
  const named = ask.rooms?.map((name) => state.room(name)).filter((room) => room !== undefined)
  const mask = ask.mask === undefined ? undefined : foldCase(ask.mask)
  const listed: ListedRoom[] = []
  for (const room of named ?? state.rooms.values()) {
    const count = room.members.size
    if (!maySee(room, member)) continue
    if (count < (ask.membersAtLeast ?? 0) || count > (ask.membersAtMost ?? Infinity)) continue
    if (mask !== undefined && !matchesMask(mask, foldCase(room.name))) continue
    const { name, topic, createdMs } = room
    listed.push({ room: name, members: count, createdMs, ...(topic && { topic: topic.text }) })
  }
  return { ok: listed }
}

export const who: Handler<'who'> = ({ state }, member, ask) => {
  if (isRoomName(ask.mask)) {
    const room = state.room(ask.mask)
    return {
      ok: room === undefined || !maySee(room, member) ? [] : whoInRoom(room, member, ask.operatorsOnly === true),
    }
  }
  const mask = ask.mask === '0' || ask.mask === '' ? '*' : foldCase(ask.mask)
  const one = /[*?]/.test(mask) ? undefined : state.byNick(ask.mask)
  const lines: WhoLine[] = []
  for (const other of one === undefined ? state.members.values() : [one]) {
    if (lines.length >= mostWhoLines) break
    if (ask.operatorsOnly === true && !other.isOperator) continue
    if (other !== one && !matchesAny(mask, other)) continue
    const room = sharedRoom(member, other)
    if (other.isInvisible && room === undefined && other !== member && !member.isOperator && other !== one) continue
    lines.push(whoLine(room ?? visibleRoom(member, other), other))
  }
  return { ok: lines }
}

function whoInRoom(room: Room, asker: Member, operatorsOnly: boolean): WhoLine[] {
  const lines: WhoLine[] = []
  for (const other of room.members.keys()) {
    if (maySeeIn(room, asker, other) && (!operatorsOnly || other.isOperator)) lines.push(whoLine(room, other))
  }
  return lines
}

function whoLine(room: Room | undefined, member: Member): WhoLine {
  if (room === undefined) return { member: { ...infoOf(member), ranks: [] } }
  return { room: room.name, member: roomMember(room, member) }
}

function matchesAny(mask: string, { who, realname }: Member): boolean {
  if (mask === '*') return true
  return [who.nick, who.user, who.host, realname].some((text) => matchesMask(mask, foldCase(text)))
}

function sharedRoom(one: Member, other: Member): Room | undefined {
  const [fewer, more] = one.rooms.size < other.rooms.size ? [one, other] : [other, one]
  for (const room of fewer.rooms) if (more.rooms.has(room)) return room
  return undefined
}

function visibleRoom(asker: Member, other: Member): Room | undefined {
  for (const room of other.rooms) if (maySee(room, asker) && maySeeIn(room, asker, other)) return room
  return undefined
}

export const whois: Handler<'whois'> = ({ state }, member, ask) => {
  const other = state.byNick(ask.nick)
  if (other === undefined) return refuse('no-such-nick', ask.nick)
  const rooms = []
  for (const room of other.rooms) {
    if (!maySee(room, member) || !maySeeIn(room, member, other)) continue
    rooms.push({ room: room.name, ranks: ranksOf(room.members.get(other) ?? 0) })
  }
  const showsAddress = other === member || member.isOperator
  return { ok: { member: infoOf(other), rooms, ...(showsAddress && { address: other.address }) } }
}

export const whowas: Handler<'whowas'> = ({ state }, _member, ask) => {
  const count = ask.count === undefined || ask.count <= 0 ? Infinity : ask.count
  const entries = state.formerly(nickKey(ask.nick), count)
  if (entries.length === 0) return refuse('no-such-nick', ask.nick)
  return { ok: entries.map(({ who, realname, leftMs }) => ({ who, realname, leftMs })) }
}

export const counts: Handler<'counts'> = ({ state, nowMs }) => {
  const { members, invisible, operators, rooms, mostMembers } = state
  const startedMs = state.startedMs ?? nowMs
  return { ok: { members: members.size, invisible, operators, rooms: rooms.size, mostMembers, startedMs } }
}
