/** What became of a member while its lane could not hear: it is told now, as if it had just happened. Pure. */
import type { ChangedMember } from '../messages.ts'
import { roomKey } from '../text/room-name.ts'
import type { Heard, Hearing } from '../types.ts'
import type { LaneDesk } from './desk.ts'

const reason = 'While the rooms could not be reached'

/** For this desk alone, under the id that it had. */
export function missedBy(desk: LaneDesk | undefined, { me, rooms }: ChangedMember, atMs: number): Heard[] {
  const by = desk?.me
  if (desk === undefined || by === undefined) return []
  const now = new Set(rooms.map(({ room }) => roomKey(room)))
  const left = [...desk.rooms].filter(([key]) => !now.has(key))
  const entered = rooms.filter(({ room }) => !desk.rooms.has(roomKey(room)))
  const hearings: Hearing[] = [
    ...left.map(([, room]): Hearing => ({ event: 'parted', room, by, reason, atMs })),
    ...entered.map(({ room, ranks }): Hearing => ({ event: 'joined', room, by, member: { ...by, ranks }, atMs })),
  ]
  if (me.nick !== by.nick) hearings.push({ event: 'renamed', by, nick: me.nick, atMs })
  return hearings.map((hearing) => ({ audience: { to: 'members', members: [by.id] }, hearing }))
}
