/** What a child writes to stderr: passed on, and its end kept as its last words. */
import type { Readable } from 'node:stream'

/** Bytes of output that are kept. */
const keptBytes = 8_192

export class LastWords {
  #chunks: Buffer[] = []
  #bytes = 0

  /** Reads a stream to its end; `forward` passes it on to this program's stderr as well. */
  constructor(stream: Readable | null, forward: boolean) {
    stream?.on('data', (chunk: Buffer) => {
      if (forward && !process.stderr.write(chunk)) waitForStderr(stream)
      this.#keep(chunk)
    })
    stream?.on('error', () => {})
  }

  text(): string {
    return Buffer.concat(this.#chunks).subarray(-keptBytes).toString()
  }

  #keep(chunk: Buffer): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes - (this.#chunks[0]?.length ?? 0) >= keptBytes) this.#bytes -= this.#chunks.shift()?.length ?? 0
  }
}

/** A child that writes faster than this program's stderr is read must wait, not fill the memory. */
function waitForStderr(stream: Readable): void {
  stream.pause()
  process.stderr.once('drain', () => stream.resume())
}
