/** What a journal does with the disk: few calls, so that a test can fail each of them, or stop after any byte. */
import {
  closeSync,
  fsyncSync,
  ftruncateSync,
  fstatSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs'
import { dirname } from 'node:path'

export interface JournalFiles {
  /** `read` of what is there, `append` to it (made where it is not), `write` from nothing. Undefined: `read` and no file. */
  open(path: string, how: 'read' | 'append' | 'write'): number | undefined
  sizeOf(file: number): number
  /** Bytes read; 0 at the end. */
  read(file: number, into: Uint8Array, at: number): number
  /** Bytes written, perhaps not all. */
  write(file: number, bytes: Uint8Array): number
  truncate(file: number, sizeBytes: number): void
  sync(file: number): void
  close(file: number): void
  /** Puts a file in another's place, and makes sure that the folder knows. */
  rename(from: string, to: string): void
  remove(path: string): void
}

export const diskFiles: JournalFiles = {
  open(path, how) {
    if (how !== 'read') mkdirSync(dirname(path), { recursive: true })
    try {
      // Secrets do not stand in zones, but who may read them over the network is the operator's choice.
      return openSync(path, how === 'read' ? 'r' : how === 'append' ? 'a' : 'w', 0o640)
    } catch (error) {
      if (how === 'read' && (error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  },
  sizeOf: (file) => fstatSync(file).size,
  read: (file, into, at) => readSync(file, into, 0, into.length, at),
  write: (file, bytes) => writeSync(file, bytes),
  truncate: (file, sizeBytes) => ftruncateSync(file, sizeBytes),
  sync: (file) => fsyncSync(file),
  close: (file) => closeSync(file),
  rename(from, to) {
    renameSync(from, to)
    // It is in its place now, and must not be told to have failed.
    let folder: number | undefined
    try {
      folder = openSync(dirname(to), 'r')
      fsyncSync(folder)
    } catch {
      // Some file systems cannot do this for a folder, and need not.
    } finally {
      if (folder !== undefined) closeSync(folder)
    }
  },
  remove: (path) => rmSync(path, { force: true }),
}

/** Writes all bytes. Throws what the system says, ENOSPC where it takes none. */
export function writeAll(files: JournalFiles, file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) {
    const written = files.write(file, bytes.subarray(at))
    if (written <= 0) throw Object.assign(new Error('nothing was written'), { code: 'ENOSPC', syscall: 'write' })
    at += written
  }
}
