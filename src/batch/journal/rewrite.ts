/** A journal that is being written anew, beside the one that counts; see `Journal.rewrite`. */
import { encodeLine } from './lines.ts'
import type { JournalFiles } from './files.ts'

/** Written at a time: between two pieces slices go on. */
const pieceBytes = 65_536

export class Rewrite {
  readonly #path: string
  readonly #files: JournalFiles
  #file: number | undefined
  #bytes = 0
  #isWhole = true
  /** What was written to the old one meanwhile. */
  #since: Buffer[] = []

  constructor(path: string, files: JournalFiles) {
    this.#path = path
    this.#files = files
  }

  /** A line that the old journal has got; the new one needs it too. */
  add(line: Buffer): void {
    this.#since.push(line)
  }

  /** Writes the facts, a piece a turn of the event loop; false when it was dropped meanwhile. */
  async write(heads: readonly unknown[], facts: Iterable<unknown>): Promise<boolean> {
    this.#file = this.#files.open(this.#beside, true)
    let [piece, size]: [Buffer[], number] = [[], 0]
    for (const fact of [...heads, ...facts]) {
      const line = encodeLine(fact)
      piece.push(line)
      size += line.length
      if (size < pieceBytes) continue
      this.#put(Buffer.concat(piece))
      ;[piece, size] = [[], 0]
      await new Promise((resolve) => setImmediate(resolve))
      if (!this.#isWhole) return false
    }
    this.#put(Buffer.concat(piece))
    // The large part while nobody waits; what comes behind is little.
    await this.#files.syncLater(this.#file)
    return this.#isWhole
  }

  /** Puts it in the place of the old one; gives the file, open for appending. */
  finish(): { readonly file: number; readonly bytes: number } {
    const file = this.#file!
    this.#put(Buffer.concat(this.#since.splice(0)))
    this.#files.sync(file)
    this.#files.rename(this.#beside, this.#path)
    this.#file = undefined
    try {
      this.#files.syncFolder(this.#path)
    } catch {
      // Only after a power failure the old one could stand there again; there is no way back from here.
    }
    return { file, bytes: this.#bytes }
  }

  /** Gives up, once: the old journal stays, and what is beside it later is another one's. */
  drop(): void {
    if (!this.#isWhole) return
    this.#isWhole = false
    const file = this.#file
    this.#file = undefined
    try {
      if (file !== undefined) this.#files.close(file)
      this.#files.remove(this.#beside)
    } catch {
      // It is overwritten next time.
    }
  }

  get #beside(): string {
    return `${this.#path}.new`
  }

  #put(bytes: Buffer): void {
    this.#files.write(this.#file!, bytes)
    this.#bytes += bytes.length
  }
}
