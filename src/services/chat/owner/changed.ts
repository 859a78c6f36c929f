/** What a lane does not know of a member that it has. Pure. */
import type { ChangedMember } from '../messages.ts'
import type { MemberSnapshot } from '../rooms/types.ts'
import { roomKey } from '../text/room-name.ts'
import type { MemberInfo } from '../types.ts'

const told: readonly (keyof MemberInfo)[] = [
  'id',
  'nick',
  'user',
  'host',
  'account',
  'realname',
  'away',
  'isOperator',
  'isInvisible',
  'hearsWallops',
  'nickSinceMs',
]

/** Undefined where the lane holds the member as it is. */
export function changeOf(held: MemberSnapshot, now: MemberSnapshot | undefined): ChangedMember | undefined {
  if (now === undefined) return undefined
  const isKnown = told.every((name) => held.info[name] === now.info[name]) && placesOf(held) === placesOf(now)
  return isKnown ? undefined : { former: held.info.id, me: now.info, rooms: now.rooms }
}

/** Its rooms, with its ranks there, in no order. */
function placesOf({ rooms }: MemberSnapshot): string {
  return rooms
    .map(({ room, ranks }) => [roomKey(room), ...[...ranks].sort()].join(' '))
    .sort()
    .join('\n')
}
