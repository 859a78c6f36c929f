/** The last bytes of a stream. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

const tailBytes = 4_096

export class Tail {
  #chunks: Buffer[] = []
  #bytes = 0

  add(chunk: Uint8Array): void {
    // A copy, so that a few bytes do not keep a large chunk alive.
    const part = Buffer.from(chunk.subarray(Math.max(0, chunk.length - tailBytes)))
    this.#chunks.push(part)
    this.#bytes += part.length
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= tailBytes) this.#bytes -= this.#chunks.shift()?.length ?? 0
  }

  get text(): string {
    return String(Buffer.concat(this.#chunks).subarray(-tailBytes))
  }
}

/** The last bytes of a file; empty when it cannot be read. */
export function fileTail(path: string): string {
  try {
    const descriptor = openSync(path, 'r')
    try {
      const buffer = Buffer.alloc(tailBytes)
      const from = Math.max(0, fstatSync(descriptor).size - tailBytes)
      return String(buffer.subarray(0, readSync(descriptor, buffer, 0, tailBytes, from)))
    } finally {
      closeSync(descriptor)
    }
  } catch {
    return ''
  }
}
