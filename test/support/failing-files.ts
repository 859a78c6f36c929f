/** A journal's disk that fails, or is pulled out, at a call of one's choice. */
import { diskFiles, type JournalFiles } from '#lanework/batch/journal/index.js'

export interface FailingFiles {
  readonly files: JournalFiles
  /** Calls that change something so far. */
  readonly calls: () => number
}

interface Failure {
  /** Fails from this changing call on, 1 for the first. */
  readonly from: number
  /** Fails up to this one. @default for ever */
  readonly to?: number
  /** @default 'ENOSPC' */
  readonly code?: string
  /** What is written of the first half before a write fails. @default true */
  readonly half?: boolean
}

export function failingFiles({ from, to = Infinity, code = 'ENOSPC', half = true }: Failure): FailingFiles {
  let calls = 0
  const guard = (syscall: string, beforehand: () => void = () => {}): void => {
    calls++
    if (calls < from || calls > to) return
    beforehand()
    throw Object.assign(new Error(`${code}: ${syscall}`), { code, syscall })
  }
  const files: JournalFiles = {
    ...diskFiles,
    open: (path, anew) => (guard('open'), diskFiles.open(path, anew)),
    write(file, bytes) {
      guard('write', () => half && diskFiles.write(file, bytes.subarray(0, bytes.length / 2)))
      diskFiles.write(file, bytes)
    },
    truncate: (file, bytes) => (guard('truncate'), diskFiles.truncate(file, bytes)),
    sync: (file) => (guard('fdatasync'), diskFiles.sync(file)),
    async syncLater(file) {
      guard('fdatasync')
      await diskFiles.syncLater(file)
    },
    rename: (old, path) => (guard('rename'), diskFiles.rename(old, path)),
    remove: (path) => (guard('remove'), diskFiles.remove(path)),
    syncFolder: (path) => (guard('fsync'), diskFiles.syncFolder(path)),
  }
  return { files, calls: () => calls }
}
