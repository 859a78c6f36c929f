/** The oldest messages over all rooms, in order, found without a look at the others. */

/** What is left when there were too many bytes, so that this need not be done with each message. */
export const keptShare = 0.98

/** A message that may be removed. */
export interface Removable {
  readonly room: string
  readonly id: string
  readonly bytes: number
}

/** Gives some of a room's oldest messages above an id, the oldest first; none when there are no more. */
export type ReadOldest = (room: string, above: string | undefined) => readonly Removable[]

interface Cursor {
  entries: readonly Removable[]
  place: number
}

/** The oldest, so many at most, until they have so many bytes together. Rooms are given with ids that are not above their first one. */
export function oldestFirst(
  rooms: Iterable<readonly [string, { readonly first: string }]>,
  read: ReadOldest,
  wantedBytes: number,
  most: number,
): Removable[] {
  const waiting = [...rooms].toSorted(([, one], [, other]) => (one.first < other.first ? -1 : 1))
  const open: Cursor[] = []
  const found: Removable[] = []
  let next = 0
  let bytes = 0
  while (found.length < most && bytes < wantedBytes) {
    let cursor = oldestOf(open)
    // A room whose first message may be older than all that are looked at is looked at, too.
    for (let room = waiting[next]; room !== undefined; room = waiting[next]) {
      if (cursor !== undefined && room[1].first > headOf(cursor).id) break
      next++
      const entries = read(room[0], undefined)
      if (entries.length > 0) open.push({ entries, place: 0 })
      cursor = oldestOf(open)
    }
    if (cursor === undefined) break
    const head = headOf(cursor)
    found.push(head)
    bytes += head.bytes
    if (++cursor.place < cursor.entries.length) continue
    cursor.entries = read(head.room, head.id)
    cursor.place = 0
    if (cursor.entries.length === 0) open.splice(open.indexOf(cursor), 1)
  }
  return found
}

/** Messages, the oldest first, by their rooms. */
export function byRoom(messages: readonly Removable[]): Map<string, Removable[]> {
  const rooms = new Map<string, Removable[]>()
  for (const message of messages) {
    const those = rooms.get(message.room)
    if (those === undefined) rooms.set(message.room, [message])
    else those.push(message)
  }
  return rooms
}

function headOf({ entries, place }: Cursor): Removable {
  return entries[place] as Removable
}

function oldestOf(open: readonly Cursor[]): Cursor | undefined {
  let oldest: Cursor | undefined
  for (const cursor of open) if (oldest === undefined || headOf(cursor).id < headOf(oldest).id) oldest = cursor
  return oldest
}
