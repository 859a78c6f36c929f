/** The owner's ends of a program's pipes, as Node's streams: read and written when the kernel is ready, with no keeper between. */
import { Readable, Writable } from 'node:stream'

import { fail } from '../../core/index.ts'
import { checkCall, errnoName, Poll, readable, writable, type Native } from '../../native/index.ts'

const chunkBytes = 65_536

/** [our end, the program's end] */
export function openPipe(native: Native, weRead: boolean): [number, number] {
  const fds = new Int32Array(2)
  checkCall(native.openPipe(fds, weRead ? 0 : 1), 'pipe', 'a program')
  const [reading, writing] = [fds[0] as number, fds[1] as number]
  return weRead ? [reading, writing] : [writing, reading]
}

/** Reads a pipe's end; a reader that stops lets the program wait. */
export class PipeReader extends Readable {
  readonly #native: Native
  readonly #descriptor: number
  readonly #poll: Poll
  readonly #tap: (chunk: Buffer) => void

  /** `tap` sees each chunk as it is read. */
  constructor(native: Native, descriptor: number, tap: (chunk: Buffer) => void) {
    super({ highWaterMark: chunkBytes })
    this.#native = native
    this.#descriptor = descriptor
    this.#tap = tap
    this.#poll = new Poll(native, descriptor, readable, () => this.#onReadable())
    this.#poll.watch(0)
  }

  ref(yes: boolean): void {
    this.#poll.ref(yes)
  }

  override _read(): void {
    this.#poll.watch(readable)
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#poll.close()
    this.#native.close(this.#descriptor)
    done(error)
  }

  #onReadable(): void {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    const got = this.#native.readBytes(this.#descriptor, buffer)
    if (got > 0) {
      const chunk = buffer.subarray(0, got)
      this.#tap(chunk)
      if (!this.push(chunk)) this.#poll.watch(0)
    } else if (got === 0 || errnoName(got) !== 'EAGAIN') {
      this.#poll.watch(0)
      this.push(null)
    }
  }
}

/** Writes to a pipe's end. A program that reads no more is EPIPE: CONNECTION_RESET. */
export class PipeWriter extends Writable {
  readonly #native: Native
  readonly #descriptor: number
  #poll: Poll | undefined

  constructor(native: Native, descriptor: number) {
    super({ highWaterMark: chunkBytes })
    this.#native = native
    this.#descriptor = descriptor
  }

  override _write(chunk: Buffer, _: BufferEncoding, done: (error?: Error | null) => void): void {
    const put = this.#native.writeBytes(this.#descriptor, chunk)
    if (put === chunk.length) return done()
    if (put < 0 && errnoName(put) === 'EPIPE') return done(fail('CONNECTION_RESET', { address: 'input of a program' }))
    if (put < 0 && errnoName(put) !== 'EAGAIN') return done(new Error(`write failed with ${errnoName(put)}`))
    const rest = chunk.subarray(Math.max(0, put))
    this.#poll = new Poll(this.#native, this.#descriptor, writable, () => {
      this.#poll?.close()
      this.#poll = undefined
      this._write(rest, 'buffer' as BufferEncoding, done)
    })
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.#poll?.close()
    this.#native.close(this.#descriptor)
    done(error)
  }
}
