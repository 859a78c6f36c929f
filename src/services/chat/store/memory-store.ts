/** The chat store of `--history memory` and `none`: the same contract, gone with the process but for what `keeping` keeps. */
import {
  checkKnownKeys,
  checkInteger,
  checkNumber,
  Emitter,
  fail,
  systemClock,
  type Clock,
  type Timer,
} from '../../../core/index.ts'
import { AgeClock } from './age-clock.ts'
import { checkMessage, checkName, jsonOf } from './check-record.ts'
import { keepMessages, keepRecord, keptRecords, takeMessages, type Keeping, type RecordKind } from './keeping.ts'
import { firstIdAt, messageId } from './message-id.ts'
import { byRoom, keptShare, oldestFirst, type Removable } from './oldest-first.ts'
import { readHistory, type IdRange } from './range.ts'
import { RoomIndex } from './room-index.ts'
import type {
  AccountRecord,
  ChatStore,
  HistoryRange,
  RoomRecord,
  StoreBounds,
  StoredMessage,
  StoreEvents,
  StoreStatus,
  Target,
  TargetRange,
} from './types.ts'

export interface MemoryStoreOptions extends StoreBounds {
  readonly clock?: Clock
  /** Leaves records, and at the end messages, to the store that comes after it; and has those of the one before. @default none */
  readonly keeping?: Keeping
}

/** How often what is too old is looked for. */
export const pruneEveryMs = 60_000
const dayMs = 86_400_000
/** Ids go on behind it also when that message is gone. */
const lastIdSetting = 'last id'

/** A store that keeps messages in memory; 0 for `perRoom` keeps none. Throws OPTION_INVALID. */
export function memoryStore(options: MemoryStoreOptions = {}): ChatStore {
  checkKnownKeys('store', options, ['days', 'perRoom', 'bytes', 'clock', 'keeping'])
  return new MemoryStore(options)
}

class MemoryStore implements ChatStore {
  readonly #age: AgeClock
  readonly #keepMs: number
  readonly #perRoom: number
  readonly #mostBytes: number
  readonly #index = new RoomIndex()
  readonly #messages = new Map<string, StoredMessage[]>()
  readonly #rooms = new Map<string, RoomRecord>()
  readonly #accounts = new Map<string, AccountRecord>()
  readonly #settings = new Map<string, string>()
  readonly #events = new Emitter<StoreEvents>()
  readonly #keeping: Keeping | undefined
  readonly #timer: Timer
  #pruned = 0
  #closed = false

  constructor(options: MemoryStoreOptions) {
    const clock = options.clock ?? systemClock
    this.#age = new AgeClock(clock, (aheadMs) => this.#events.emit('jumped', { aheadMs }))
    this.#keepMs = checkNumber('days', options.days ?? 7, 0, 36_500) * dayMs
    this.#perRoom = checkInteger('perRoom', options.perRoom ?? 10_000, 0, 100_000_000)
    this.#mostBytes = checkInteger('bytes', options.bytes ?? 268_435_456, 0, Number.MAX_SAFE_INTEGER)
    this.#timer = clock.every(pruneEveryMs, () => void this.prune())
    this.#keeping = options.keeping
    if (options.keeping !== undefined) this.#takeOver(options.keeping)
  }

  #takeOver(keeping: Keeping): void {
    for (const [name, record] of keptRecords<RoomRecord>(keeping, 'room')) this.#rooms.set(name, record)
    for (const [name, record] of keptRecords<AccountRecord>(keeping, 'account')) this.#accounts.set(name, record)
    for (const [name, text] of keptRecords<string>(keeping, 'setting')) this.#settings.set(name, text)
    for (const message of takeMessages(keeping)) this.#insert(message)
    this.#index.atLeast(this.#settings.get(lastIdSetting) ?? '')
  }

  async append(entries: readonly StoredMessage[]): Promise<void> {
    this.#check()
    for (const message of entries) checkMessage(message)
    const copies = entries.map(copyOf)
    for (const message of copies) this.#insert(message)
    for (const { room } of copies) this.#removeOldest(room, (this.#messages.get(room)?.length ?? 0) - this.#perRoom)
    this.#removeBeyondBytes()
  }

  history(room: string, range: HistoryRange): StoredMessage[] {
    this.#check()
    return readHistory(range, (ids) => this.#read(room, ids))
  }

  targets(range: TargetRange): Target[] {
    return this.#index.targets(range)
  }

  lastId(): bigint {
    return this.#index.lastNumber
  }

  async putRoom(record: RoomRecord): Promise<void> {
    this.#check()
    this.#put('room', this.#rooms, checkName('room', record.room), jsonOf('record', record))
  }

  getRoom(room: string): RoomRecord | undefined {
    return this.#rooms.get(room)
  }

  rooms(): RoomRecord[] {
    return [...this.#rooms.values()]
  }

  async deleteRoom(room: string): Promise<void> {
    this.#check()
    this.#remove('room', this.#rooms, room)
    this.#messages.delete(room)
    this.#index.delete(room)
  }

  async putAccount(record: AccountRecord): Promise<void> {
    this.#check()
    this.#put('account', this.#accounts, checkName('name', record.name), jsonOf('record', record))
  }

  getAccount(name: string): AccountRecord | undefined {
    return this.#accounts.get(name)
  }

  accounts(): AccountRecord[] {
    return [...this.#accounts.values()]
  }

  async deleteAccount(name: string): Promise<void> {
    this.#check()
    this.#remove('account', this.#accounts, name)
  }

  async putSetting(name: string, text: string): Promise<void> {
    this.#check()
    this.#put('setting', this.#settings, checkName('name', name), JSON.stringify(checkName('text', text)))
  }

  getSetting(name: string): string | undefined {
    return this.#settings.get(name)
  }

  async prune(): Promise<number> {
    const before = this.#pruned
    const oldest = firstIdAt(this.#age.nowMs() - this.#keepMs)
    for (const [room, messages] of this.#messages) {
      const tooOld = placeOf(messages, oldest)
      this.#removeOldest(room, Math.max(tooOld, messages.length - this.#perRoom))
    }
    return this.#pruned - before
  }

  on<Name extends keyof StoreEvents>(name: Name, listener: (event: StoreEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  status(): StoreStatus {
    return {
      kind: 'memory',
      messages: this.#index.messages,
      bytes: this.#index.bytes,
      rooms: this.#index.spans.size,
      roomRecords: this.#rooms.size,
      accounts: this.#accounts.size,
      pruned: this.#pruned,
      failedWrites: 0,
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#timer.cancel()
    if (this.#keeping === undefined) return
    keepRecord(this.#keeping, 'setting', lastIdSetting, JSON.stringify(messageId(this.#index.lastNumber)))
    keepMessages(this.#keeping, [...this.#messages.values()].flat())
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #check(): void {
    if (this.#closed) throw fail('CLOSED', { what: 'chat store' })
  }

  /** As it would come from the disk. */
  #put<Value>(kind: RecordKind, records: Map<string, Value>, name: string, json: string): void {
    records.set(name, JSON.parse(json) as Value)
    keepRecord(this.#keeping, kind, name, json)
  }

  #remove(kind: RecordKind, records: Map<string, unknown>, name: string): void {
    if (records.delete(name)) keepRecord(this.#keeping, kind, name, undefined)
  }

  #insert(message: StoredMessage): void {
    const messages = this.#messages.get(message.room) ?? []
    if (messages.length === 0) this.#messages.set(message.room, messages)
    const place = placeOf(messages, message.id)
    const present = messages[place]
    if (present?.id === message.id) {
      this.#index.grow(message.room, sizeOf(message) - sizeOf(present))
      messages[place] = message
      return
    }
    messages.splice(place, 0, message)
    this.#index.add(message.room, message.id, sizeOf(message))
  }

  #removeOldest(room: string, count: number): void {
    const messages = this.#messages.get(room)
    if (messages === undefined || count <= 0) return
    const bytes = messages.splice(0, count).reduce((sum, message) => sum + sizeOf(message), 0)
    this.#pruned += count
    this.#index.removeOldest(room, count, bytes, messages[0]?.id ?? '')
    if (messages.length === 0) this.#messages.delete(room)
  }

  /** The oldest of all rooms go until there is room for some more. */
  #removeBeyondBytes(): void {
    if (this.#index.bytes <= this.#mostBytes) return
    const wanted = this.#index.bytes - this.#mostBytes * keptShare
    const read = (room: string, above: string | undefined): Removable[] =>
      this.#read(room, { above, below: undefined, limit: 64, newest: false }).map((message) => ({
        room,
        id: message.id,
        bytes: sizeOf(message),
      }))
    const found = oldestFirst(this.#index.spans, read, wanted, Infinity)
    for (const [room, those] of byRoom(found)) this.#removeOldest(room, those.length)
  }

  #read(room: string, { above, below, limit, newest }: IdRange): StoredMessage[] {
    const messages = this.#messages.get(room) ?? []
    const end = below === undefined ? messages.length : placeOf(messages, below)
    let start = above === undefined ? 0 : placeOf(messages, above)
    if (above !== undefined && messages[start]?.id === above) start++
    if (end <= start) return []
    return newest
      ? messages.slice(Math.max(start, end - limit), end)
      : messages.slice(start, Math.min(end, start + limit))
  }
}

/** Where an id is, or would be: the first that is not less. */
function placeOf(messages: readonly StoredMessage[], id: string): number {
  let low = 0
  let high = messages.length
  // Mostly it is the newest.
  if (high === 0 || (messages[high - 1] as StoredMessage).id < id) return high
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((messages[middle] as StoredMessage).id < id) low = middle + 1
    else high = middle
  }
  return low
}

/** As it would come from the disk: what the caller does with its own later does not matter. */
function copyOf(message: StoredMessage): StoredMessage {
  const { bytes, ...rest } = message
  const copy = JSON.parse(jsonOf('message', rest)) as StoredMessage
  return bytes === undefined ? copy : { ...copy, bytes: Uint8Array.from(bytes) }
}

/** About what it takes in memory, with all that it carries. */
function sizeOf(message: StoredMessage): number {
  const { bytes, ...rest } = message
  return 256 + 2 * JSON.stringify(rest).length + (bytes?.length ?? 0)
}
