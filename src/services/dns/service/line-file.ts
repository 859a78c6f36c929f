/**
 * Lines for a file or stderr, which never hold anybody up: they wait in a bounded buffer for the disk, and what finds no room is
 * dropped and counted. A file that was renamed is made anew.
 */
import { closeSync, constants, fstatSync, openSync, statSync, write, writeSync } from 'node:fs'

import { systemClock, type Clock, type Timer } from '../../../core/index.ts'

export interface LineFileOptions {
  /** A path, or `stderr`. */
  readonly file: string
  /** @default 1_048_576 */
  readonly bufferBytes?: number
  /** @default the machine's */
  readonly clock?: Clock
  /** So many lines were lost. */
  readonly onDrop?: (lines: number) => void
}

const stderr = 2
const flushMs = 100
const lookMs = 1_000
const { O_APPEND, O_CREAT, O_WRONLY } = constants

export class LineFile {
  readonly #file: string
  readonly #clock: Clock
  readonly #timer: Timer
  readonly #onDrop: (lines: number) => void
  /** Lines that wait, and those that are being written. */
  #buffer: Buffer
  #spare: Buffer
  #used = 0
  #lines = 0
  #writing = false
  #fd: number | undefined
  #lookedMs = -Infinity
  #closed = false

  constructor({ file, bufferBytes = 1_048_576, clock = systemClock, onDrop = () => {} }: LineFileOptions) {
    this.#file = file
    this.#clock = clock
    this.#onDrop = onDrop
    this.#buffer = Buffer.alloc(bufferBytes >>> 1)
    this.#spare = Buffer.alloc(bufferBytes >>> 1)
    this.#timer = clock.every(flushMs, () => this.#flush())
  }

  /** Adds a line, without its end; false where it was dropped. */
  add(line: string): boolean {
    // A character has three bytes at most in UTF-8, for each unit of a string.
    if (this.#used + line.length * 3 + 1 > this.#buffer.length) {
      this.#onDrop(1)
      return false
    }
    this.#used += this.#buffer.write(line, this.#used)
    this.#buffer[this.#used++] = 0x0a
    this.#lines++
    return true
  }

  /** Writes what waits, at once, and closes the file. */
  close(): void {
    this.#timer.cancel()
    this.#closed = true
    const fd = this.#used > 0 ? this.#open() : this.#fd
    try {
      if (fd !== undefined && this.#used > 0) writeSync(fd, this.#buffer, 0, this.#used)
      else if (this.#used > 0) this.#onDrop(this.#lines)
    } catch {
      this.#onDrop(this.#lines)
    }
    this.#used = 0
    // One that is being written to closes behind that.
    if (!this.#writing) this.#closeFile()
  }

  #flush(): void {
    if (this.#used === 0 || this.#writing) return
    const fd = this.#open()
    if (fd === undefined) return
    const [bytes, size, lines] = [this.#buffer, this.#used, this.#lines]
    this.#buffer = this.#spare
    this.#spare = bytes
    this.#used = 0
    this.#lines = 0
    this.#writing = true
    this.#write(fd, bytes, 0, size, lines)
  }

  #write(fd: number, bytes: Buffer, at: number, end: number, lines: number): void {
    write(fd, bytes, at, end - at, null, (error, written) => {
      if (error === null && at + written < end) return this.#write(fd, bytes, at + written, end, lines)
      this.#writing = false
      if (error !== null) this.#onDrop(lines)
      if (error !== null || this.#closed) this.#closeFile()
    })
  }

  /** The file under its name; undefined where it cannot be opened now. */
  #open(): number | undefined {
    if (this.#file === 'stderr') return stderr
    const nowMs = this.#clock.monotonicMs()
    if (nowMs - this.#lookedMs < lookMs && this.#fd !== undefined) return this.#fd
    this.#lookedMs = nowMs
    if (this.#fd !== undefined && !isSameFile(this.#file, this.#fd)) this.#closeFile()
    try {
      this.#fd ??= openSync(this.#file, O_APPEND | O_CREAT | O_WRONLY, 0o640)
    } catch {
      // No folder, no space, no permission: lines wait, and are dropped when there are too many.
    }
    return this.#fd
  }

  #closeFile(): void {
    const fd = this.#fd
    this.#fd = undefined
    if (fd !== undefined) closeSync(fd)
  }
}

function isSameFile(path: string, fd: number): boolean {
  try {
    const [there, here] = [statSync(path), fstatSync(fd)]
    return there.ino === here.ino && there.dev === here.dev
  } catch {
    return false
  }
}
