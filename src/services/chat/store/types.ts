/** The contract of the chat store: messages of rooms, what is kept of rooms, accounts. One contract, on the disk or in memory. */

/** A message as it is kept: plain data, and what else JSON can carry besides the named fields. */
export interface StoredMessage {
  /** From `messageId`: 16 hexadecimal digits that sort by time. */
  readonly id: string
  /** Any text that names where it was said: a room, or the two ends of a private talk. At most 512 bytes. */
  readonly room: string
  /** Milliseconds since 1970. */
  readonly atMs: number
  readonly from: string
  readonly kind: string
  readonly text: string
  /** The bytes as they came, when they are no text. */
  readonly bytes?: Uint8Array
  readonly [extra: string]: unknown
}

/** A place in a room's history: a message's id, or a time in milliseconds since 1970. It need not be there any more. */
export type Ref = string | number

/** Which messages of a room. Ends are not among them, but for `around`. Times are those in the ids. */
export interface HistoryRange {
  readonly before?: Ref
  readonly after?: Ref
  /** Half of them before this place, half of them at and behind it; not together with `before`, `after` and `from`. */
  readonly around?: Ref
  /** None from before this time, in milliseconds since 1970, whatever else is asked for. */
  readonly since?: number
  /** Most messages, 0 to 1,000. */
  readonly limit: number
  /** Where to begin when there are more than `limit`. @default 'oldest' with `after`, else 'newest' */
  readonly from?: 'oldest' | 'newest'
}

export interface TargetRange {
  /** Milliseconds since 1970; rooms whose last message is between them, ends not among them. */
  readonly afterMs?: number
  readonly beforeMs?: number
  /** Only rooms that this is true of; the others do not count towards the limit. */
  readonly where?: (target: Target) => boolean
  /** Most rooms, 0 to 1,000; those with the latest messages. */
  readonly limit: number
}

export interface Target {
  readonly room: string
  /** The time of the room's last message. */
  readonly latestMs: number
}

/** What is kept of a room: its name, and what else JSON can carry. */
export interface RoomRecord {
  readonly room: string
  readonly [field: string]: unknown
}

/** What is kept of an account: its name, and what else JSON can carry. */
export interface AccountRecord {
  readonly name: string
  readonly [field: string]: unknown
}

export interface StoreStatus {
  readonly kind: 'disk' | 'memory'
  readonly messages: number
  /** Of the file, or of the messages in memory; about. */
  readonly bytes: number
  /** Rooms with messages; `roomRecords` is how many have a record. */
  readonly rooms: number
  readonly roomRecords: number
  readonly accounts: number
  /** Messages removed by age and count. */
  readonly pruned: number
  /** Writes that the system refused; none of these was acknowledged. */
  readonly failedWrites: number
  /** What could not be read when the store was opened, and where the damaged file is. */
  readonly lost?: string
}

export interface StoreEvents {
  /** The file was damaged; told once, soon after the store was opened. */
  lost: { readonly lost: string; readonly damagedFile: string }
  /** The system refused a write, or the removal of old messages. */
  failed: { readonly error: Error }
  /** The wall clock has jumped ahead by so many milliseconds, which make no message older. */
  jumped: { readonly aheadMs: number }
}

export interface ChatStore {
  /**
   * Keeps messages; resolves once they are on the disk. Many calls share one write. A message with an id that its room has already
   * takes the other's place. Throws OPTION_INVALID, QUEUE_FULL, SYSTEM_ERROR (ENOSPC, ...), CLOSED.
   */
  append(entries: readonly StoredMessage[]): Promise<void>
  /** Messages of a room, the newest last; those of `append` calls that have resolved. Throws OPTION_INVALID, CLOSED. */
  history(room: string, range: HistoryRange): StoredMessage[]
  /** Rooms by the time of their last message, the latest last. Throws OPTION_INVALID. */
  targets(range: TargetRange): Target[]
  /** The largest id there ever was here, as a number; 0 when there was none. */
  lastId(): bigint
  /** Keeps a room's record in place of the one before. Throws as `append` does. */
  putRoom(record: RoomRecord): Promise<void>
  getRoom(room: string): RoomRecord | undefined
  rooms(): RoomRecord[]
  /** Removes a room's record and the messages that it was given before; those appended from now on stay. Throws SYSTEM_ERROR, CLOSED. */
  deleteRoom(room: string): Promise<void>
  putAccount(record: AccountRecord): Promise<void>
  getAccount(name: string): AccountRecord | undefined
  accounts(): AccountRecord[]
  deleteAccount(name: string): Promise<void>
  /** Keeps a text that the server needs again after a restart, by its name. Throws as `append` does. */
  putSetting(name: string, text: string): Promise<void>
  getSetting(name: string): string | undefined
  /** Removes messages that are too old or too many now; it is done by itself, too. Resolves with how many. */
  prune(): Promise<number>
  on<Name extends keyof StoreEvents>(name: Name, listener: (event: StoreEvents[Name]) => void): () => void
  status(): StoreStatus
  /** Writes what waits, then lets go. */
  close(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** What both kinds of store are bounded by. */
export interface StoreBounds {
  /** Messages older than this many days are removed. @default 7 */
  readonly days?: number
  /** Most messages of one room; for a moment there may be a few more. @default 10_000 */
  readonly perRoom?: number
  /** Most bytes of all messages together; beyond it the oldest of all rooms go. @default 256 MiB in memory, 4 GiB on the disk */
  readonly bytes?: number
}
