/**
 * Lines of people's clients: LF ends one, a CR before it belongs to the ending. A line that is too long is no reason to end a talk: its
 * beginning comes as a message one byte longer than allowed, and the rest is passed over. The front says so.
 */
import { ChunkQueue, lines, type FrameDecoder, type Framing } from '../../../framing/index.ts'

const lf = 0x0a
const cr = 0x0d

/**
 * Lines of which one that is longer than `frameBytes` comes cut, `frameBytes + 1` bytes of it, in place of FRAME_TOO_LONG.
 */
export function cutLines(): Framing {
  return { ...lines(), name: 'cut-lines', decoder: cutLineDecoder }
}

function cutLineDecoder(frameBytes: number): FrameDecoder {
  const queue = new ChunkQueue()
  /** The beginning of a line that is too long; the rest is passed over until its end. */
  let cut: Buffer | undefined
  const takeLine = (size: number, endingBytes: number): Buffer => {
    const crBytes = size > 0 && queue.at(size - 1) === cr ? 1 : 0
    const line = queue.take(Math.min(size - crBytes, frameBytes + 1))
    queue.skip(size - line.length + endingBytes)
    return line
  }
  const finish = (size: number, endingBytes: number): Buffer => {
    if (cut === undefined) return takeLine(size, endingBytes)
    queue.skip(size + endingBytes)
    const line = cut
    cut = undefined
    return line
  }
  return {
    get pendingBytes() {
      return queue.length + (cut?.length ?? 0)
    },
    push: (chunk) => queue.push(chunk),
    next() {
      const newline = queue.indexOf(lf)
      if (newline >= 0) return finish(newline, 1)
      // Two more than allowed: the last one may be a CR that belongs to the ending.
      if (cut === undefined && queue.length >= frameBytes + 2) cut = queue.take(frameBytes + 1)
      if (cut !== undefined) queue.skip(queue.length)
      return undefined
    },
    end: () => (queue.length === 0 && cut === undefined ? undefined : finish(queue.length, 0)),
  }
}
