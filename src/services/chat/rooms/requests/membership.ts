/** Who is in a room: joining and leaving it, being sent out of it, being asked in. */
import type { Answer, RoomView } from '../../types.ts'
import { checkRoomName } from '../../text/room-name.ts'
import { cleanText, clipText } from '../../text/clean-text.ts'
import { checkAdmission, isFounder, isSettled } from '../admission.ts'
import { refuse } from '../faults.ts'
import type { Member } from '../member.ts'
import { mayModerate, maySee, operatorBit, type Room, roomMember, viewOf } from '../room.ts'
import { type Handler, hearAlone, hearInRoom, type Turn } from '../turn.ts'
import { longestReasonBytes, maySayGoodbye } from './stay.ts'

export const mostInvites = 20

export const join: Handler<'join'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room !== undefined && member.rooms.has(room)) return refuse('already-in-room', room.name)
  const fault = room === undefined ? checkRoomName(ask.room) : checkAdmission(room, member, ask.key)
  if (fault !== undefined) return { fault }
  if (member.rooms.size >= turn.state.settings.roomsPerMember) return refuse('too-many-rooms', ask.room)
  return room === undefined
    ? makeRoom(turn, member, ask.room.normalize('NFC'))
    : comeIn(turn, member, room, ask.mostMembers)
}

/** Who makes a room is its operator; one made from an account is kept for it. */
function makeRoom(turn: Turn, member: Member, name: string): Answer<RoomView> {
  const opened = turn.state.open(name, turn.nowMs)
  if (opened === undefined) return refuse('too-many-rooms', name)
  if (opened.gone !== undefined) turn.changed.add(opened.gone.name)
  if (member.who.account !== undefined) turn.state.found(opened.room, member.who.account)
  turn.changed.add(opened.room.name)
  return comeIn(turn, member, opened.room)
}

function comeIn(turn: Turn, member: Member, room: Room, mostMembers?: number): Answer<RoomView> {
  const { state, nowMs } = turn
  state.join(room, member, isFounder(room, member) || isForFirst(turn, room) ? operatorBit : 0)
  member.latest = room
  member.invites?.delete(room)
  const joined = {
    event: 'joined',
    room: room.name,
    by: member.who,
    member: roomMember(room, member),
    atMs: nowMs,
  } as const
  hearInRoom(turn, room, joined)
  return { ok: viewOf(room, member, mostMembers) }
}

/** Who is first in a room is its operator; after a restart not where others have settled something, who may come in, say: it is no member of theirs. */
function isForFirst({ state }: Turn, room: Room): boolean {
  return room.members.size === 0 && room.founder === undefined && room !== state.defaultRoom && !isSettled(room)
}

export const part: Handler<'part'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room === undefined) return refuse('no-such-room', ask.room)
  if (!member.rooms.has(room)) return refuse(maySee(room, member) ? 'not-in-room' : 'no-such-room', ask.room)
  hearInRoom(turn, room, {
    event: 'parted',
    room: room.name,
    by: member.who,
    ...reasonOf(maySayGoodbye(member, turn.nowMs) ? ask.reason : undefined),
    atMs: turn.nowMs,
  })
  takeOut(turn, member, room)
  return { ok: {} }
}

function reasonOf(reason: string | undefined): { reason?: string } {
  const text = clipText(cleanText(reason ?? ''), longestReasonBytes)
  return text === '' ? {} : { reason: text }
}

function takeOut({ state, changed }: Turn, member: Member, room: Room): void {
  if (state.leave(room, member)) changed.add(room.name)
}

export const kick: Handler<'kick'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room === undefined || !maySee(room, member)) return refuse('no-such-room', ask.room)
  if (!member.rooms.has(room) && !member.isOperator) return refuse('not-in-room', room.name)
  if (!mayModerate(room, member)) return refuse('not-room-operator', room.name)
  const whom = turn.state.byNick(ask.nick)
  if (whom === undefined) return refuse('no-such-nick', ask.nick)
  if (!whom.rooms.has(room)) return refuse('they-are-not-in-room', whom.who.nick)
  const hearing = { event: 'kicked', room: room.name, by: member.who, whom: whom.who, atMs: turn.nowMs } as const
  hearInRoom(turn, room, { ...hearing, ...reasonOf(ask.reason) })
  takeOut(turn, whom, room)
  return { ok: {} }
}

/** Both hear it, and operators of the room. What one of them says opens it once; what others say where all may come only tells of it. */
export const invite: Handler<'invite'> = (turn, member, ask) => {
  const room = turn.state.room(ask.room)
  if (room === undefined || !maySee(room, member)) return refuse('no-such-room', ask.room)
  if (!member.rooms.has(room) && !member.isOperator) return refuse('not-in-room', room.name)
  const opens = mayModerate(room, member)
  if (room.flags.has('inviteOnly') && !opens) return refuse('not-room-operator', room.name)
  const whom = turn.state.byNick(ask.nick)
  if (whom === undefined) return refuse('no-such-nick', ask.nick)
  if (whom.rooms.has(room)) return refuse('already-in-room', whom.who.nick)
  if (opens) remember(whom, room)
  const hearing = { event: 'invited', room: room.name, by: member.who, whom: whom.who, atMs: turn.nowMs } as const
  hearAlone(turn, [whom, member, ...otherOperators(room, member)], hearing)
  return { ok: whom.away === undefined ? {} : { away: whom.away } }
}

function otherOperators(room: Room, member: Member): Member[] {
  return [...room.members].flatMap(([other, bits]) => (other !== member && (bits & operatorBit) !== 0 ? [other] : []))
}

/** The oldest invitation makes way. */
export function remember(member: Member, room: Room): void {
  member.invites ??= new Set()
  member.invites.delete(room)
  member.invites.add(room)
  if (member.invites.size > mostInvites) member.invites.delete(member.invites.values().next().value as Room)
}
