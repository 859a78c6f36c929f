/**
 * How much of a message has come that is not whole yet: follows the frames' lengths (RFC 6455, section 5.2) without looking at
 * what they carry. For the limits on the time that a message may take; the receiver itself does not tell.
 */
export class MessageProgress {
  /** Bytes received since the last whole message; 0 between messages. */
  partBytes = 0
  /** Bytes of the frame's head so far: 2, then those of a longer length, then those of the mask. */
  #headBytes = 0
  #opening = 0
  #lengthBytes = 0
  #maskBytes = 0
  #length = 0
  /** Payload of the frame that is still to come. */
  #left = 0
  #inMessage = false

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at)
        this.#left -= taken
        this.partBytes += taken
        at += taken
        if (this.#left === 0) this.#frameEnded()
      } else {
        this.partBytes++
        this.#headByte(chunk[at++] as number)
      }
    }
  }

  #headByte(byte: number): void {
    const at = this.#headBytes++
    if (at === 0) this.#opening = byte
    else if (at === 1) {
      const short = byte & 0x7f
      this.#lengthBytes = short === 126 ? 2 : short === 127 ? 8 : 0
      this.#maskBytes = byte & 0x80 ? 4 : 0
      this.#length = this.#lengthBytes === 0 ? short : 0
    } else if (at < 2 + this.#lengthBytes) this.#length = this.#length * 256 + byte
    if (at === 0 || this.#headBytes < 2 + this.#lengthBytes + this.#maskBytes) return
    this.#headBytes = 0
    this.#left = this.#length
    if (this.#left === 0) this.#frameEnded()
  }

  #frameEnded(): void {
    const isControl = (this.#opening & 0x08) !== 0
    if (!isControl) this.#inMessage = (this.#opening & 0x80) === 0
    if (!this.#inMessage) this.partBytes = 0
  }
}
