/** Answers of the owner that are too long for one message of the bus: they are kept for a moment, and fetched part by part. */
import type { Clock, Timer } from '../../../core/index.ts'
import { toBytes, type InParts } from '../messages.ts'

const partBytes = 512 * 1_024
/** A lane that has not fetched all of it by then will not. */
const keptMs = 10_000
/** Of all that is kept; the oldest go. */
const keptBytes = 64 * 1_024 * 1_024

interface Kept {
  readonly bytes: Uint8Array
  readonly timer: Timer
}

export class AnswerParts {
  readonly #clock: Clock
  /** The oldest first. */
  readonly #kept = new Map<number, Kept>()
  #bytes = 0
  #last = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Bytes that are kept. */
  get bytes(): number {
    return this.#bytes
  }

  /** What is sent for an answer: itself, or where it is too long how to fetch it. */
  sent(answer: Uint8Array): Uint8Array {
    if (answer.length <= partBytes) return answer
    const id = ++this.#last
    this.#kept.set(id, { bytes: answer, timer: this.#clock.after(keptMs, () => this.#forget(id)) })
    this.#bytes += answer.length
    for (const oldest of this.#kept.keys()) {
      if (this.#bytes <= keptBytes || oldest === id) break
      this.#forget(oldest)
    }
    return toBytes({ inParts: { id, count: Math.ceil(answer.length / partBytes) } } satisfies InParts)
  }

  /** One part, from 0; empty when the answer is not kept any more. With its last part it is forgotten. */
  part(id: number, index: number): Uint8Array {
    const bytes = this.#kept.get(id)?.bytes ?? new Uint8Array(0)
    const end = (index + 1) * partBytes
    if (end >= bytes.length) this.#forget(id)
    return bytes.subarray(index * partBytes, end)
  }

  close(): void {
    for (const id of this.#kept.keys()) this.#forget(id)
  }

  #forget(id: number): void {
    const kept = this.#kept.get(id)
    if (kept === undefined) return
    kept.timer.cancel()
    this.#kept.delete(id)
    this.#bytes -= kept.bytes.length
  }
}
