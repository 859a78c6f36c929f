/**
 * The file in which a clock survives restart and power-off. It is written beside its place, forced to the disk and then
 * renamed, so that at any moment its place holds one whole record: the old one or the new.
 */
import { open, readFile, rename, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

import { fail } from '../../../core/index.ts'
import { formatDriftRecord, parseDriftRecord, recordBytesLimit, type DriftRecord } from './drift-record.ts'

/** What a drift file holds. Undefined where there is none, or none that is whole and sensible: the clock then begins anew. */
export async function readDriftFile(path: string): Promise<DriftRecord | undefined> {
  try {
    // A device or a log given by mistake must not fill the memory.
    const { size } = await stat(path)
    return size > recordBytesLimit ? undefined : parseDriftRecord(await readFile(path, 'latin1'))
  } catch {
    return undefined
  }
}

/** Writes a drift file; others read either the old record or this one, whenever the power fails. Throws SYSTEM_ERROR. */
export async function writeDriftFile(path: string, record: DriftRecord): Promise<void> {
  const beside = `${path}.new`
  try {
    const file = await open(beside, 'w', 0o644)
    try {
      await file.writeFile(formatDriftRecord(record), 'latin1')
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(beside, path)
    await syncFolder(dirname(path))
  } catch (error) {
    const { syscall = 'write', code = 'EIO' } = error as NodeJS.ErrnoException
    throw fail('SYSTEM_ERROR', { syscall, errno: code, address: path }, { cause: error })
  }
}

/** The name of this start of the machine; undefined where it has none (it is Linux that names them). */
export async function bootId(): Promise<string | undefined> {
  try {
    return (await readFile('/proc/sys/kernel/random/boot_id', 'latin1')).trim()
  } catch {
    return undefined
  }
}

/** The new name, too, must be on the disk; some file systems cannot do this for a folder, and need not. */
async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync().catch(() => {})
  } finally {
    await folder.close()
  }
}
