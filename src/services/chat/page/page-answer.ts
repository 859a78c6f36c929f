/** Makes what the service answers small enough for a page: no answer may fill its peer's queue. */
import type { Ask, ListedRoom, Reply, RequestName, RoomMember, RoomView, Saying, WhoLine } from '../types.ts'
import {
  historyMost,
  listMost,
  type PageHistory,
  type PageMember,
  pageMember,
  type PageRoom,
  type PageSaying,
} from './protocol.ts'

/** Bytes of JSON that the members of one answer, or the messages of one, may take; a peer's queue holds 1 MiB. */
export const answerBytes = 400_000

/** The service's answer as the page gets it. */
export function pageAnswer<Name extends RequestName>(name: Name, ask: Ask<Name>, answer: Reply<Name>): unknown {
  switch (name) {
    case 'join':
      return pageRooms([answer as RoomView])[0]
    case 'names':
      return answer === undefined ? null : pageRooms([answer as RoomView])[0]
    case 'list':
      return largest(answer as readonly ListedRoom[])
    case 'who':
      return (answer as readonly WhoLine[]).slice(0, listMost)
    case 'history':
      return pageHistory(ask as Ask<'history'>, answer as readonly Saying[])
    default:
      return answer ?? {}
  }
}

function largest(rooms: readonly ListedRoom[]): readonly ListedRoom[] {
  return rooms.toSorted((a, b) => b.members - a.members).slice(0, listMost)
}

/** Messages as many as fit: the newest, or of a forward question the oldest. */
export function pageHistory(ask: Ask<'history'>, sayings: readonly Saying[]): PageHistory {
  const isForward = ask.isForward === true
  const kept: PageSaying[] = []
  let bytes = 0
  for (const saying of isForward ? sayings : sayings.toReversed()) {
    const small = pageSaying(saying)
    bytes += Buffer.byteLength(JSON.stringify(small))
    if (bytes > answerBytes && kept.length > 0) break
    kept.push(small)
  }
  const isFull = sayings.length >= Math.min(ask.limit, historyMost)
  return { sayings: isForward ? kept : kept.toReversed(), hasMore: isFull || kept.length < sayings.length }
}

export function pageSaying({ bytes: _bytes, tags: _tags, formatted: _formatted, ...saying }: Saying): PageSaying {
  return saying
}

/** Rooms with their members, as far as these fit; the largest go without, and `names` gives them one by one. */
export function pageRooms(views: readonly RoomView[]): PageRoom[] {
  let free = answerBytes
  const fitted = new Map<RoomView, readonly PageMember[]>()
  for (const view of views.toSorted((a, b) => a.members.length - b.members.length)) {
    const members = views.length === 1 ? fitting(view.members, free) : whole(view.members, free)
    free -= members.bytes
    fitted.set(view, members.members)
  }
  return views.map((view) => pageRoom(view, fitted.get(view) ?? []))
}

function pageRoom({ room, createdMs, topic, modes, members: all }: RoomView, members: readonly PageMember[]): PageRoom {
  return {
    room,
    createdMs,
    ...(topic !== undefined && { topic }),
    modes: modes.set,
    count: all.length,
    members,
    ...(members.length < all.length && { isPartial: true as const }),
  }
}

interface Fitted {
  readonly members: readonly PageMember[]
  readonly bytes: number
}

function fitting(all: readonly RoomMember[], free: number): Fitted {
  const members: PageMember[] = []
  let bytes = 0
  for (const member of all) {
    const small = pageMember(member)
    const size = Buffer.byteLength(JSON.stringify(small)) + 1
    if (bytes + size > free) break
    bytes += size
    members.push(small)
  }
  return { members, bytes }
}

function whole(all: readonly RoomMember[], free: number): Fitted {
  const fitted = fitting(all, free)
  return fitted.members.length === all.length ? fitted : { members: [], bytes: 0 }
}
