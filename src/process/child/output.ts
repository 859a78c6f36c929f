/** What a child writes: passed on, kept as its last words, or held for whoever reads it. */
import { Readable } from 'node:stream'

/** Bytes of stderr that are kept as last words. */
const lastWordsBytes = 8_192
/** A line without an end is passed on once it is so long, */
const lineBytes = 65_536
/** or so old: it may be a question, or a bar that grows. */
const lineMs = 100
/** A child whose output is being read waits once so much of it is unread. */
const unreadBytes = 1_048_576
/** A child whose output nobody reads never waits; of what it wrote so much is held, and older output dropped. */
export const heldBytes = 16_777_216

/** Hands each chunk of a stream to `take`; resolves at its end. */
export function readToEnd(stream: Readable, take: (chunk: Buffer) => void): Promise<void> {
  stream.on('data', take)
  // 'close' follows.
  stream.on('error', () => {})
  stream.resume()
  return new Promise((resolve) => {
    stream.on('end', resolve)
    stream.on('close', resolve)
  })
}

/** The end of what was written to stderr. */
export class LastWords {
  #chunks: Buffer[] = []
  #bytes = 0
  #cut = false

  keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    for (;;) {
      const rest = this.#bytes - (this.#chunks[0]?.length ?? 0)
      if (rest < lastWordsBytes) return
      this.#chunks.shift()
      this.#bytes = rest
      this.#cut = true
    }
  }

  text(): string {
    const all = Buffer.concat(this.#chunks)
    const kept = all.subarray(-lastWordsBytes)
    const isCut = this.#cut || kept.length < all.length
    // The first line is most likely half of one.
    return kept.subarray(isCut ? kept.indexOf(10) + 1 : 0).toString()
  }
}

/** Passes output on to this program's stderr in whole lines, so that those of several children do not mix. */
export class LineRelay {
  readonly #source: Readable | null
  #part: Buffer = Buffer.alloc(0)
  #timer: NodeJS.Timeout | undefined

  constructor(source: Readable | null) {
    this.#source = source
  }

  write(chunk: Buffer): void {
    const text = this.#part.length === 0 ? chunk : Buffer.concat([this.#part, chunk])
    const end = Math.max(text.lastIndexOf(10), text.lastIndexOf(13)) + 1
    const whole = text.length - end > lineBytes ? text.length : end
    if (whole > 0 && !process.stderr.write(text.subarray(0, whole))) this.#waitForStderr()
    this.#part = text.subarray(whole)
    clearTimeout(this.#timer)
    if (this.#part.length > 0) this.#timer = setTimeout(() => this.flush(), lineMs).unref()
  }

  flush(): void {
    clearTimeout(this.#timer)
    if (this.#part.length > 0) process.stderr.write(this.#part)
    this.#part = Buffer.alloc(0)
  }

  /** A child that writes faster than this program's stderr is read must wait, not fill the memory. */
  #waitForStderr(): void {
    this.#source?.pause()
    process.stderr.once('drain', () => this.#source?.resume())
  }
}

/**
 * The output of a child, for this program to read. It is taken from the child as it comes, so that nobody who waits
 * for the child's end waits for a reader; only a reader that is slower than the child makes it wait.
 */
export class Output extends Readable {
  readonly #source: Readable
  #held: Buffer[] = []
  #heldBytes = 0
  #isRead = false
  #wanted = false
  #isReleased = false
  #isOver = false

  constructor(source: Readable) {
    super()
    this.#source = source
  }

  add(chunk: Buffer): void {
    if (this.#isOver || this.destroyed) return
    this.#held.push(chunk)
    this.#heldBytes += chunk.length
    this.#give()
    if (!this.#isRead) this.#dropOldest()
    else if (this.#heldBytes > unreadBytes && !this.#isReleased) this.#source.pause()
  }

  /** The child has ended: what it left behind is taken, however slow the reader. */
  release(): void {
    this.#isReleased = true
    this.#source.resume()
  }

  /** Nothing more counts as the child's, even if a process it left behind goes on writing. */
  finish(): void {
    this.#isOver = true
    this.#give()
  }

  override _read(): void {
    this.#isRead = true
    this.#wanted = true
    this.#give()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#held = []
    this.#heldBytes = 0
    this.#source.resume()
    done(error)
  }

  #give(): void {
    while (this.#wanted && this.#held.length > 0) {
      const chunk = this.#held.shift() as Buffer
      this.#heldBytes -= chunk.length
      this.#wanted = this.push(chunk)
    }
    if (this.#held.length > 0) return
    if (this.#isOver) this.push(null)
    else this.#source.resume()
  }

  #dropOldest(): void {
    while (this.#heldBytes > heldBytes) this.#heldBytes -= this.#held.shift()?.length ?? 0
  }
}
