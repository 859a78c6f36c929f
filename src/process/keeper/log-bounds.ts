/**
 * Keeps output files of programs bounded. A program holds its file open, so another name would not help, and a pipe would die with its
 * reader; instead what is old is copied to `.1` and cut off the front of the file, which the program goes on appending to:
 *
 *    out       ████████████████████▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▒▒▒   longer than the limit
 *    out.2     ████████████████████                          copies of whole pieces, as many as are kept, made beside the event
 *    out.1                         ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓      loop; what there is no room for is dropped, and counted (log-cuts.ts)
 *    out                                               ▒▒▒   cut by the file system in one step: no byte is lost (ext4, XFS, F2FS)
 *
 * Elsewhere, and where files are shorter than a block, the rest is copied too and the file is emptied; what is written in the
 * microseconds between the two is lost. On the disk are never more than `bytes` for each of the kept files and the file itself, one
 * copy, and what comes between two looks; those come the sooner the faster it grows. See fallocate(2), FALLOC_FL_COLLAPSE_RANGE.
 */
import {
  closeSync,
  ftruncateSync,
  fstatSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'

import { loadNative } from '../../native/index.ts'
import { readCuts, sizesOf, writeCuts } from './log-cuts.ts'
import type { LogBound, StreamPlan } from './types.ts'

/** While nothing grows; else no longer than `longestMs`. */
const calmMs = 500
const longestMs = 250
const shortestMs = 20
/** A multiple of what file systems have as blocks, and what is copied at a time. */
const blockBytes = 65_536
const chunkBytes = 1_048_576

type Log = LogBound & { readonly path: string }

interface Bounded {
  log: Log
  /** None: it is only looked at until a change that is under way is done. */
  users: number
  sizeBytes: number
  isBusy: boolean
}

export class LogBounds {
  readonly #files = new Map<string, Bounded>()
  readonly #changes = new Set<Promise<void>>()
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
      const log = { ...limit, path }
      if (known === undefined) this.#files.set(path, { log, users: 1, sizeBytes: 0, isBusy: false })
      else if (known.users++ === 0) known.log = log
    }
    if (this.#files.size > 0) this.#lookIn(shortestMs)
  }

  /** It has ended; its files are looked at once more. One that is being changed stays known: nobody else may begin to change it. */
  remove({ streams }: { readonly streams: readonly StreamPlan[] }): void {
    for (const stream of streams) {
      const file = stream.kind === 'file' ? this.#files.get(stream.path) : undefined
      if (file === undefined || --file.users > 0) continue
      this.#look(file)
      this.#forgetUnused(file)
    }
  }

  /** Resolves when no file is being changed. */
  async settled(): Promise<void> {
    while (this.#changes.size > 0) await Promise.all(this.#changes)
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
      const leftMs = (file.log.bytes - file.sizeBytes) / bytesPerMs
      nextMs = Math.min(nextMs, longestMs, Math.max(shortestMs, leftMs))
    }
    if (this.#files.size > 0) this.#lookIn(nextMs)
  }

  #look(file: Bounded): void {
    if (file.isBusy) return
    const { log, users } = file
    file.sizeBytes = sizeOf(log.path)
    if (file.sizeBytes <= log.bytes) return
    file.isBusy = true
    const change = rotate(log)
      .catch((error: unknown) => this.#onTrouble(`${log.path} cannot be kept short: ${(error as Error).message}`))
      .finally(() => {
        this.#changes.delete(change)
        file.isBusy = false
        file.sizeBytes = sizeOf(log.path)
        // Its last user ended meanwhile, and may have written more.
        if (file.users === 0 && users > 0) this.#look(file)
        this.#forgetUnused(file)
      })
    this.#changes.add(change)
  }

  #forgetUnused(file: Bounded): void {
    if (file.users === 0 && !file.isBusy) this.#files.delete(file.log.path)
  }
}

/**
 * Moves what is longer than the limit away, oldest first, into as many files as are kept. Never leaves the file longer than it was,
 * also when there is no room for copies.
 */
async function rotate(file: Log): Promise<void> {
  const log = await open(file.path, 'r+')
  try {
    const isCut = file.bytes >= blockBytes && (await cutPieces(log, file))
    if (!isCut) await emptied(log, file)
  } finally {
    await log.close()
  }
}

/** Piece by piece, each of whole blocks. False where the file system cannot cut. */
async function cutPieces(log: FileHandle, file: Log): Promise<boolean> {
  const pieceBytes = Math.floor(file.bytes / blockBytes) * blockBytes
  for (let isFirst = true; ; isFirst = false) {
    const sizeBytes = fstatSync(log.fd).size
    if (sizeBytes <= file.bytes) return true
    // The file system never cuts up to the end. What no file is kept for goes at once.
    const pieces = Math.ceil(sizeBytes / pieceBytes) - 1
    const excess = Math.max(0, pieces - file.keep) * pieceBytes
    if (excess > 0 && !(await cutWith(log, file, excess, []))) return isFirst ? false : failedToCut()
    if (file.keep === 0) continue
    const copy = await copied(log, newOf(file.path), 0, pieceBytes).catch(() => undefined)
    const made = copy === undefined ? [] : [newOf(file.path)]
    if (!(await cutWith(log, file, pieceBytes, made))) return isFirst && excess === 0 ? false : failedToCut()
    if (copy === undefined) noRoom()
  }
}

function failedToCut(): never {
  throw new Error('the file system cuts it no further')
}

function noRoom(): never {
  throw new Error('there is no room for a copy of what was cut off')
}

/** Cuts the front off, whose copies are these, oldest first. */
async function cutWith(log: FileHandle, file: Log, bytes: number, copies: readonly string[]): Promise<boolean> {
  const before = readCuts(file.path)
  writeCuts(file.path, { ...before, isUnderWay: true })
  const isCut = await cutFront(log.fd, bytes)
  if (isCut) for (const copy of copies) shift(file, copy)
  else for (const copy of copies) rmSync(copy, { force: true })
  noteCut(file, before.movedBytes + (isCut ? bytes : 0))
  return isCut
}

/** What was moved away, and how much of it is in no file any more. */
function noteCut({ path }: Log, movedBytes: number): void {
  const [, ...older] = sizesOf(path)
  const keptBytes = older.reduce((sum, bytes) => sum + bytes, 0)
  writeCuts(path, { movedBytes, droppedBytes: Math.max(0, movedBytes - keptBytes), isUnderWay: false })
}

/** Where it cannot be cut: all of it is copied, and the file emptied. */
async function emptied(log: FileHandle, file: Log): Promise<void> {
  const { path, bytes, keep } = file
  const before = readCuts(path)
  const sizeBytes = fstatSync(log.fd).size
  const pieces = Math.min(keep, Math.ceil(sizeBytes / bytes))
  const copies: string[] = []
  let isWhole = true
  for (let left = pieces; left > 0 && isWhole; left--) {
    const copy = newOf(path, left)
    const from = Math.max(0, sizeBytes - left * bytes)
    isWhole = await copied(log, copy, from, sizeBytes - (left - 1) * bytes).then(
      () => true,
      () => false,
    )
    if (isWhole) copies.push(copy)
    else rmSync(copy, { force: true })
  }
  writeCuts(path, { ...before, isUnderWay: true })
  const last = copies.at(-1)
  const endBytes = last !== undefined && isWhole ? copyRest(log.fd, last, sizeBytes) : fstatSync(log.fd).size
  ftruncateSync(log.fd)
  for (const copy of copies) shift(file, copy)
  noteCut(file, before.movedBytes + endBytes)
  if (!isWhole) noRoom()
}

/** False where the file system cannot, or without the addon. */
function cutFront(fd: number, bytes: number): Promise<boolean> {
  const native = loadNative()
  if (native === undefined) return Promise.resolve(false)
  return new Promise((resolve) => {
    if (native.cutFront(fd, bytes, (status) => resolve(status >= 0)) < 0) resolve(false)
  })
}

/** These bytes, in a file that is not yet in its place. */
async function copied(log: FileHandle, path: string, from: number, to: number): Promise<true> {
  const copy = await open(path, 'w', 0o600)
  try {
    const buffer = Buffer.allocUnsafe(Math.min(chunkBytes, to - from))
    for (let at = from; at < to;) {
      const { bytesRead } = await log.read(buffer, 0, Math.min(buffer.length, to - at), at)
      if (bytesRead === 0) break
      await writeAll(copy, buffer.subarray(0, bytesRead))
      at += bytesRead
    }
    return true
  } finally {
    await copy.close()
  }
}

async function writeAll(file: FileHandle, bytes: Buffer): Promise<void> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten
}

/** What was written while the rest was copied: at once, as the file is emptied right after. Gives how far it came. */
function copyRest(log: number, path: string, fromBytes: number): number {
  const copy = openSync(path, 'a')
  const buffer = Buffer.allocUnsafe(chunkBytes)
  let at = fromBytes
  try {
    for (;;) {
      const count = readSync(log, buffer, 0, chunkBytes, at)
      if (count === 0) return at
      at += count
      writeSync(copy, buffer, 0, count)
    }
  } catch {
    return fstatSync(log).size // The disk is full: what is bounded goes first.
  } finally {
    closeSync(copy)
  }
}

/** `.1` becomes `.2`, and so on; the oldest goes. The copy becomes `.1`. */
function shift({ path, keep }: Log, copy: string): void {
  for (let age = keep - 1; age >= 1; age--) {
    try {
      renameSync(`${path}.${age}`, `${path}.${age + 1}`)
    } catch {
      // There are not so many yet.
    }
  }
  renameSync(copy, `${path}.1`)
}

const newOf = (path: string, number = 1): string => (number === 1 ? `${path}.new` : `${path}.new${number}`)

function sizeOf(path: string): number {
  try {
    return statSync(path).size
  } catch {
    return 0
  }
}
