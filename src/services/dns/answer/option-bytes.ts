/** EDNS options on their way into an answer (RFC 6891 6.1.2), as they will stand there; written anew for each answer. */
export class OptionBytes {
  readonly bytes: Uint8Array
  length = 0

  /** @param room bytes that all options of an answer take at most */
  constructor(room: number) {
    this.bytes = new Uint8Array(room)
  }

  put(code: number, data: Uint8Array): void {
    const { bytes } = this
    let at = this.length
    bytes[at++] = code >>> 8
    bytes[at++] = code
    bytes[at++] = data.length >>> 8
    bytes[at++] = data.length
    for (let from = 0; from < data.length; from++) bytes[at++] = data[from]!
    this.length = at
  }

  /** Leaves as many whole options as go into `room` bytes. */
  cut(room: number): void {
    const { bytes } = this
    let at = 0
    while (at < this.length) {
      const end = at + 4 + bytes[at + 2]! * 0x100 + bytes[at + 3]!
      if (end > room) break
      at = end
    }
    this.length = at
  }
}
