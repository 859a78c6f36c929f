/** A transport over a Unix stream socket, with descriptors along (SCM_RIGHTS). Needs the addon. */
import { fail } from '../../core/index.ts'
import { checkCall, errnoName, Poll, readable, writable, type Native } from '../../native/index.ts'
import { needAddon } from '../memory/segment.ts'
import { descriptorsPerWrite, type Sink, type Transport } from './transport.ts'

/** Reads in a row before the rest of the program gets its turn. */
const readsPerTurn = 16
const eof = Buffer.alloc(0)

export class DescriptorTransport implements Transport {
  readonly passesDescriptors = true
  readonly passesLocals = false
  readonly #native: Native
  readonly #descriptor: number
  readonly #arrived = new Int32Array(descriptorsPerWrite + 1)
  #poll: Poll | undefined
  #sink: Sink | undefined
  #paused = false
  #blocked = false
  #closed = false

  /** The descriptor belongs to the transport from now on. */
  constructor(descriptor: number) {
    this.#native = needAddon('channels over descriptors')
    this.#descriptor = descriptor
  }

  start(sink: Sink): void {
    this.#sink = sink
    this.#poll = new Poll(this.#native, this.#descriptor, readable, (events) => this.#ready(events))
  }

  write(bytes: Buffer, start: number, end: number, descriptors: readonly number[]): number {
    if (this.#closed) return end - start
    const status =
      descriptors.length === 0
        ? this.#native.streamWrite(this.#descriptor, bytes, start, end)
        : this.#native.sendDescriptors(this.#descriptor, bytes.subarray(start, end), Int32Array.from(descriptors))
    if (status >= end - start) return status
    if (status < 0 && errnoName(status) !== 'EAGAIN') {
      // The reader is gone; reading finds out what it left behind.
      return end - start
    }
    this.#blocked = true
    this.#watch()
    return Math.max(status, 0)
  }

  pause(yes: boolean): void {
    this.#paused = yes
    this.#watch()
  }

  ref(yes: boolean): void {
    this.#poll?.ref(yes)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#poll?.close()
    this.#native.close(this.#descriptor)
  }

  #watch(): void {
    if (!this.#closed) this.#poll?.watch((this.#paused ? 0 : readable) | (this.#blocked ? writable : 0))
  }

  #ready(events: number): void {
    if (events < 0) return this.#end(fail('CONNECTION_RESET', { address: 'the channel' }))
    if ((events & writable) !== 0 && this.#blocked) {
      this.#blocked = false
      this.#sink?.writable()
      this.#watch()
    }
    if ((events & readable) !== 0) this.#read()
  }

  #read(): void {
    for (let turn = 0; turn < readsPerTurn && !this.#closed && !this.#paused; turn++) {
      const room = this.#sink?.room() ?? eof
      const status = this.#native.recvDescriptors(this.#descriptor, room, this.#arrived)
      if (status === 0) return this.#end()
      if (status < 0) {
        const errno = errnoName(status)
        if (errno === 'EAGAIN' || errno === 'EINTR') return
        if (errno === 'ECONNRESET') return this.#end()
        try {
          checkCall(status, 'recvmsg', 'the channel')
        } catch (error) {
          return this.#end(error as Error)
        }
      }
      const count = this.#arrived[0] as number
      this.#sink?.filled(status, count === 0 ? [] : [...this.#arrived.subarray(1, 1 + count)], [])
      if (status < room.length) return
    }
  }

  #end(error?: Error): void {
    this.#paused = true
    this.#watch()
    this.#sink?.ended(error)
  }
}
