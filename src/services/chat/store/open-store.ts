/** Opening a chat store on the disk: one owner, a file that is known to be sound, and what is in it. */
import { existsSync, rmSync } from 'node:fs'
import { join, resolve } from 'node:path'

import { checkInteger, checkKnownKeys, checkNumber, fail, systemClock, type Clock } from '../../../core/index.ts'
import { FileLock, privateFolder } from '../../../process/index.ts'
import { checkFile } from './check-file.ts'
import { Database } from './database.ts'
import { DiskStore } from './disk-store.ts'
import { Damage, MdbFile } from './mdb-file.ts'
import { finishRecovery, recover, syncFolder } from './recover.ts'
import { StoreContent } from './store-content.ts'
import type { ChatStore, StoreBounds } from './types.ts'

export interface OpenStoreOptions extends StoreBounds {
  /** The store's own folder; made if need be, for its user alone. */
  readonly folder: string
  readonly clock?: Clock
}

const dayMs = 86_400_000

/**
 * Opens the chat store in a folder, or makes one. A damaged file is put aside, never removed; what can be read of it is kept, and
 * `status().lost` and the event `lost` say what was lost. Throws STORE_IN_USE, FOLDER_NOT_PRIVATE, SYSTEM_ERROR, OPTION_INVALID.
 *
 * @example
 * const store = await openStore({ folder: '/var/lib/lanework/chat' })
 * await store.append([{ id: messageId(number), room: 'lobby', atMs: Date.now(), from: 'ada', kind: 'say', text: 'hello' }])
 */
export async function openStore(options: OpenStoreOptions): Promise<ChatStore> {
  checkKnownKeys('store', options, ['folder', 'days', 'perRoom', 'bytes', 'clock'])
  const keepMs = checkNumber('days', options.days ?? 7, 0, 36_500) * dayMs
  const perRoom = checkInteger('perRoom', options.perRoom ?? 10_000, 0, 100_000_000)
  const bytes = checkInteger('bytes', options.bytes ?? 4_294_967_296, 0, Number.MAX_SAFE_INTEGER)
  const folder = privateFolder(resolve(options.folder))
  const lock = new FileLock(join(folder, 'owner'))
  if (!lock.take()) throw fail('STORE_IN_USE', { folder })
  try {
    const path = join(folder, 'chat.mdb')
    const clock = options.clock ?? systemClock
    const content = await readContent(path, clock)
    const database = await Database.open(path)
    syncFolder(path)
    return new DiskStore({ path, keepMs, perRoom, bytes, clock }, database, content, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** What is in the file, or in the one that takes a damaged one's place. */
async function readContent(path: string, clock: Clock): Promise<StoreContent> {
  finishRecovery(path)
  // Who held it is dead, as this process owns the folder.
  rmSync(`${path}-lock`, { force: true })
  if (!existsSync(path)) return new StoreContent()
  const first = read(path)
  if (first instanceof StoreContent) return first
  const damage = await recover(path, first.message, clock.wallMs())
  const again = read(path)
  if (!(again instanceof StoreContent))
    throw fail('SYSTEM_ERROR', { syscall: 'read', errno: 'EIO', address: path }, { cause: again })
  again.damage = damage
  return again
}

/** All that is in a sound file, or what is wrong with it. */
function read(path: string): StoreContent | Damage {
  const content = new StoreContent()
  const file = new MdbFile(path)
  try {
    checkFile(file, (key, value) => content.add(key, value))
    return content
  } catch (error) {
    if (error instanceof Damage) return error
    throw error
  } finally {
    file.close()
  }
}
