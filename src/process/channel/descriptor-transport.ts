/** A transport over a Unix stream socket, with descriptors along (SCM_RIGHTS). Needs the addon. */
import { fail } from '../../core/index.ts'
import { checkCall, errnoName, Poll, readable, writable, type Native } from '../../native/index.ts'
import { needAddon } from '../memory/segment.ts'
import { descriptorsPerWrite, type Sink, type Transport } from './transport.ts'

/** Reads in a row before the rest of the program gets its turn. */
const readsPerTurn = 16
const eof = Buffer.alloc(0)
/** The system is short of memory, or has too many descriptors on their way; it passes. */
const wantOfRoom: ReadonlySet<string> = new Set(['ENOBUFS', 'ENOMEM', 'ETOOMANYREFS'])
const retryMs = 10
const readerGone: ReadonlySet<string> = new Set(['EPIPE', 'ECONNRESET', 'ENOTCONN'])

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
    this.#native.claim(descriptor)
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
    if (status < 0 && errnoName(status) !== 'EAGAIN') return this.#refused(status, end - start)
    this.#blocked = true
    this.#watch()
    return Math.max(status, 0)
  }

  #refused(status: number, bytes: number): number {
    if (wantOfRoom.has(errnoName(status))) {
      setTimeout(() => this.#sink?.writable(), retryMs).unref()
      return 0
    }
    // When the reader is gone, reading finds out what it left behind. Any other error would lose what was to be written.
    if (!readerGone.has(errnoName(status))) setImmediate(() => this.#end(asError(status, 'sendmsg')))
    return bytes
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

  runNow(writes: boolean, timeoutMs: number): boolean {
    if (this.#closed) return true
    const mask = (this.#paused ? 0 : readable) | (writes ? writable : 0)
    const status = this.#native.pollNow(this.#descriptor, mask, timeoutMs)
    if (status > 0) this.#ready(status)
    return status !== 0
  }

  #watch(): void {
    if (!this.#closed) this.#poll?.watch((this.#paused ? 0 : readable) | (this.#blocked ? writable : 0))
  }

  #ready(events: number): void {
    if (events < 0) return this.#broke()
    if ((events & writable) !== 0 && this.#blocked) {
      this.#blocked = false
      this.#sink?.writable()
      this.#watch()
    }
    if ((events & readable) !== 0) this.#read()
  }

  /** The other end died with something unread; what it wrote before is still to be had. */
  #broke(): void {
    this.#blocked = false
    this.#sink?.writable()
    if (this.#paused || this.#closed) return
    if (this.#read() === 'empty') return this.#end(fail('CONNECTION_RESET', { address: 'the channel' }))
    this.#watch()
  }

  #read(): 'empty' | undefined {
    for (let turn = 0; turn < readsPerTurn && !this.#closed && !this.#paused; turn++) {
      const room = this.#sink?.room() ?? eof
      const status = this.#native.recvDescriptors(this.#descriptor, room, this.#arrived)
      if (status <= 0) return this.#nothing(status)
      const count = this.#arrived[0] as number
      this.#sink?.filled(status, count === 0 ? [] : this.#claimed(count), [])
      if (status < room.length) return undefined
    }
    return undefined
  }

  #claimed(count: number): number[] {
    const descriptors = [...this.#arrived.subarray(1, 1 + count)]
    for (const descriptor of descriptors) this.#native.claim(descriptor)
    return descriptors
  }

  #nothing(status: number): 'empty' | undefined {
    const errno = status === 0 ? 'EOF' : errnoName(status)
    if (errno === 'EAGAIN') return 'empty'
    if (errno === 'EINTR') return undefined
    this.#end(errno === 'EOF' || errno === 'ECONNRESET' ? undefined : asError(status, 'recvmsg'))
    return undefined
  }

  #end(error?: Error): void {
    this.#paused = true
    this.#watch()
    this.#sink?.ended(error)
  }
}

function asError(status: number, call: string): Error {
  try {
    checkCall(status, call, 'the channel')
  } catch (error) {
    return error as Error
  }
  return fail('CONNECTION_RESET', { address: 'the channel' })
}
