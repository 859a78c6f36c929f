/** A member goes, or is called otherwise: what the others hear of it. */
import type { Member } from './member.ts'
import { hear, hearNear, type Turn } from './turn.ts'

/** It leaves all rooms. Who shared one hears it, and so does itself unless `isTold` already. */
export function leaveAll(turn: Turn, member: Member, reason: string, isTold = false): void {
  const { state, nowMs } = turn
  const rooms = [...member.rooms].map((room) => room.name)
  const audience = { to: 'near', rooms, ...(isTold ? {} : { also: member.who.id }) } as const
  hear(turn, audience, { event: 'quit', by: member.who, reason, atMs: nowMs })
  for (const room of state.remove(member, nowMs)) turn.changed.add(room.name)
}

/** Who shares a room with it hears it, and itself. */
export function rename(turn: Turn, member: Member, nick: string): void {
  hearNear(turn, member, { event: 'renamed', by: member.who, nick, atMs: turn.nowMs })
  turn.state.rename(member, nick, turn.nowMs)
}
