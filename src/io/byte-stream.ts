/**
 * A connection as bytes to pull: recv and send in BSD's words, with back-pressure in both directions.
 * Reading pauses while nobody asks and the buffer is full; `send` waits while the peer does not read.
 */
import { fail, type LaneworkError } from '../core/index.ts'
import type { Bytes, Framing } from '../framing/index.ts'
import { loadNative } from '../native/index.ts'
import { formatAddress, type Address } from './address.ts'
import { attachNativeStream } from './native/attach.ts'
import { shareableDescriptor } from './share.ts'
import type { CloseReason, LentStream, StreamConnection, StreamEvents } from './types.ts'

/** Bytes read ahead before the peer is slowed down. */
const readAheadBytes = 65_536
/** What goes along with the descriptor of a connection that is given to another process. */
interface SharedStream extends Omit<LentStream, 'descriptor'> {
  /** What had been read and not been taken. */
  readonly received: Uint8Array
}

/** After our close the peer has this long to finish too. */
const lingerMs = 2_000

interface Waiter {
  readonly resolve: () => void
  readonly reject: (error: Error) => void
}

/**
 * One connection, read with `recv`, `read` or `for await`, written with `send`.
 *
 * @example
 * const connection = await connect('tcp://127.0.0.1:9001')
 * await connection.send('hello')
 * console.log(String(await connection.recv(1024)))
 * await connection.close()
 */
export class ByteStream implements StreamEvents {
  readonly #connection: StreamConnection
  #chunks: Buffer[] = []
  #bufferedBytes = 0
  #receivedBytes = 0
  #sentBytes = 0
  #peerEnded = false
  #closed: CloseReason | undefined
  #paused = false
  #ended = false
  /** Nothing more is taken from the peer. */
  #stopped = false
  /** Closed by us; the connection may live on for a moment to see the peer finish. */
  #letGo = false
  /** What was given to another process or thread, which reads and writes from now on. */
  #lent: { kind: string; data: SharedStream; descriptors: number[] } | undefined
  /** Longest wait of one `recv` or `send`, in milliseconds; then it is TIMED_OUT. @default no limit */
  timeoutMs: number | undefined = undefined
  readonly #readers: (() => void)[] = []
  readonly #writers: Waiter[] = []
  readonly #closing: (() => void)[] = []
  #resolveClosed: (reason: CloseReason) => void = () => {}
  /** Resolves when the connection is gone altogether. */
  readonly closed: Promise<CloseReason> = new Promise((resolve) => {
    this.#resolveClosed = resolve
  })

  constructor(connection: StreamConnection) {
    this.#connection = connection
    connection.start(this)
  }

  /**
   * The receiver's end of a connection that another process lent; the descriptor belongs to it from now on. Both ends
   * are the same connection: `close` here finishes it for both, `release` lets go of it here alone.
   */
  static attach(shared: unknown, descriptor: number): ByteStream {
    const native = loadNative()
    const { received, ...lent } = shared as SharedStream
    if (native === undefined) shareableDescriptor(undefined)
    const stream = new ByteStream(attachNativeStream(native as never, { ...lent, descriptor }))
    if (received.length > 0) stream.onData(Buffer.from(received))
    return stream
  }

  /**
   * What an argument of a process carries instead: the same connection, with what was read ahead. It is read and written
   * there from now on; here it can only be closed. Throws UNSUPPORTED without the addon, NOT_SERIALIZABLE while
   * bytes wait to be sent, CLOSED, CONNECTION_RESET.
   */
  toShared(): { kind: string; data: unknown; descriptors: number[] } {
    if (this.closeReason !== undefined) throw this.#closeError()
    // Asked twice, when a message is written anew, it is given once.
    if (this.#lent !== undefined) return this.#lent
    const lent = this.#connection.lend?.()
    const descriptor = shareableDescriptor(lent?.descriptor)
    const { scheme, record, local } = lent as LentStream
    const received = Buffer.concat(this.#chunks)
    this.#chunks = []
    this.#bufferedBytes = 0
    this.#paused = false
    this.#lent = { kind: 'byte-stream', data: { scheme, record, local, received }, descriptors: [descriptor] }
    this.#wakeReaders()
    return this.#lent
  }

  /** The peer's address. */
  get remote(): Address {
    return this.#connection.remote
  }

  /** Our own address. */
  get local(): Address {
    return this.#connection.local
  }

  /** Why the connection ended, once it has. */
  get closeReason(): CloseReason | undefined {
    return this.#closed ?? (this.#letGo ? { kind: 'local' } : undefined)
  }

  /** Bytes received so far plus bytes sent so far: stands still when nothing moves. */
  get activityBytes(): number {
    return this.#receivedBytes + this.#sentBytes - this.#connection.queuedBytes
  }

  /** Bytes given to `send` that the kernel has not taken. */
  get queuedBytes(): number {
    return this.#connection.queuedBytes
  }

  /**
   * The next 1 to `sizeBytes` bytes, whatever arrived; empty at the clean end of the stream.
   * Throws CONNECTION_RESET when the peer broke it off, CLOSED after our own close.
   */
  async recv(sizeBytes = 65_536): Promise<Buffer> {
    await this.whenReadable()
    if (this.#bufferedBytes > 0) return this.#take(sizeBytes)
    if (!this.#letGo && (this.#peerEnded || this.#closed?.kind === 'end')) return Buffer.alloc(0)
    throw this.#closeError()
  }

  /** Exactly `sizeBytes` bytes; fewer only when the stream ended cleanly before. */
  async read(sizeBytes: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let missing = sizeBytes
    while (missing > 0) {
      const part = await this.recv(missing)
      if (part.length === 0) break
      parts.push(part)
      missing -= part.length
    }
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
  }

  /** Sends all of `data`; resolves when the kernel has taken it, so a peer that does not read holds us up. */
  async send(data: Bytes): Promise<void> {
    if (this.closeReason !== undefined || this.#lent !== undefined) throw this.#closeError()
    if (this.#ended) throw fail('CLOSED', { what: `sending side of the connection to ${formatAddress(this.remote)}` })
    this.#sentBytes += Buffer.byteLength(data)
    if (this.#connection.write(data)) return
    if (this.#closed !== undefined) throw this.#closeError()
    await this.#sent()
  }

  /** The same as `send`: the name streams use. */
  write(data: Bytes): Promise<void> {
    return this.send(data)
  }

  /** Finishes our side (BSD's shutdown for writing); reading goes on until the peer finishes. */
  end(): void {
    this.#ended = true
    this.#connection.end()
  }

  /**
   * Ends cleanly and lets go; resolves when what was sent is with the system. What the peer still sends is read and
   * dropped until it has finished too, for two seconds at most: to cut it off at once would be a reset, and a
   * reset can destroy what it has not read yet.
   */
  async close(): Promise<void> {
    if (this.#closed !== undefined || this.#letGo) return
    this.#letGo = true
    if (this.#lent !== undefined) this.#connection.takeBack?.()
    this.#lent = undefined
    this.#chunks = []
    this.#bufferedBytes = 0
    this.end()
    this.#wakeReaders()
    this.#connection.resume()
    if (this.#connection.queuedBytes > 0) await new Promise<void>((resolve) => this.#closing.push(resolve))
    this.#connection.ref(false)
    const timer = setTimeout(() => this.#connection.destroy(), lingerMs)
    timer.unref()
    void this.closed.then(() => clearTimeout(timer))
  }

  /**
   * Lets go of it without ending it, once what was sent is with the system: for a connection that another process or
   * thread has too. Held by nobody else, it ends.
   */
  async release(): Promise<void> {
    if (this.#closed !== undefined || this.#letGo) return
    // What was written in this turn leaves at its end.
    await new Promise((resolve) => setImmediate(resolve))
    if (this.#closed === undefined && this.#connection.queuedBytes > 0)
      await new Promise<void>((resolve) => this.#closing.push(resolve))
    this.#connection.destroy()
  }

  /** Breaks off: the peer sees a reset. */
  reset(): void {
    this.#connection.destroy(true)
  }

  /** Collect small writes (false) or send each at once (true, the default): TCP_NODELAY. */
  setNoDelay(yes: boolean): void {
    this.#connection.setNoDelay(yes)
  }

  ref(yes: boolean): void {
    this.#connection.ref(yes)
  }

  /**
   * Chunks as they come, until the peer finishes or `close()` is called here. Throws CONNECTION_RESET when the peer broke
   * off, and CLOSED when we did (`reset()`, or a limit of the server): what came may be half of what was meant.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Buffer, void> {
    for (;;) {
      await this.whenReadable()
      if (this.#letGo) return
      const chunk = await this.recv()
      if (chunk.length === 0) return
      yield chunk
    }
  }

  /**
   * Messages cut out of the stream by a framing, until the peer finishes. A frame longer than `frameBytes` (65,536
   * unless given) is FRAME_TOO_LONG, an end inside a frame FRAME_TRUNCATED. Leaving the loop early loses what
   * was read ahead.
   *
   * @example
   * for await (const line of connection.messages(lines())) console.log(String(line))
   */
  async *messages<Message = Buffer, Reply = Bytes>(
    framing: Framing<Message, Reply>,
    options: { readonly frameBytes?: number } = {},
  ): AsyncGenerator<Message, void> {
    const decoder = framing.decoder(options.frameBytes ?? 65_536)
    const parse = framing.parse ?? ((frame: Buffer) => frame as Message)
    for await (const chunk of this) {
      decoder.push(chunk)
      for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) yield parse(frame)
    }
    const last = decoder.end()
    if (last !== undefined) yield parse(last)
  }

  /** Reads no more from the peer: `recv` gives what has arrived, then the end. Sending goes on. */
  stopReading(): void {
    this.#stopped = true
    this.onEnd()
    this.#connection.pause()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // StreamEvents

  onData(chunk: Buffer): void {
    if (this.#letGo || this.#stopped) return
    this.#chunks.push(chunk)
    this.#bufferedBytes += chunk.length
    this.#receivedBytes += chunk.length
    if (this.#bufferedBytes >= readAheadBytes && !this.#paused) {
      this.#paused = true
      this.#connection.pause()
    }
    this.#wakeReaders()
  }

  onEnd(): void {
    this.#peerEnded = true
    this.#wakeReaders()
  }

  onDrain(): void {
    for (const writer of this.#writers.splice(0)) writer.resolve()
    for (const resolve of this.#closing.splice(0)) resolve()
  }

  onClose(reason: CloseReason): void {
    this.#closed = reason
    this.#resolveClosed(reason)
    for (const writer of this.#writers.splice(0)) writer.reject(this.#closeError())
    for (const resolve of this.#closing.splice(0)) resolve()
    this.#wakeReaders()
  }

  /** What has arrived, at most `sizeBytes`, in one piece. */
  #take(sizeBytes: number): Buffer {
    const parts: Buffer[] = []
    let missing = Math.min(sizeBytes, this.#bufferedBytes)
    while (missing > 0) {
      const first = this.#chunks[0] as Buffer
      parts.push(first.subarray(0, missing))
      if (first.length <= missing) this.#chunks.shift()
      else this.#chunks[0] = first.subarray(missing)
      missing -= Math.min(missing, first.length)
    }
    const taken = parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
    this.#bufferedBytes -= taken.length
    if (this.#paused && !this.#stopped && this.#bufferedBytes < readAheadBytes / 2 && this.#closed === undefined) {
      this.#paused = false
      this.#connection.resume()
    }
    return taken
  }

  /** Resolves when `recv` would not wait: there are bytes, or there will be none. Throws TIMED_OUT after `timeoutMs`. */
  async whenReadable(): Promise<void> {
    const { timeoutMs } = this
    let late = false
    const wake = (): void => {
      late = true
      this.#wakeReaders()
    }
    let timer: NodeJS.Timeout | undefined
    try {
      while (
        this.#bufferedBytes === 0 &&
        !this.#peerEnded &&
        this.closeReason === undefined &&
        this.#lent === undefined
      ) {
        if (late && timeoutMs !== undefined) throw this.#late('Receiving', timeoutMs)
        if (timeoutMs !== undefined) timer ??= setTimeout(wake, timeoutMs)
        await new Promise<void>((resolve) => this.#readers.push(resolve))
      }
    } finally {
      clearTimeout(timer)
    }
  }

  /** Resolves when what was written is with the system. */
  async #sent(): Promise<void> {
    const { timeoutMs } = this
    let timer: NodeJS.Timeout | undefined
    try {
      await new Promise<void>((resolve, reject) => {
        this.#writers.push({ resolve, reject })
        if (timeoutMs !== undefined) timer = setTimeout(() => reject(this.#late('Sending', timeoutMs)), timeoutMs)
      })
    } finally {
      clearTimeout(timer)
    }
  }

  #late(doing: string, timeoutMs: number): LaneworkError {
    return fail('TIMED_OUT', { what: `${doing} on the connection to ${formatAddress(this.remote)}`, timeoutMs })
  }

  #wakeReaders(): void {
    for (const resolve of this.#readers.splice(0)) resolve()
  }

  #closeError(): LaneworkError | Error {
    const address = formatAddress(this.#connection.remote)
    if (this.#lent !== undefined)
      return fail('CLOSED', { what: `connection to ${address}, given to another process or thread,` })
    if (this.#closed?.kind === 'reset') return fail('CONNECTION_RESET', { address }, { cause: this.#closed.error })
    return this.#closed?.error ?? fail('CLOSED', { what: `connection to ${address}` })
  }
}
