/** Lines that came and wait to be read, of a bounded number: the oldest go, and a line says how many. */
import type { RoomLine } from './room-line.ts'

export interface LineQueue extends AsyncIterable<RoomLine> {
  push(line: RoomLine): void
  /** Nothing more comes; with an error, whoever reads gets it after the lines. */
  end(error?: unknown): void
  readonly isEnded: boolean
}

/** A queue of at most `most` lines, for one reader. */
export function lineQueue(most: number): LineQueue {
  let lines: RoomLine[] = []
  let dropped = 0
  let ended: { readonly error: unknown } | undefined
  let wake: () => void = () => {}
  return {
    get isEnded() {
      return ended !== undefined
    },
    push(line) {
      if (ended !== undefined) return
      lines.push(line)
      if (lines.length > most) {
        lines.shift()
        dropped++
      }
      wake()
    },
    end(error) {
      ended ??= { error }
      wake()
    },
    async *[Symbol.asyncIterator]() {
      for (;;) {
        const ready = lines
        lines = []
        if (dropped > 0) yield statusLine(`${dropped} lines came too fast to be read`)
        dropped = 0
        yield* ready
        if (lines.length > 0) continue
        if (ended !== undefined) {
          if (ended.error !== undefined) throw ended.error
          return
        }
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

/** A line about the way to the server. */
export function statusLine(text: string): RoomLine {
  return { kind: 'status', text, body: text }
}
