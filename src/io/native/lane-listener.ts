/**
 * A lane's listener with a poll of its own, for connections that come to several lanes.
 *
 *   handed   the supervisor accepted them: they come over a Unix socket pair, up to 64 a message, each with its peer's
 *            record; what is unread when the lane dies stays in the pair for its successor
 *   shared   several lanes accept on one socket; for each connection the kernel wakes one of those that wait
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
/** Messages, or batches of accepts, before the event loop gets its turn. */
const batchesPerTurn = 8
/** A shared listener's share of a crowd: so few at once, or the first lane that wakes took all. */
const sharedAtOnce = 4

export interface LaneListenerOptions extends ListenOptions {
  readonly source: 'handed' | 'shared'
}

export class LaneListener implements StreamListener {
  readonly address: Address
  readonly #native: Native
  readonly #engine: StreamEngine
  readonly #events: ListenerEvents
  readonly #options: LaneListenerOptions
  readonly #poll: Poll
  readonly #records: Buffer
  /** How many a message brought, then their descriptors. */
  readonly #arrived = new Int32Array(handedAtOnce + 1)
  readonly #accepted: Int32Array
  #fd: number
  #paused = false
  #retry: NodeJS.Timeout | undefined

  /** The descriptor belongs to the listener from now on. */
  static start(
    native: Native,
    fd: number,
    address: Address,
    events: ListenerEvents,
    options: LaneListenerOptions,
  ): LaneListener {
    try {
      return new LaneListener(native, fd, address, events, options)
    } catch (error) {
      native.close(fd)
      throw error
    }
  }

  private constructor(
    native: Native,
    fd: number,
    address: Address,
    events: ListenerEvents,
    options: LaneListenerOptions,
  ) {
    this.#native = native
    this.#engine = streamEngine(native)
    this.#fd = native.claim(fd)
    this.address = address
    this.#events = events
    this.#options = options
    this.#records = Buffer.alloc(handedAtOnce * native.recordBytes)
    this.#accepted = this.#arrived.subarray(1, 1 + Math.min(options.acceptBatch ?? sharedAtOnce, handedAtOnce))
    this.#poll = new Poll(native, fd, readable, () => this.#turn())
    this.#apply()
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
    const accepts = !this.#paused && this.#retry === undefined
    this.#poll.watch(accepts ? readable : 0)
    if (accepts && this.#options.source === 'shared') this.#poll.watchAlone()
  }

  #turn(): void {
    // Of a crowd that comes to several lanes, each takes a few a turn.
    const batches = this.#options.source === 'shared' ? 1 : batchesPerTurn
    for (let batch = 0; batch < batches; batch++) {
      if (this.#fd < 0 || this.#paused || this.#retry !== undefined) return
      if (!this.#takeBatch()) return
    }
  }

  /** False when nothing waited, or no more can be taken. */
  #takeBatch(): boolean {
    const { recordBytes } = this.#native
    const isHanded = this.#options.source === 'handed'
    const status = isHanded
      ? this.#native.recvDescriptors(this.#fd, this.#records, this.#arrived)
      : this.#native.acceptMany(this.#fd, this.#records, this.#accepted)
    if (status < 0) {
      if (errnoName(status) !== 'EAGAIN') this.#wait(errnoName(status))
      return false
    }
    const announced = isHanded ? status / recordBytes : status
    const arrived = isHanded ? (this.#arrived[0] as number) : status
    for (let index = 0; index < arrived; index++) {
      const record = Buffer.from(this.#records.subarray(index * recordBytes, (index + 1) * recordBytes))
      this.#accept(this.#arrived[index + 1] as number, record)
    }
    // The system closed those that this process had no room for.
    if (arrived < announced) this.#wait('EMFILE')
    return arrived > 0
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
    if (this.#options.noDelay !== false) connection.setNoDelay(true)
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
    this.#events.onAcceptError(systemError(errno, { syscall: 'accept', address: this.address }), acceptRetryMs)
  }
}
