/**
 * One native stream connection. Writes go through the engine's arena; what the kernel does not take waits
 * here until the descriptor is writable again.
 *
 *   reading:  open ──peer's FIN──▶ ended        writing:  open ──end()──▶ finishing ──▶ ended
 *   Both ended: closed with reason `end`. A reset or error closes at once.
 */
import { fail } from '../../core/index.ts'
import { errnoName } from '../../native/index.ts'
import type { Bytes } from '../../framing/index.ts'
import { isInternet, type Address } from '../address.ts'
import { systemError } from '../system-error.ts'
import type { CloseReason, LentStream, PeerCredentials, StreamConnection, StreamEvents } from '../types.ts'
import { fromRecord } from './record.ts'
import { wantRead, wantWrite, type StreamEngine } from './stream-engine.ts'

/** Larger writes go to the kernel directly instead of through the arena. */
const directBytes = 16_384

export class NativeConnection implements StreamConnection {
  readonly fd: number
  /** The engine's epoch in which this connection last put bytes into the arena. */
  epoch = 0
  /** Which entry of the arena that is. */
  entry = 0
  readonly #engine: StreamEngine
  readonly #remoteRecord: Buffer
  readonly #scheme: 'tcp' | 'unix'
  #remote: Address | undefined
  #local: Address | undefined
  #events: StreamEvents | undefined
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #wanted = wantRead
  #peerEnded = false
  #ending = false
  #ended = false
  #closed = false
  #mustDrain = false
  #referenced = false

  constructor(engine: StreamEngine, fd: number, remoteRecord: Buffer, scheme: 'tcp' | 'unix', listener?: Address) {
    this.fd = fd
    this.#engine = engine
    this.#remoteRecord = remoteRecord
    this.#scheme = scheme
    if (listener !== undefined && !isInternet(listener)) this.#local = listener
    engine.connections[fd] = this
    this.ref(true)
  }

  get remote(): Address {
    this.#remote ??= fromRecord(this.#engine.native, this.#remoteRecord, this.#scheme)
    return this.#remote
  }

  get local(): Address {
    if (this.#local === undefined) {
      const record = Buffer.alloc(this.#engine.native.recordBytes)
      if (!this.#closed) this.#engine.native.localName(this.fd, record)
      this.#local = fromRecord(this.#engine.native, record, this.#scheme)
    }
    return this.#local
  }

  get hasWaiting(): boolean {
    return this.#waitingBytes > 0 || this.#closed
  }

  get queuedBytes(): number {
    return this.#waitingBytes
  }

  start(events: StreamEvents): void {
    this.#events = events
  }

  write(data: Bytes): boolean {
    if (this.#closed || this.#ending) return false
    const bytes = typeof data === 'string' ? Buffer.from(data) : data
    if (bytes.length === 0) return !this.#mustDrain
    if (this.#waitingBytes === 0) {
      if (bytes.length > directBytes) return this.#writeDirect(bytes)
      if (this.#engine.put(this, bytes)) return true
      if (this.#closed) return false
    }
    this.keep(Buffer.from(bytes))
    return false
  }

  pause(): void {
    this.#want(this.#wanted & ~wantRead)
  }

  resume(): void {
    if (!this.#peerEnded) this.#want(this.#wanted | wantRead)
  }

  end(): void {
    if (this.#closed || this.#ending) return
    this.#ending = true
    if (this.epoch === this.#engine.epoch) this.#engine.flush()
    this.#finishWriting()
  }

  destroy(reset = false): void {
    if (this.#closed) return
    if (this.epoch === this.#engine.epoch) this.#engine.flush()
    if (this.#closed) return
    if (reset) this.#engine.native.resetOnClose(this.fd)
    this.#close({ kind: 'local' })
  }

  ref(yes: boolean): void {
    if (yes === this.#referenced || this.#closed) return
    this.#referenced = yes
    this.#engine.reference(yes ? 1 : -1)
  }

  setNoDelay(yes: boolean): void {
    const { native } = this.#engine
    if (!this.#closed && this.#scheme === 'tcp')
      native.setOption(this.fd, native.IPPROTO_TCP, native.TCP_NODELAY, yes ? 1 : 0)
  }

  lend(): LentStream {
    if (this.epoch === this.#engine.epoch) this.#engine.flush()
    if (this.#closed || this.#waitingBytes > 0) {
      const reason = this.#closed ? 'it is closed' : 'bytes to be sent still wait in this process'
      throw fail('NOT_SERIALIZABLE', { what: 'a connection', reason })
    }
    this.#engine.forget(this.fd)
    const local = isInternet(this.local) ? undefined : this.local
    return { descriptor: this.fd, scheme: this.#scheme, record: this.#remoteRecord, local }
  }

  takeBack(): void {
    if (this.#closed) return
    this.#engine.connections[this.fd] = this
    // Whoever had it may have seen the end; the system tells it again.
    this.#peerEnded = false
    this.#wanted = wantRead
    this.#engine.watch(this.fd, 0, wantRead)
  }

  credentials(): PeerCredentials | undefined {
    if (this.#closed || this.#scheme !== 'unix') return undefined
    const found = new Int32Array(3)
    if (this.#engine.native.peerCredentials(this.fd, found) < 0) return undefined
    return { pid: found[0] as number, uid: found[1] as number, gid: found[2] as number }
  }

  // Called by the engine

  onBytes(chunk: Buffer): void {
    this.#events?.onData(chunk)
  }

  onPeerEnd(): void {
    this.#peerEnded = true
    this.#wanted &= ~wantRead
    this.#events?.onEnd()
    // As in Node: with nothing left to read and nothing to send, it does not keep the process running.
    if (this.#waitingBytes === 0) this.ref(false)
    this.#closeWhenBothEnded()
  }

  onWritable(): void {
    const bytes = this.#waiting.length === 1 ? (this.#waiting[0] as Buffer) : Buffer.concat(this.#waiting)
    const written = this.#engine.native.streamWrite(this.fd, bytes, 0)
    if (written < 0 && errnoName(written) !== 'EAGAIN') {
      this.fail(written)
      return
    }
    const rest = bytes.subarray(Math.max(0, written))
    this.#waitingBytes = rest.length
    this.#waiting = rest.length > 0 ? [rest] : []
    if (rest.length > 0) return
    this.#want(this.#wanted & ~wantWrite)
    if (this.#peerEnded) this.ref(false)
    // Before the end, which may be that of the connection: whoever waits for its bytes to leave is told that they did.
    this.#drained()
    if (this.#ending) this.#finishWriting()
  }

  /** Keeps bytes that the kernel had no room for, and waits until it has. */
  keep(bytes: Buffer): void {
    if (this.#closed) return
    this.#mustDrain = true
    // Unsent bytes keep the process running, also when the peer has finished sending.
    this.ref(true)
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#want(this.#wanted | wantWrite)
  }

  /** Ends the connection for a system error; a reset is told apart from everything else. */
  fail(status: number): void {
    if (this.#closed) return
    const errno = errnoName(status)
    const error = systemError(errno, { syscall: 'read or write', address: this.remote })
    this.#close({ kind: errno === 'ECONNRESET' || errno === 'EPIPE' ? 'reset' : 'error', error })
  }

  #writeDirect(bytes: Uint8Array): boolean {
    if (this.epoch === this.#engine.epoch) this.#engine.flush()
    if (this.#closed) return false
    if (this.#waitingBytes > 0) {
      this.keep(Buffer.from(bytes))
      return false
    }
    const written = this.#engine.native.streamWrite(this.fd, bytes, 0)
    if (written === bytes.length) return true
    if (written < 0 && errnoName(written) !== 'EAGAIN') {
      // Reported on a later turn: a write never calls back into its caller.
      setImmediate(() => this.fail(written))
      return false
    }
    this.keep(Buffer.from(bytes.subarray(Math.max(0, written))))
    return false
  }

  #drained(): void {
    if (!this.#mustDrain || this.#closed) return
    this.#mustDrain = false
    this.#events?.onDrain()
  }

  #finishWriting(): void {
    if (this.#waitingBytes > 0 || this.#ended || this.#closed) return
    this.#ended = true
    this.#engine.native.shutdownWrite(this.fd)
    this.#closeWhenBothEnded()
  }

  #closeWhenBothEnded(): void {
    if (this.#peerEnded && this.#ended) this.#close({ kind: 'end' })
  }

  #want(wanted: number): void {
    if (this.#closed || wanted === this.#wanted) return
    this.#wanted = wanted
    this.#engine.want(this.fd, wanted)
  }

  #close(reason: CloseReason): void {
    if (this.#closed) return
    this.ref(false)
    this.#closed = true
    // Bytes of ours in the arena must not reach whoever gets this descriptor number next.
    if (this.epoch === this.#engine.epoch) this.#engine.flush()
    this.#waiting = []
    this.#waitingBytes = 0
    this.#engine.forget(this.fd)
    this.#engine.native.close(this.fd)
    this.#events?.onClose(reason)
  }
}
