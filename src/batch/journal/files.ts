/** What a journal asks of the disk: few calls, so that tests can let each of them fail, and stop between any two. */
import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, openSync, readFileSync } from 'node:fs'
import { renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface JournalFiles {
  /** Undefined when there is none. */
  read(path: string): Buffer | undefined
  /** Opens for writing at the end; `anew` empties it. Made with mode 0600 if need be. */
  open(path: string, anew: boolean): number
  size(file: number): number
  /** Writes all of it, or throws. */
  write(file: number, bytes: Uint8Array): void
  truncate(file: number, bytes: number): void
  /** Resolves, or returns, once the disk has it. */
  sync(file: number): void
  syncLater(file: number): Promise<void>
  close(file: number): void
  rename(from: string, to: string): void
  remove(path: string): void
  /** Makes renames in the folder of this path last. */
  syncFolder(path: string): void
}

export const diskFiles: JournalFiles = {
  read(path) {
    try {
      return readFileSync(path)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  },
  open: (path, anew) => openSync(path, anew ? 'w' : 'a', 0o600),
  size: (file) => fstatSync(file).size,
  write(file, bytes) {
    for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at, bytes.length - at)
  },
  truncate: ftruncateSync,
  sync: fdatasyncSync,
  syncLater: (file) =>
    new Promise((resolve, reject) => fdatasync(file, (error) => (error === null ? resolve() : reject(error)))),
  close: closeSync,
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
  syncFolder(path) {
    const folder = openSync(dirname(path), 'r')
    try {
      fdatasyncSync(folder)
    } finally {
      closeSync(folder)
    }
  },
}
