/**
 * Keeps output files of programs bounded. A program holds its file open, so another name would not help, and a pipe would die with its
 * reader; instead what is old is copied to `.1` and cut off the front of the file, which the program goes on appending to:
 *
 *    out       ████████████████████▒▒▒   longer than the limit
 *    out.1     ████████████████████      a copy of the whole blocks, made beside the event loop
 *    out                           ▒▒▒   cut by the file system in one step: no byte is lost (ext4, XFS, F2FS)
 *
 * Elsewhere the rest is copied too and the file is emptied; what is written in the microseconds between the two is lost. On the
 * disk are never more than `bytes` for each of the kept files and the file itself, and what comes between two looks; those come
 * the sooner the faster it grows. See fallocate(2), FALLOC_FL_COLLAPSE_RANGE.
 */
import { ftruncateSync, fstatSync, readSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

import { loadNative } from '../../native/index.ts'
import type { LogBound, StreamPlan } from './types.ts'

/** While nothing grows; else no longer than `longestMs`. */
const calmMs = 500
const longestMs = 250
const shortestMs = 20
/** A multiple of what file systems have as blocks, and what is copied at a time. */
const blockBytes = 65_536
const chunkBytes = 1_048_576

interface Bounded extends LogBound {
  readonly path: string
  users: number
  sizeBytes: number
  isBusy: boolean
}

export class LogBounds {
  readonly #files = new Map<string, Bounded>()
  readonly #onTrouble: (text: string) => void
  #timer: NodeJS.Timeout | undefined
  #lookedAt = performance.now()

  constructor(onTrouble: (text: string) => void = () => {}) {
    this.#onTrouble = onTrouble
  }

  /** Its output files with a limit are looked at from now on. */
  add({ streams }: { readonly streams: readonly StreamPlan[] }): void {
    for (const stream of streams) {
      if (stream.kind !== 'file' || stream.limit === undefined) continue
      const { path, limit } = stream
      const known = this.#files.get(path)
      if (known !== undefined) known.users++
      else this.#files.set(path, { ...limit, path, users: 1, sizeBytes: 0, isBusy: false })
    }
    if (this.#files.size > 0) this.#lookIn(shortestMs)
  }

  /** It has ended; its files are looked at once more. */
  remove({ streams }: { readonly streams: readonly StreamPlan[] }): void {
    for (const stream of streams) {
      const file = stream.kind === 'file' ? this.#files.get(stream.path) : undefined
      if (file === undefined || --file.users > 0) continue
      this.#files.delete(file.path)
      this.#look(file)
    }
  }

  close(): void {
    clearTimeout(this.#timer)
    this.#files.clear()
  }

  #lookIn(delayMs: number): void {
    if (this.#timer !== undefined) return
    this.#timer = setTimeout(() => this.#lookAtAll(), delayMs)
    this.#timer.unref()
  }

  #lookAtAll(): void {
    this.#timer = undefined
    const now = performance.now()
    const passedMs = Math.max(1, now - this.#lookedAt)
    this.#lookedAt = now
    let nextMs = calmMs
    for (const file of this.#files.values()) {
      const before = file.sizeBytes
      this.#look(file)
      const bytesPerMs = Math.max(0, file.sizeBytes - before) / passedMs
      if (bytesPerMs === 0) continue
      const leftMs = (file.bytes - file.sizeBytes) / bytesPerMs
      nextMs = Math.min(nextMs, longestMs, Math.max(shortestMs, leftMs))
    }
    if (this.#files.size > 0) this.#lookIn(nextMs)
  }

  #look(file: Bounded): void {
    if (file.isBusy) return
    file.sizeBytes = sizeOf(file.path)
    if (file.sizeBytes <= file.bytes) return
    file.isBusy = true
    void rotate(file)
      .catch((error: unknown) => this.#onTrouble(`${file.path} cannot be kept short: ${(error as Error).message}`))
      .finally(() => {
        file.isBusy = false
        file.sizeBytes = sizeOf(file.path)
      })
  }
}

/** Moves all but the newest of a file to `.1`. Never leaves the file longer than it was, also when there is no room for a copy. */
async function rotate(file: LogBound & { readonly path: string }): Promise<void> {
  const log = await open(file.path, 'r+')
  try {
    // The file system cuts whole blocks, and never up to the end.
    const wholeBytes = Math.max(0, Math.ceil(fstatSync(log.fd).size / blockBytes) - 1) * blockBytes
    const copy = file.keep === 0 ? undefined : await copied(log, file, wholeBytes).catch(() => undefined)
    const isCut = wholeBytes > 0 && (await cutFront(log.fd, wholeBytes))
    if (!isCut) {
      if (copy !== undefined) copyRest(log.fd, copy.fd, wholeBytes, file.bytes)
      ftruncateSync(log.fd)
    }
    await copy?.close()
    if (copy !== undefined) shift(file)
    else rmSync(newOf(file.path), { force: true })
    if (copy === undefined && file.keep > 0) throw new Error('there is no room for a copy of what was cut off')
  } finally {
    await log.close()
  }
}

/** False where the file system cannot, or without the addon. */
function cutFront(fd: number, bytes: number): Promise<boolean> {
  const native = loadNative()
  if (native === undefined) return Promise.resolve(false)
  return new Promise((resolve) => {
    if (native.cutFront(fd, bytes, (status) => resolve(status >= 0)) < 0) resolve(false)
  })
}

/** The newest of the whole blocks, in a file that is not yet in its place. */
async function copied(
  log: FileHandle,
  { path, bytes }: { path: string; bytes: number },
  wholeBytes: number,
): Promise<FileHandle> {
  const copy = await open(newOf(path), 'w', 0o600)
  try {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    for (let at = Math.max(0, wholeBytes - bytes); at < wholeBytes;) {
      const { bytesRead } = await log.read(buffer, 0, Math.min(chunkBytes, wholeBytes - at), at)
      if (bytesRead === 0) break
      await writeAll(copy, buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    return copy
  } catch (error) {
    await copy.close()
    throw error
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten
}

/** What was written while the rest was copied: at once, as the file is emptied right after. */
function copyRest(log: number, copy: number, fromBytes: number, mostBytes: number): void {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let at = Math.max(fromBytes, fstatSync(log).size - mostBytes)
  for (;;) {
    const count = readSync(log, buffer, 0, chunkBytes, at)
    if (count === 0) return
    at += count
    try {
      writeSync(copy, buffer, 0, count)
    } catch {
      return // The disk is full: what is bounded goes first.
    }
  }
}

/** `.1` becomes `.2`, and so on; the oldest goes. */
function shift({ path, keep }: LogBound & { readonly path: string }): void {
  for (let age = keep - 1; age >= 1; age--) {
    try {
      renameSync(`${path}.${age}`, `${path}.${age + 1}`)
    } catch {
      // There are not so many yet.
    }
  }
  renameSync(newOf(path), `${path}.1`)
}

const newOf = (path: string): string => `${path}.new`

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
