/**
 * Bytes of one turn on their way to connections. What each is to be sent ends up in one piece, so that it takes one system call, also
 * where messages to many connections alternate:
 *
 *   add    │ a1 b1 c1 a2 b2 c2 │                     │     in the order of the calls, pieces of an entry linked
 *   seal   │ a1 b1 c1 a2 b2 c2 │ a1 a2 b1 b2 c1 c2   │     entries of several pieces are gathered behind them
 *
 * One quad an entry, for the addon: descriptor, offset, bytes, result.
 */

const entryCount = 1024
const pieceCount = 8192

export class OutgoingArena {
  readonly bytes: Buffer
  readonly quads: Int32Array = new Int32Array(entryCount * 4)
  readonly #stagingBytes: number
  readonly #offsets = new Int32Array(pieceCount)
  readonly #sizes = new Int32Array(pieceCount)
  /** The entry's next piece; 0 for none, as the first piece of all is nobody's next. */
  readonly #nexts = new Int32Array(pieceCount)
  readonly #firsts = new Int32Array(entryCount)
  readonly #lasts = new Int32Array(entryCount)
  #entries = 0
  #pieces = 0
  #used = 0
  #isSplit = false

  constructor(stagingBytes: number) {
    this.#stagingBytes = stagingBytes
    this.bytes = Buffer.from(new ArrayBuffer(2 * stagingBytes))
  }

  get entries(): number {
    return this.#entries
  }

  /** Adds bytes to an entry, or to a new one of this descriptor where `entry` is negative. Gives the entry; -1 when there is no room. */
  add(fd: number, entry: number, bytes: Uint8Array): number {
    const size = bytes.length
    const offset = this.#used
    if (offset + size > this.#stagingBytes || this.#pieces === pieceCount) return -1
    if (entry < 0 && this.#entries === entryCount) return -1
    this.bytes.set(bytes, offset)
    this.#used = offset + size
    if (entry < 0) return this.#newEntry(fd, offset, size)
    const total = entry * 4 + 2
    this.quads[total] = (this.quads[total] as number) + size
    const last = this.#lasts[entry] as number
    const lastSize = this.#sizes[last] as number
    if ((this.#offsets[last] as number) + lastSize === offset) this.#sizes[last] = lastSize + size
    else this.#lasts[entry] = this.#nexts[last] = this.#newPiece(offset, size)
    return entry
  }

  /** Brings all bytes of each entry together; nothing may be added after it, before `clear`. */
  seal(): void {
    if (!this.#isSplit) return
    let at = this.#stagingBytes
    for (let entry = 0; entry < this.#entries; entry++) {
      let piece = this.#firsts[entry] as number
      if (piece === this.#lasts[entry]) continue
      this.quads[entry * 4 + 1] = at
      do {
        const offset = this.#offsets[piece] as number
        const size = this.#sizes[piece] as number
        this.bytes.copyWithin(at, offset, offset + size)
        at += size
        piece = this.#nexts[piece] as number
      } while (piece !== 0)
    }
  }

  clear(): void {
    this.#entries = 0
    this.#pieces = 0
    this.#used = 0
    this.#isSplit = false
  }

  #newEntry(fd: number, offset: number, size: number): number {
    const entry = this.#entries++
    const quad = entry * 4
    this.quads[quad] = fd
    this.quads[quad + 1] = offset
    this.quads[quad + 2] = size
    this.#firsts[entry] = this.#lasts[entry] = this.#addPiece(offset, size)
    return entry
  }

  #newPiece(offset: number, size: number): number {
    this.#isSplit = true
    return this.#addPiece(offset, size)
  }

  #addPiece(offset: number, size: number): number {
    const piece = this.#pieces++
    this.#offsets[piece] = offset
    this.#sizes[piece] = size
    this.#nexts[piece] = 0
    return piece
  }
}
