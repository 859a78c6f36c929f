/** Frames of one turn for one connection, in one piece of memory, so that they leave with one write. */
import { headerBytes, noBytes } from './frames.ts'

const firstBytes = 4_096
/** A piece that grew beyond this is not kept for the next turn. */
const keptBytes = 262_144

export class Outgoing {
  #bytes: Buffer = noBytes
  #length = 0

  get length(): number {
    return this.#length
  }

  add(kind: number, outcome: number, id: number, subject: string, payload: Uint8Array): void {
    const size = headerBytes + subject.length + payload.length
    const at = this.#room(4 + size)
    const bytes = this.#bytes
    bytes.writeUInt32BE(size, at)
    bytes[at + 4] = kind
    bytes[at + 5] = outcome
    bytes.writeUInt16BE(subject.length, at + 6)
    bytes.writeUInt32BE(id, at + 8)
    bytes.write(subject, at + 4 + headerBytes, 'latin1')
    bytes.set(payload, at + 4 + headerBytes + subject.length)
  }

  /** A frame as it came. */
  addFrame(frame: Uint8Array): void {
    const at = this.#room(4 + frame.length)
    this.#bytes.writeUInt32BE(frame.length, at)
    this.#bytes.set(frame, at + 4)
  }

  /** All frames, as a view that is valid until the next `add`. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.#length)
    this.#length = 0
    if (this.#bytes.length > keptBytes) this.#bytes = noBytes
    return bytes
  }

  #room(size: number): number {
    const at = this.#length
    this.#length = at + size
    if (this.#length > this.#bytes.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(firstBytes, this.#length, this.#bytes.length * 2))
      larger.set(this.#bytes.subarray(0, at))
      this.#bytes = larger
    }
    return at
  }
}
