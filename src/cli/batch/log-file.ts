/**
 * A log that is written while it is read, and rotated: `log` is moved to `log.1`, that to `log.2`, and `log` begun anew. Files are
 * known by their inode, so that what was written before a move is read to its end, and nothing twice.
 */
import { open, stat, type FileHandle } from 'node:fs/promises'

const pieceBytes = 65_536
/** Older files that are looked for. */
const mostOlder = 1_000

/** All of a file, in pieces; nothing of one that there is not. */
async function* piecesOf(path: string): AsyncGenerator<Buffer> {
  const follower = new LogFollower(path)
  try {
    yield* follower.rest()
  } finally {
    await follower.close()
  }
}

export class LogFollower {
  readonly #path: string
  #file: FileHandle | undefined
  #inode: number | undefined
  #position = 0

  constructor(path: string) {
    this.#path = path
  }

  /** All that there is, the older files first. To be called once, before `more`. */
  async *all(): AsyncGenerator<Buffer> {
    await this.#isOpen()
    for (const older of await this.#movedSince(undefined)) yield* piecesOf(older)
    yield* this.rest()
  }

  /** What was written since the last time, through all rotations. */
  async *more(): AsyncGenerator<Buffer> {
    yield* this.rest()
    const now = await inodeOf(this.#path)
    // Moved, and none begun yet: the one that is open tells where to go on later.
    if (now === undefined || now === this.#inode || this.#file === undefined) return
    // Between the look above and now the last bytes may have come, as the file was moved.
    yield* this.rest()
    for (const between of await this.#movedSince(this.#inode)) yield* piecesOf(between)
    await this.close()
    yield* this.rest()
  }

  /** What is left of the file that is open; opens it if need be. */
  async *rest(): AsyncGenerator<Buffer> {
    if (!(await this.#isOpen())) return
    for (;;) {
      const { buffer, bytesRead } = await (this.#file as FileHandle).read(
        Buffer.allocUnsafe(pieceBytes),
        0,
        pieceBytes,
        this.#position,
      )
      if (bytesRead === 0) break
      this.#position += bytesRead
      yield buffer.subarray(0, bytesRead)
    }
    // One that was cut begins anew.
    const { size } = await (this.#file as FileHandle).stat()
    if (size < this.#position) this.#position = 0
  }

  async close(): Promise<void> {
    const file = this.#file
    this.#file = undefined
    this.#inode = undefined
    this.#position = 0
    await file?.close()
  }

  async #isOpen(): Promise<boolean> {
    if (this.#file !== undefined) return true
    try {
      this.#file = await open(this.#path, 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false
      throw error
    }
    this.#inode = (await this.#file.stat()).ino
    return true
  }

  /** Files that were moved away, up to the one of that inode, the oldest first; the one that is open is not among them. */
  async #movedSince(last: number | undefined): Promise<string[]> {
    const between: string[] = []
    for (let number = 1; number <= mostOlder; number++) {
      const path = `${this.#path}.${number}`
      const inode = await inodeOf(path)
      // Where the one that was open is gone, all that there is is newer.
      if (inode === undefined || inode === last) return between
      if (inode !== this.#inode) between.unshift(path)
    }
    return between
  }
}

async function inodeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).ino
  } catch {
    return undefined
  }
}
