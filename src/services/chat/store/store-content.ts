/** What a store keeps in memory of what is on the disk, filled from its records one by one. */
import { isWhole, spaceOf, keyKinds, readJson, readKey } from './record-bytes.ts'
import { RoomIndex } from './room-index.ts'
import type { AccountRecord, RoomRecord, StoreEvents } from './types.ts'

export class StoreContent {
  readonly index: RoomIndex = new RoomIndex()
  readonly rooms: Map<string, RoomRecord> = new Map()
  readonly accounts: Map<string, AccountRecord> = new Map()
  readonly settings: Map<string, string> = new Map()
  /** What was lost when the store was opened. */
  damage: StoreEvents['lost'] | undefined

  /** Takes a record in; false when it is none of ours, or not as it was written. */
  add(key: Uint8Array, value: Buffer): boolean {
    const found = readKey(key)
    if (found === undefined || !isWhole(key, value)) return false
    if (found.kind === keyKinds.message) this.index.add(found.name, found.id, spaceOf(key, value))
    else if (found.kind === keyKinds.room) this.rooms.set(found.name, readJson(value) as RoomRecord)
    else if (found.kind === keyKinds.account) this.accounts.set(found.name, readJson(value) as AccountRecord)
    else if (found.kind === keyKinds.setting) this.settings.set(found.name, readJson(value) as string)
    else this.index.atLeast(readJson(value) as string)
    return true
  }
}
