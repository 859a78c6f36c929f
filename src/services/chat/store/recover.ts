/**
 * A file that is not sound: what can be read of it goes into a new one, and it is put aside, never removed.
 *
 *   chat.mdb ─ read ─▶ chat.mdb.new, whole and on the disk
 *   chat.mdb ─ rename ─▶ chat.mdb.damaged-TIME         killed before this: all begins anew
 *   chat.mdb.new ─ rename ─▶ chat.mdb                  killed before this: the next start does it
 */
import { closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'

import { Database, type Write } from './database.ts'
import { MdbFile } from './mdb-file.ts'
import { salvage } from './salvage.ts'
import type { StoreEvents } from './types.ts'

/** Records that are written together. */
const atOnce = 1_000

/** Puts a new file in the place of the damaged one. Throws SYSTEM_ERROR; the damaged one is then where it was. */
export async function recover(path: string, reason: string, nowMs: number): Promise<StoreEvents['lost']> {
  const fresh = `${path}.new`
  rmSync(fresh, { force: true })
  const { records, expected } = await copyInto(fresh, path)
  const damagedFile = `${path}.damaged-${new Date(nowMs).toISOString().replaceAll(/[-:]/g, '')}`
  renameSync(path, damagedFile)
  finishRecovery(path)
  const share = expected === undefined || expected < records ? `${records}` : `${records} of ${expected}`
  const lost = `${path} was damaged (${reason}): ${share} records could be read. The damaged file is kept as ${damagedFile}.`
  return { lost, damagedFile }
}

/** Puts a new file that is whole in its place, if there is one and nothing stands there. */
export function finishRecovery(path: string): void {
  const fresh = `${path}.new`
  if (existsSync(path) || !existsSync(fresh)) return
  renameSync(fresh, path)
  rmSync(`${fresh}-lock`, { force: true })
  syncFolder(path)
}

/** What the folder says of its files is on the disk, too. */
export function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

async function copyInto(fresh: string, damaged: string): Promise<{ records: number; expected: number | undefined }> {
  const file = new MdbFile(damaged)
  const database = await Database.open(fresh)
  const keys = new Set<string>()
  try {
    const records = salvage(file)
    let writes: Write[] = []
    let next = records.next()
    for (; next.done !== true; next = records.next()) {
      keys.add(next.value.key.toString('latin1'))
      writes.push(next.value)
      if (writes.length < atOnce) continue
      await database.write(writes)
      writes = []
    }
    await database.write(writes)
    return { records: keys.size, expected: next.value }
  } finally {
    await database.close()
    file.close()
  }
}
