/** Whole messages that wait behind a connection whose peer does not read, so that the oldest can go when there are too many. */
import type { Bytes } from '../framing/index.ts'
import type { StreamConnection } from '../io/index.ts'

export class Outbox {
  #bytes = 0
  /** From `#first` on; what was sent before is cut off now and then. */
  #messages: Buffer[] = []
  #first = 0

  get bytes(): number {
    return this.#bytes
  }

  get isEmpty(): boolean {
    return this.#first === this.#messages.length
  }

  /** Copies a message in. */
  push(message: Bytes): void {
    const copy = Buffer.from(message as Uint8Array)
    this.#messages.push(copy)
    this.#bytes += copy.length
  }

  /** Drops the oldest until at most so many bytes wait; gives how many messages that were. */
  trim(mostBytes: number): number {
    let dropped = 0
    for (; this.#bytes > mostBytes && !this.isEmpty; dropped++) this.#shift()
    return dropped
  }

  /** Sends until the connection wants to be waited for again; true when nothing is left. */
  flush(connection: StreamConnection): boolean {
    while (!this.isEmpty) {
      const taken = connection.write(this.#shift())
      if (!taken && connection.queuedBytes > 0) return false
    }
    return true
  }

  #shift(): Buffer {
    const message = this.#messages[this.#first] as Buffer
    this.#bytes -= message.length
    this.#first++
    if (this.#first > 64 && this.#first * 2 > this.#messages.length) {
      this.#messages = this.#messages.slice(this.#first)
      this.#first = 0
    }
    return message
  }
}
