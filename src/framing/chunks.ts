/**
 * The bytes of one stream that no frame has taken yet, in the chunks in which they came.
 *
 *   chunks      [ . . . a b c ] [ d e f g h ] [ i j ]
 *                       ▲ front       ▲ search position: all before it has been looked at
 *   take(3)             a b c                             a view, no copy
 *   take(5)             a b c     d e                     one copy, as it crosses a border
 *
 * Every operation is amortised O(1) in what it passes over. Small chunks that arrive while others
 * wait are copied together into blocks, so that a peer that sends single bytes cannot make each of
 * them cost an object: the memory held stays within about twice the bytes waiting.
 */

/** Chunks up to this size are copied together; a larger one is worth its own view. */
const smallChunkBytes = 512
const firstBlockBytes = 1_024
const largestBlockBytes = 65_536

/** Stands in for a chunk that has been used up, so that its memory is free at once. */
const usedUp: Buffer = Buffer.alloc(0)

/** Used-up chunks are dropped from the list once there are this many and they are the larger half. */
const compactAt = 32

/**
 * A queue of bytes for decoders: pushed as chunks, taken as pieces of any size, searched without
 * ever looking at a byte twice. Sizes and offsets are in bytes, counted from the front.
 *
 * @example
 * import { ChunkQueue } from 'lanework/framing'
 *
 * const queue = new ChunkQueue()
 * queue.push(Buffer.from('key=va'))
 * queue.push(Buffer.from('lue'))
 * const key = queue.take(queue.indexOf(0x3d))
 * queue.skip(1)
 * console.log(key.toString(), queue.take(queue.length).toString()) // key value
 */
export class ChunkQueue {
  readonly #chunks: Buffer[] = []
  #head = 0
  #start = 0
  #length = 0

  /** The block at the end of the list while it has room; its used part is the last chunk. */
  #block: Buffer | undefined
  #blockUsed = 0

  #needle: number | Buffer | undefined
  #searchChunk = 0
  #searchStart = 0
  #searched = 0

  /** Bytes waiting. */
  get length(): number {
    return this.#length
  }

  /**
   * Bytes at the front at which the needle of the last `indexOf` is known not to begin; the bytes
   * after them are unseen, or the start of a needle that is not whole yet.
   */
  get searchedBytes(): number {
    return this.#searched
  }

  /** Appends a chunk and owns it from now on; an empty one is ignored. */
  push(chunk: Buffer): void {
    if (chunk.length === 0) return
    const waiting = this.#length > 0
    this.#length += chunk.length
    if (waiting && chunk.length <= smallChunkBytes) return this.#appendToBlock(chunk)
    this.#block = undefined
    this.#chunks.push(chunk)
  }

  /** The byte at `offset`, or undefined when it has not come yet. */
  at(offset: number): number | undefined {
    let rest = this.#start + offset
    for (let index = this.#head; index < this.#chunks.length; index++) {
      const chunk = this.#chunks[index] as Buffer
      if (rest < chunk.length) return chunk[rest]
      rest -= chunk.length
    }
    return undefined
  }

  /**
   * Takes the next `size` bytes off: a view when they lie in one chunk, else one copy. Throws a
   * RangeError when fewer wait, which is a bug of the caller.
   */
  take(size: number): Buffer {
    const front = this.#chunks[this.#head]
    if (front === undefined || front.length - this.#start < size) return this.#join(size)
    const piece = front.subarray(this.#start, this.#start + size)
    this.skip(size)
    return piece
  }

  /** Drops the next `size` bytes. Throws a RangeError when fewer wait, which is a bug of the caller. */
  skip(size: number): void {
    if (size > this.#length) throw new RangeError(`${size} bytes taken where ${this.#length} wait`)
    this.#length -= size
    if (this.#length === 0) return this.#reset()
    this.#start += size
    this.#dropUsedUp()
    if (size < this.#searched) this.#searched -= size
    else this.#searchFromFront()
  }

  /**
   * Where a byte, or a sequence of bytes, first begins; -1 when it is not there yet. The search goes
   * on where the last one for the same needle (for a sequence: the same object) gave up.
   */
  indexOf(needle: number | Buffer): number {
    if (needle !== this.#needle) {
      this.#needle = needle
      this.#searchFromFront()
    }
    return typeof needle === 'number' ? this.#indexOfByte(needle) : this.#indexOfSequence(needle)
  }

  #indexOfByte(byte: number): number {
    for (;;) {
      const chunk = this.#chunks[this.#searchChunk]
      if (chunk === undefined) return -1
      const index = chunk.indexOf(byte, this.#searchStart)
      if (index >= 0) return this.#searched + index - this.#searchStart
      this.#searchOnAt(chunk.length)
      if (!this.#searchNextChunk()) return -1
    }
  }

  #indexOfSequence(sequence: Buffer): number {
    for (;;) {
      const chunk = this.#chunks[this.#searchChunk]
      if (chunk === undefined) return -1
      const index = chunk.indexOf(sequence, this.#searchStart)
      if (index >= 0) return this.#searched + index - this.#searchStart
      // Not whole in this chunk; it may still begin in the last bytes and go on in the next chunk.
      this.#searchOnAt(Math.max(this.#searchStart, chunk.length - sequence.length + 1))
      for (; this.#searchStart < chunk.length; this.#searchOnAt(this.#searchStart + 1)) {
        const match = this.#matchAcrossBorders(sequence)
        if (match !== 'none') return match === 'whole' ? this.#searched : -1
      }
      if (!this.#searchNextChunk()) return -1
    }
  }

  /** Compares at the search position; `open` when the bytes end before the sequence does. */
  #matchAcrossBorders(sequence: Buffer): 'whole' | 'open' | 'none' {
    let index = this.#searchChunk
    let chunk = this.#chunks[index] as Buffer
    let offset = this.#searchStart
    for (const byte of sequence) {
      if (offset === chunk.length) {
        const following = this.#chunks[++index]
        if (following === undefined) return 'open'
        chunk = following
        offset = 0
      }
      if (chunk[offset++] !== byte) return 'none'
    }
    return 'whole'
  }

  #searchOnAt(offset: number): void {
    this.#searched += offset - this.#searchStart
    this.#searchStart = offset
  }

  /** False at the last chunk: the position stays at its end, since the chunk may be a block that grows. */
  #searchNextChunk(): boolean {
    if (this.#searchChunk + 1 >= this.#chunks.length) return false
    this.#searchChunk++
    this.#searchStart = 0
    return true
  }

  #searchFromFront(): void {
    this.#searchChunk = this.#head
    this.#searchStart = this.#start
    this.#searched = 0
  }

  #join(size: number): Buffer {
    if (size > this.#length) throw new RangeError(`${size} bytes taken where ${this.#length} wait`)
    const joined = Buffer.allocUnsafe(size)
    let filled = 0
    let start = this.#start
    for (let index = this.#head; filled < size; index++) {
      const chunk = this.#chunks[index] as Buffer
      filled += chunk.copy(joined, filled, start, start + size - filled)
      start = 0
    }
    this.skip(size)
    return joined
  }

  /** Copies into the room left of the last block; bytes already taken from it are never written again. */
  #appendToBlock(chunk: Buffer): void {
    let block = this.#block
    if (block === undefined || block.length - this.#blockUsed < chunk.length) {
      const doubled = block === undefined ? firstBlockBytes : Math.min(block.length * 2, largestBlockBytes)
      block = this.#block = Buffer.allocUnsafe(doubled)
      this.#blockUsed = 0
      this.#chunks.push(usedUp)
    }
    block.set(chunk, this.#blockUsed)
    this.#blockUsed += chunk.length
    this.#chunks[this.#chunks.length - 1] = block.subarray(0, this.#blockUsed)
  }

  /** Moves the front past chunks that have no byte left; at least one byte waits. */
  #dropUsedUp(): void {
    let chunk = this.#chunks[this.#head] as Buffer
    while (this.#start >= chunk.length) {
      this.#start -= chunk.length
      this.#chunks[this.#head++] = usedUp
      chunk = this.#chunks[this.#head] as Buffer
    }
    if (this.#head >= compactAt && this.#head * 2 >= this.#chunks.length) {
      this.#chunks.splice(0, this.#head)
      this.#searchChunk -= this.#head
      this.#head = 0
    }
  }

  #reset(): void {
    // Usually one chunk is left, and pop keeps the room in the list where `length = 0` would free it.
    if (this.#chunks.length === 1) this.#chunks.pop()
    else this.#chunks.length = 0
    this.#head = 0
    this.#start = 0
    this.#block = undefined
    this.#searchFromFront()
  }
}
