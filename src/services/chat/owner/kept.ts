/** What the owner keeps in the store, in the store's own words: messages, rooms and accounts, each under the key that makes names the same. */
import { randomBytes } from 'node:crypto'

import type { AccountRecord, ChatStore, HistoryRange, StoredMessage } from '../store/index.ts'
import type { PasswordRecord } from '../store/password.ts'
import { nickKey } from '../text/nick.ts'
import { roomKey } from '../text/room-name.ts'
import type { HistoryQuery, Saying } from '../types.ts'
import type { RoomRecord } from '../rooms/types.ts'

export function storedOf(key: string, saying: Saying): StoredMessage {
  const { id, atMs, kind, text, bytes, ...rest } = saying
  const raw = bytes === undefined ? {} : { bytes: Buffer.from(bytes, 'base64') }
  return { id, room: key, atMs, from: saying.by.nick, kind, text, ...raw, saying: rest }
}

export function sayingOf({ id, atMs, kind, text, bytes, saying }: StoredMessage): Saying {
  const raw = bytes === undefined ? {} : { bytes: Buffer.from(bytes).toString('base64') }
  const rest = saying as Omit<Saying, 'id' | 'atMs' | 'kind' | 'text' | 'bytes'>
  return { id, atMs, kind: kind as Saying['kind'], text, ...raw, ...rest }
}

/** What is asked for, of what may be read: nothing from before `since`, in milliseconds since 1970. */
export function rangeOf(query: HistoryQuery, since?: number): HistoryRange {
  const { after, before, around, isForward = false, limit } = query
  const most = Math.max(0, Math.min(1_000, Math.floor(limit)))
  const readable = since === undefined ? {} : { since }
  if (around !== undefined) return { around, limit: most, ...readable }
  return {
    ...readable,
    ...(after === undefined ? {} : { after }),
    ...(before === undefined ? {} : { before }),
    limit: most,
    from: isForward ? 'oldest' : 'newest',
  }
}

export function keepRoom(store: ChatStore, room: string, record: RoomRecord | undefined): Promise<void> {
  const key = roomKey(room)
  return record === undefined ? store.deleteRoom(key) : store.putRoom({ room: key, record })
}

/** Those whose last message is oldest first. */
export function keptRooms(store: ChatStore): RoomRecord[] {
  const last = ({ room }: { readonly room: string }): string => store.history(room, { limit: 1 })[0]?.id ?? ''
  const rooms = store.rooms().map((kept) => ({ record: kept['record'] as RoomRecord, lastId: last(kept) }))
  return rooms.toSorted((one, other) => (one.lastId < other.lastId ? -1 : 1)).map(({ record }) => record)
}

export function hasMessages(store: ChatStore, key: string): boolean {
  return store.history(key, { limit: 1 }).length > 0
}

export interface Account {
  /** As its owner writes it. */
  readonly name: string
  readonly password: PasswordRecord
  readonly createdMs: number
}

export function keepAccount(store: ChatStore, account: Account): Promise<void> {
  return store.putAccount({ name: nickKey(account.name), account })
}

export function keptAccount(store: ChatStore, name: string): Account | undefined {
  return accountOf(store.getAccount(nickKey(name)))
}

export function keptAccounts(store: ChatStore): Account[] {
  return store.accounts().flatMap((record) => accountOf(record) ?? [])
}

function accountOf(record: AccountRecord | undefined): Account | undefined {
  return record?.['account'] as Account | undefined
}

/** By what hosts are made of addresses: the same over a restart, so that bans by host hold. */
export function keptHostKey(store: ChatStore): Uint8Array {
  const kept = store.getSetting('hostKey')
  if (kept !== undefined) return Buffer.from(kept, 'base64')
  const key = randomBytes(16)
  // Where it cannot be kept, hosts are others after a restart.
  store.putSetting('hostKey', key.toString('base64')).catch(() => {})
  return key
}
