/**
 * A lane's listener whose connections the supervisor accepted: they arrive over a Unix socket pair, up to 64 a message, each
 * with its peer's record. What is unread when the lane dies stays in the pair for its successor.
 */
import { errnoName, Poll, readable, type Native } from '../../native/index.ts'
import type { Address } from '../address.ts'
import { systemError } from '../system-error.ts'
import type { ListenerEvents, ListenOptions, StreamListener } from '../types.ts'
import { NativeConnection } from './connection.ts'
import { acceptRetryMs } from './listener.ts'
import { streamEngine, wantRead, type StreamEngine } from './stream-engine.ts'

/** Connections in one message at most: as many descriptors as one may carry. */
export const handedAtOnce = 64
/** Messages taken before the event loop gets its turn. */
const messagesPerTurn = 8

export class HandedListener implements StreamListener {
  readonly address: Address
  readonly #native: Native
  readonly #engine: StreamEngine
  readonly #events: ListenerEvents
  readonly #noDelay: boolean
  readonly #poll: Poll
  readonly #records: Buffer
  readonly #descriptors = new Int32Array(handedAtOnce + 1)
  #fd: number
  #paused = false
  #retry: NodeJS.Timeout | undefined

  /** The descriptor belongs to the listener from now on. */
  static start(
    native: Native,
    fd: number,
    address: Address,
    events: ListenerEvents,
    options: ListenOptions,
  ): HandedListener {
    try {
      return new HandedListener(native, fd, address, events, options)
    } catch (error) {
      native.close(fd)
      throw error
    }
  }

  private constructor(native: Native, fd: number, address: Address, events: ListenerEvents, options: ListenOptions) {
    this.#native = native
    this.#engine = streamEngine(native)
    this.#fd = native.claim(fd)
    this.address = address
    this.#events = events
    this.#noDelay = options.noDelay !== false
    this.#records = Buffer.alloc(handedAtOnce * native.recordBytes)
    this.#poll = new Poll(native, fd, readable, () => this.#turn())
  }

  get descriptor(): number {
    return this.#fd
  }

  pause(): void {
    this.#paused = true
    this.#apply()
  }

  resume(): void {
    this.#paused = false
    this.#apply()
  }

  ref(yes: boolean): void {
    this.#poll.ref(yes)
  }

  async close(): Promise<void> {
    if (this.#fd < 0) return
    clearTimeout(this.#retry)
    this.#poll.close()
    this.#native.close(this.#fd)
    this.#fd = -1
  }

  #apply(): void {
    this.#poll.watch(this.#paused || this.#retry !== undefined ? 0 : readable)
  }

  #turn(): void {
    for (let count = 0; count < messagesPerTurn; count++) {
      if (this.#fd < 0 || this.#paused || this.#retry !== undefined) return
      const status = this.#native.recvDescriptors(this.#fd, this.#records, this.#descriptors)
      if (status < 0) {
        if (errnoName(status) !== 'EAGAIN') this.#wait(errnoName(status))
        return
      }
      this.#take(status / this.#native.recordBytes)
    }
  }

  #take(announced: number): void {
    const arrived = this.#descriptors[0] as number
    const { recordBytes } = this.#native
    for (let index = 0; index < arrived; index++) {
      const record = Buffer.from(this.#records.subarray(index * recordBytes, (index + 1) * recordBytes))
      this.#accept(this.#descriptors[index + 1] as number, record)
    }
    // The system closed those that this process had no room for.
    if (arrived < announced) this.#wait('EMFILE')
  }

  #accept(fd: number, record: Buffer): void {
    const scheme = this.address.scheme === 'unix' ? 'unix' : 'tcp'
    const status = this.#engine.watch(fd, 0, wantRead)
    if (status < 0) {
      this.#native.close(fd)
      this.#wait(errnoName(status))
      return
    }
    const connection = new NativeConnection(this.#engine, fd, record, scheme, this.address)
    if (this.#noDelay) connection.setNoDelay(true)
    try {
      this.#events.onConnection(connection)
    } catch (error) {
      // The others of this message must not be lost for it.
      setImmediate(() => {
        throw error
      })
    }
  }

  #wait(errno: string): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      this.#apply()
    }, acceptRetryMs)
    this.#apply()
    this.#events.onAcceptError(systemError(errno, { syscall: 'recvmsg', address: this.address }), acceptRetryMs)
  }
}
