/** The chat store on the disk: what is asked often lies in memory (rooms, accounts, where each room begins and ends), messages in lmdb. */
import { statSync } from 'node:fs'

import { Emitter, fail, type Clock, type Timer } from '../../../core/index.ts'
import type { FileLock } from '../../../process/index.ts'
import { AgeClock } from './age-clock.ts'
import { checkMessage, checkName, jsonOf } from './check-record.ts'
import type { Database, Write } from './database.ts'
import { pruneEveryMs } from './memory-store.ts'
import { firstIdAt, messageId, messageNumber } from './message-id.ts'
import { byRoom, keptShare, oldestFirst, type Removable } from './oldest-first.ts'
import { readHistory, type IdRange } from './range.ts'
import { keyKinds, messageKey, nameKey, readKey, readMessage, spaceOf, valueOf } from './record-bytes.ts'
import type { StoreContent } from './store-content.ts'
import type {
  AccountRecord,
  ChatStore,
  HistoryRange,
  RoomRecord,
  StoredMessage,
  StoreEvents,
  StoreStatus,
  Target,
  TargetRange,
} from './types.ts'

export interface DiskSettings {
  readonly path: string
  readonly keepMs: number
  readonly perRoom: number
  readonly bytes: number
  readonly clock: Clock
}

/** A message on its way to the disk. */
interface Addition {
  readonly room: string
  readonly id: string
  /** Its key, as text. */
  readonly inFlight: string
  /** The same was on its way already. */
  readonly isTwice: boolean
  readonly isNew: boolean
  /** How many more bytes its room has with it. */
  readonly bytes: number
}

interface Put extends Write {
  readonly value: Buffer
}

/** Messages removed with one write. */
const removeAtOnce = 1_000
/** Above every id. */
const endId = 'ffffffffffffffff'

export class DiskStore implements ChatStore {
  readonly #settings: DiskSettings
  readonly #database: Database
  readonly #content: StoreContent
  readonly #lock: FileLock
  readonly #events = new Emitter<StoreEvents>()
  readonly #age: AgeClock
  readonly #timer: Timer
  /** Keys of messages on their way to the disk, as text, and whether each is one more. */
  readonly #inFlight = new Map<string, boolean>()
  /** Keys of messages on their way out. */
  #leaving: ReadonlySet<string> = new Set()
  #removals: Promise<unknown> = Promise.resolve()
  #prunes = 0
  #pruned = 0
  #failedWrites = 0
  #closing: Promise<void> | undefined

  constructor(settings: DiskSettings, database: Database, content: StoreContent, lock: FileLock) {
    this.#settings = settings
    this.#database = database
    this.#content = content
    this.#lock = lock
    this.#age = new AgeClock(settings.clock, (aheadMs) => this.#events.emit('jumped', { aheadMs }))
    this.#timer = settings.clock.every(pruneEveryMs, () => this.#pruneQuietly())
    const { damage } = content
    if (damage !== undefined) setImmediate(() => this.#events.emit('lost', damage))
    this.#pruneQuietly()
  }

  async append(entries: readonly StoredMessage[]): Promise<void> {
    this.#check()
    const writes = entries.map(writeOf)
    if (writes.length === 0) return
    const added = entries.map(({ room, id }, index) => this.#addition(room, id, writes[index] as Put))
    await this.#add(writes, added)
    if (this.#content.index.bytes > this.#settings.bytes || added.some(({ room }) => this.#isOverfull(room)))
      this.#pruneQuietly()
  }

  history(room: string, range: HistoryRange): StoredMessage[] {
    this.#check()
    return readHistory(range, (ids) => this.#read(room, ids))
  }

  targets(range: TargetRange): Target[] {
    return this.#content.index.targets(range)
  }

  lastId(): bigint {
    return this.#content.index.lastNumber
  }

  async putRoom(record: RoomRecord): Promise<void> {
    this.#check()
    const json = jsonOf('record', record)
    const key = nameKey(keyKinds.room, checkName('room', record.room))
    await this.#write([{ key, value: valueOf(key, json) }])
    this.#content.rooms.set(record.room, JSON.parse(json) as RoomRecord)
  }

  getRoom(room: string): RoomRecord | undefined {
    return this.#content.rooms.get(room)
  }

  rooms(): RoomRecord[] {
    return [...this.#content.rooms.values()]
  }

  async deleteRoom(room: string): Promise<void> {
    this.#check()
    checkName('room', room)
    const end = this.#endOf(room)
    const written = this.#write([{ key: nameKey(keyKinds.room, room), value: undefined }, this.#lastIdWrite()])
    const forgotten = written.then(() => void this.#content.rooms.delete(room))
    const removed = this.#inTurn(async () => {
      await forgotten
      for (let more = true; more;) {
        const oldest = this.#oldest(room, undefined, removeAtOnce, end)
        await this.#remove(oldest)
        more = oldest.length === removeAtOnce
      }
    })
    await Promise.all([forgotten, removed])
  }

  async putAccount(record: AccountRecord): Promise<void> {
    this.#check()
    const json = jsonOf('record', record)
    const key = nameKey(keyKinds.account, checkName('name', record.name))
    await this.#write([{ key, value: valueOf(key, json) }])
    this.#content.accounts.set(record.name, JSON.parse(json) as AccountRecord)
  }

  getAccount(name: string): AccountRecord | undefined {
    return this.#content.accounts.get(name)
  }

  accounts(): AccountRecord[] {
    return [...this.#content.accounts.values()]
  }

  async deleteAccount(name: string): Promise<void> {
    this.#check()
    await this.#write([{ key: nameKey(keyKinds.account, checkName('name', name)), value: undefined }])
    this.#content.accounts.delete(name)
  }

  async putSetting(name: string, text: string): Promise<void> {
    this.#check()
    const key = nameKey(keyKinds.setting, checkName('name', name))
    await this.#write([{ key, value: valueOf(key, JSON.stringify(checkName('text', text))) }])
    this.#content.settings.set(name, text)
  }

  getSetting(name: string): string | undefined {
    return this.#content.settings.get(name)
  }

  prune(): Promise<number> {
    this.#prunes++
    return this.#inTurn(() => this.#prune()).finally(() => this.#prunes--)
  }

  on<Name extends keyof StoreEvents>(name: Name, listener: (event: StoreEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  status(): StoreStatus {
    const { index, rooms, accounts, damage } = this.#content
    return {
      kind: 'disk',
      messages: index.messages,
      bytes: statSync(this.#settings.path, { throwIfNoEntry: false })?.size ?? 0,
      rooms: index.spans.size,
      roomRecords: rooms.size,
      accounts: accounts.size,
      pruned: this.#pruned,
      failedWrites: this.#failedWrites,
      ...(damage === undefined ? {} : { lost: damage.lost }),
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #close(): Promise<void> {
    this.#timer.cancel()
    await this.#removals
    await this.#database.close()
    this.#lock.release()
  }

  #check(): void {
    if (this.#closing !== undefined) throw fail('CLOSED', { what: 'chat store' })
  }

  /** Removals of messages come one after the other, so that none is counted twice. */
  #inTurn<Value>(work: () => Value | Promise<Value>): Promise<Value> {
    const run = this.#removals.then(work)
    this.#removals = run.catch(() => {})
    return run
  }

  /** Whether a message is one more in its room: mostly its id is greater than all there. */
  #addition(room: string, id: string, { key, value }: Put): Addition {
    const inFlight = key.toString('latin1')
    const isTwice = this.#inFlight.has(inFlight) || this.#leaving.has(inFlight)
    const span = this.#content.index.spans.get(room)
    const former = span === undefined || id > span.last ? undefined : this.#database.get(key)
    const isNew = former === undefined
    const bytes = spaceOf(key, value) - (former === undefined ? 0 : spaceOf(key, former))
    if (!this.#inFlight.has(inFlight)) this.#inFlight.set(inFlight, isNew && !isTwice)
    return { room, id, inFlight, isTwice, isNew, bytes }
  }

  /** What is known in memory follows what is on the disk, also when only a part of it got there. */
  async #add(writes: readonly Write[], added: readonly Addition[]): Promise<void> {
    const unsure = new Set(added.map(({ room }) => room))
    try {
      await this.#write(writes)
      unsure.clear()
      for (const { room, id, isNew, isTwice, bytes } of added) {
        if (isTwice) unsure.add(room)
        else if (isNew) this.#content.index.add(room, id, bytes)
        else this.#content.index.grow(room, bytes)
      }
    } finally {
      for (const { inFlight } of added) this.#inFlight.delete(inFlight)
      for (const room of unsure) await this.#inTurn(() => this.#recount(room))
    }
  }

  async #write(writes: readonly Write[]): Promise<void> {
    try {
      await this.#database.write(writes)
    } catch (error) {
      this.#failedWrites++
      this.#events.emit('failed', { error: error as Error })
      throw error
    }
  }

  /** Some of a room's oldest messages, with ids above one and below another. */
  #oldest(room: string, above: string | undefined, limit: number, end: string = endId): Removable[] {
    const found = this.#database.sizes(messageKey(room, above), messageKey(room, end), limit + 1)
    const all = found.map(({ key, bytes }) => ({ room, id: readKey(key)?.id ?? '', bytes }))
    return all.filter(({ id }) => above === undefined || id > above).slice(0, limit)
  }

  /** Removes the oldest messages of rooms, which are not removed elsewhere meanwhile. */
  async #remove(messages: readonly Removable[]): Promise<void> {
    if (messages.length === 0) return
    const { index } = this.#content
    const writes = messages.map(({ room, id }) => ({ key: messageKey(room, id), value: undefined }))
    const rooms = byRoom(messages)
    this.#leaving = new Set(writes.map(({ key }) => key.toString('latin1')))
    try {
      await this.#write([this.#lastIdWrite(), ...writes])
      for (const [room, those] of rooms) {
        const [first] = this.#database.keys(messageKey(room), messageKey(room, endId), 1)
        const bytes = those.reduce((sum, each) => sum + each.bytes, 0)
        index.removeOldest(room, those.length, bytes, first === undefined ? '' : (readKey(first)?.id ?? ''))
      }
    } catch (error) {
      for (const room of rooms.keys()) this.#recount(room)
      throw error
    } finally {
      this.#leaving = new Set()
    }
  }

  /** Counts what is on the disk, but what is not known to be there yet. */
  #recount(room: string): void {
    const there = this.#database
      .sizes(messageKey(room), messageKey(room, endId), Infinity)
      .filter(({ key }) => this.#inFlight.get(key.toString('latin1')) !== true)
    const [first, last] = [there[0], there.at(-1)].map((each) => each && readKey(each.key)?.id)
    const bytes = there.reduce((sum, each) => sum + each.bytes, 0)
    this.#content.index.set(room, there.length, bytes, first, last)
  }

  /** The id behind all that a room has by now, also on the way. */
  #endOf(room: string): string {
    const start = messageKey(room).subarray(0, -8).toString('latin1')
    let last = this.#content.index.spans.get(room)?.last ?? firstIdAt(0)
    for (const key of this.#inFlight.keys()) {
      if (key.length !== start.length + 8 || !key.startsWith(start)) continue
      const id = Buffer.from(key.slice(-8), 'latin1').toString('hex')
      if (id > last) last = id
    }
    return last === endId ? last : messageId(messageNumber(last) + 1n)
  }

  #read(room: string, { above, below, limit, newest }: IdRange): StoredMessage[] {
    if (!this.#content.index.spans.has(room)) return []
    const low = messageKey(room, above)
    const high = messageKey(room, below ?? endId)
    // One more, as a range begins with what is not meant.
    const found = newest
      ? this.#database.entries(high, low, limit + 1, true).toReversed()
      : this.#database.entries(low, high, limit + 1)
    const messages = found.flatMap(({ key, value }) => {
      const id = readKey(key)?.id ?? ''
      if ((above !== undefined && id <= above) || (below !== undefined && id >= below)) return []
      return readMessage(key, value) ?? []
    })
    return newest ? messages.slice(-limit) : messages.slice(0, limit)
  }

  #isOverfull(room: string): boolean {
    const { perRoom } = this.#settings
    return (this.#content.index.spans.get(room)?.count ?? 0) > perRoom + Math.max(16, perRoom / 50)
  }

  #pruneQuietly(): void {
    if (this.#closing === undefined && this.#prunes === 0) this.prune().catch(() => {})
  }

  async #prune(): Promise<number> {
    const { keepMs, perRoom } = this.#settings
    const before = this.#pruned
    const oldest = firstIdAt(this.#age.nowMs() - keepMs)
    for (const [room, { first }] of this.#content.index.spans) {
      let tooMany = (this.#content.index.spans.get(room)?.count ?? 0) - perRoom
      for (let more = first < oldest || tooMany > 0; more;) {
        const removed = await this.#removeOldest(room, oldest, tooMany)
        tooMany -= removed
        more = removed === removeAtOnce
      }
    }
    await this.#removeBeyondBytes()
    return this.#pruned - before
  }

  /** Removes some of the oldest of a room: all that are too old, or too many. */
  async #removeOldest(room: string, oldest: string, tooMany: number): Promise<number> {
    const those = this.#oldest(room, undefined, removeAtOnce)
    const kept = those.findIndex(({ id }, place) => place >= tooMany && id >= oldest)
    const removed = kept < 0 ? those : those.slice(0, kept)
    await this.#remove(removed)
    this.#pruned += removed.length
    return removed.length
  }

  /** The oldest of all rooms go until there is room for some more. */
  async #removeBeyondBytes(): Promise<void> {
    const { index } = this.#content
    const { bytes } = this.#settings
    if (index.bytes <= bytes) return
    for (let more = true; more;) {
      const wanted = index.bytes - bytes * keptShare
      const read = (room: string, above: string | undefined): Removable[] => this.#oldest(room, above, 64)
      const removed = oldestFirst(index.spans, read, wanted, removeAtOnce)
      await this.#remove(removed)
      this.#pruned += removed.length
      more = removed.length > 0 && index.bytes > bytes * keptShare
    }
  }

  /** Ids go on from the last one, also when no message is left. */
  #lastIdWrite(): Write {
    const id = messageId(this.#content.index.lastNumber)
    const key = Buffer.of(keyKinds.lastId)
    return { key, value: valueOf(key, JSON.stringify(id)) }
  }
}

function writeOf(message: StoredMessage): Put {
  checkMessage(message)
  const { bytes, ...rest } = message
  const key = messageKey(message.room, message.id)
  return { key, value: valueOf(key, jsonOf('message', rest), bytes) }
}
