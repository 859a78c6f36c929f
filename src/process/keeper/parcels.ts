/** Descriptors that the owner sends ahead of a start, over an inherited pair of datagram sockets, each parcel with a number. */
import type { Native } from '../../native/index.ts'

export class Parcels {
  readonly #native: Native
  readonly #socket: number
  readonly #arrived = new Map<number, number[]>()

  constructor(native: Native, socket: number) {
    this.#native = native
    this.#socket = socket
  }

  /** The descriptors of a parcel, now the caller's; it was sent before the start that names it, so it is here. */
  take(number: number): number[] {
    this.#receive()
    const found = this.#arrived.get(number) ?? []
    this.#arrived.delete(number)
    return found
  }

  #receive(): void {
    const buffer = Buffer.alloc(64)
    const fds = new Int32Array(65)
    for (;;) {
      const size = this.#native.recvDescriptors(this.#socket, buffer, fds)
      if (size <= 0) return
      this.#arrived.set(Number(String(buffer.subarray(0, size))), [...fds.subarray(1, 1 + (fds[0] as number))])
    }
  }
}
