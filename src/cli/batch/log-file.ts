/**
 * A log that is written while it is read, and cut: its front is moved to `log.1`, that to `log.2`, and what the oldest held is gone.
 * Places count from the first byte that was ever written, so that nothing is read twice and what is gone is known:
 *
 *           gone        log.2      log.1      log
 *   0 ──────────────┼──────────┼──────────┼────────▶
 *                                       moved (log.cut)
 *
 * What was read while a cut was under way may be of before or after it; it is read again.
 */
import { open } from 'node:fs/promises'

import { logSizes, readLogCuts } from '../../process/index.ts'

const pieceBytes = 65_536
/** A cut takes milliseconds, unless the disk is busy, or who cuts has been stopped. */
const patienceMs = 60_000
const againMs = 2

export interface LogFollowerOptions {
  /** Called when bytes between what was read and what there is are gone. */
  readonly onGap?: ((bytes: number) => void) | undefined
}

export class LogFollower {
  readonly #path: string
  readonly #onGap: (bytes: number) => void
  /** What is read next, in all that was ever written. */
  #at = 0

  constructor(path: string, { onGap = () => {} }: LogFollowerOptions = {}) {
    this.#path = path
    this.#onGap = onGap
  }

  /** What was written since the last time, at first all that there is, the older files first. */
  async *more(): AsyncGenerator<Buffer> {
    for (;;) {
      const piece = await this.#steady(() => this.#next())
      if (piece === undefined) return
      if (piece.gapBytes > 0) this.#onGap(piece.gapBytes)
      this.#at = piece.from + piece.bytes.length
      if (piece.bytes.length > 0) yield piece.bytes
    }
  }

  /** Read once more where a cut came between. */
  async #steady<Value>(read: () => Promise<Value>): Promise<Value> {
    const deadline = performance.now() + patienceMs
    for (;;) {
      const before = readLogCuts(this.#path)
      const value = await read()
      const after = readLogCuts(this.#path)
      const isSteady = !before.isUnderWay && !after.isUnderWay && before.movedBytes === after.movedBytes
      if (isSteady || performance.now() > deadline) return value
      await new Promise((resolve) => setTimeout(resolve, againMs))
    }
  }

  /** Undefined when there is nothing more now. Changes nothing: what it sees in the midst of a cut counts for nothing. */
  async #next(): Promise<{ gapBytes: number; from: number; bytes: Buffer } | undefined> {
    const [size, ...older] = logSizes(this.#path)
    if (size === undefined) return undefined
    const { movedBytes } = readLogCuts(this.#path)
    // Somebody emptied it: it begins anew.
    const at = movedBytes + size < this.#at ? movedBytes : this.#at
    let begin = movedBytes
    let age = 0
    for (; begin > at && age < older.length; age++) begin -= older[age] ?? 0
    const from = Math.max(at, begin)
    const bytes = await partOf(age === 0 ? this.#path : `${this.#path}.${age}`, from - begin)
    if (bytes.length === 0 && age === 0 && from === this.#at) return undefined
    return { gapBytes: from - at, from, bytes }
  }
}

async function partOf(path: string, at: number): Promise<Buffer> {
  const file = await open(path, 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (file === undefined) return Buffer.alloc(0)
  try {
    const buffer = Buffer.allocUnsafe(pieceBytes)
    const { bytesRead } = await file.read(buffer, 0, pieceBytes, at)
    return buffer.subarray(0, bytesRead)
  } finally {
    await file.close()
  }
}
