/** A request as files: `rfile` to read lines and bytes from, `wfile` to write the answer to. */
import { fail } from '../core/index.ts'
import type { Bytes } from '../framing/index.ts'

/** Longest line that is read without a limit of its own. */
const lineBytesDefault = 65_536
const chunkBytes = 65_536
const newline = 0x0a

/** Where bytes come from: 1 to `sizeBytes` of them, none at the end. */
export interface ByteSource {
  recv(sizeBytes: number): Promise<Buffer>
}

/** Reads a request, with a buffer of its own: what it has read ahead is not to be had from the connection any more. */
export class RequestReader {
  readonly #source: ByteSource
  #buffer: Buffer = Buffer.alloc(0)
  #ended = false

  constructor(source: ByteSource) {
    this.#source = source
  }

  /**
   * The next line with its `\n`; the last one may lack it, and at the end it is empty. With `sizeBytes` at most so many
   * bytes of it. Without, a line over 65,536 bytes is FRAME_TOO_LONG.
   */
  async readLine(sizeBytes?: number): Promise<Buffer> {
    const limit = sizeBytes ?? lineBytesDefault
    let searched = 0
    for (;;) {
      const at = this.#buffer.indexOf(newline, searched)
      if (at >= 0 && at < limit) return this.#take(at + 1)
      if (this.#buffer.length >= limit) {
        if (sizeBytes !== undefined) return this.#take(sizeBytes)
        throw fail('FRAME_TOO_LONG', { framing: 'lines', sizeBytes: this.#buffer.length, limitBytes: limit })
      }
      searched = this.#buffer.length
      if (!(await this.#fill())) return this.#take(this.#buffer.length)
    }
  }

  /** So many bytes, or all there are until the end; fewer only when the end comes before. */
  async read(sizeBytes: number = Infinity): Promise<Buffer> {
    while (this.#buffer.length < sizeBytes && (await this.#fill()));
    return this.#take(Math.min(sizeBytes, this.#buffer.length))
  }

  /** Lines, each with its `\n`, until the end. */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    for (let line = await this.readLine(); line.length > 0; line = await this.readLine()) yield line
  }

  async #fill(): Promise<boolean> {
    if (this.#ended) return false
    const chunk = await this.#source.recv(chunkBytes)
    if (chunk.length === 0) this.#ended = true
    else this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk])
    return !this.#ended
  }

  #take(sizeBytes: number): Buffer {
    const taken = this.#buffer.subarray(0, sizeBytes)
    this.#buffer = this.#buffer.subarray(sizeBytes)
    return taken
  }
}

/** Writes an answer; a write resolves when the system, or the datagram to come, has taken it. */
export interface RequestWriter {
  write(data: Bytes): Promise<void>
}

/** Collects what is written, for one datagram. */
export class DatagramWriter implements RequestWriter {
  readonly #parts: Buffer[] = []

  async write(data: Bytes): Promise<void> {
    this.#parts.push(Buffer.from(data as Uint8Array))
  }

  /** All that was written. */
  get contents(): Buffer {
    return Buffer.concat(this.#parts)
  }
}

/** A datagram as a source: all of it, then its end. */
export function sourceOf(datagram: Buffer): ByteSource {
  let rest = datagram
  return {
    recv: async (sizeBytes) => {
      const part = rest.subarray(0, sizeBytes)
      rest = rest.subarray(sizeBytes)
      return part
    },
  }
}
