/** The two ends of a stream of the in-memory network. */
import { fail } from '../core/index.ts'
import type { Bytes } from '../framing/index.ts'
import { formatAddress, type Address, type CloseReason, type StreamConnection, type StreamEvents } from '../io/index.ts'
import type { MemoryNetwork } from './memory-network.ts'

/** Bytes on the way to a reader that does not read, until the writer is told to wait. */
const windowBytes = 65_536
/** Longest chunk delivered at once. */
const chunkBytes = 16_384

export function connectionPair(
  network: MemoryNetwork,
  client: Address,
  server: Address,
): [StreamConnection, StreamConnection] {
  const near = new MemoryConnection(network, client, server)
  const far = new MemoryConnection(network, server, client)
  near.join(far)
  far.join(near)
  return [near, far]
}

class MemoryConnection implements StreamConnection {
  readonly local: Address
  readonly remote: Address
  readonly #network: MemoryNetwork
  #other!: MemoryConnection
  #events: StreamEvents | undefined
  /** Chunks that have arrived and wait for the reader; `undefined` is the end of the stream. */
  #inbox: (Buffer | undefined)[] = []
  /** Bytes of ours that the other side has not read. */
  #unread = 0
  #mustDrain = false
  #paused = false
  #ended = false
  #peerEnded = false
  #closed = false

  constructor(network: MemoryNetwork, local: Address, remote: Address) {
    this.#network = network
    this.local = local
    this.remote = remote
  }

  join(other: MemoryConnection): void {
    this.#other = other
  }

  get queuedBytes(): number {
    return Math.max(0, this.#unread - windowBytes)
  }

  start(events: StreamEvents): void {
    this.#events = events
    this.#network.later(() => this.#deliver())
  }

  write(data: Bytes): boolean {
    if (this.#closed || this.#ended) return false
    for (const chunk of this.#pieces(Buffer.from(data as Uint8Array))) {
      this.#unread += chunk.length
      this.#network.later(() => this.#other.#arrive(chunk))
    }
    this.#mustDrain ||= this.#unread > windowBytes
    return !this.#mustDrain
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#network.later(() => this.#deliver(), 0)
  }

  end(): void {
    if (this.#ended || this.#closed) return
    this.#ended = true
    this.#network.later(() => this.#other.#arrive(undefined))
    this.#closeWhenBothEnded()
  }

  destroy(reset = false): void {
    if (this.#closed) return
    this.#close({ kind: 'local' })
    const error = fail('CONNECTION_RESET', { address: formatAddress(this.local) })
    if (reset || this.#inbox.length > 0) this.#network.later(() => this.#other.#close({ kind: 'reset', error }))
    else if (!this.#ended) this.#network.later(() => this.#other.#arrive(undefined))
  }

  ref(): void {
    // Memory keeps no process running.
  }

  setNoDelay(): void {
    // Nothing is collected here.
  }

  *#pieces(bytes: Buffer): Generator<Buffer> {
    const { random, options } = this.#network
    let rest = bytes
    while (rest.length > 0) {
      const most = Math.min(rest.length, chunkBytes)
      const size = options.split ? random.integer(1, most) : most
      yield rest.subarray(0, size)
      rest = rest.subarray(size)
    }
  }

  #arrive(chunk: Buffer | undefined): void {
    if (this.#closed) return
    if (chunk !== undefined && this.#network.random.chance(this.#network.options.reset)) {
      const error = fail('CONNECTION_RESET', { address: formatAddress(this.remote) })
      this.#other.#close({ kind: 'reset', error })
      this.#close({ kind: 'reset', error })
      return
    }
    this.#inbox.push(chunk)
    this.#deliver()
  }

  #deliver(): void {
    while (!this.#paused && !this.#closed && this.#events !== undefined && this.#inbox.length > 0) {
      const chunk = this.#inbox.shift()
      if (chunk === undefined) {
        this.#peerEnded = true
        this.#events.onEnd()
        this.#closeWhenBothEnded()
        return
      }
      this.#other.#read(chunk.length)
      this.#events.onData(chunk)
    }
  }

  /** The other side has read bytes of ours. */
  #read(size: number): void {
    this.#unread -= size
    if (!this.#mustDrain || this.#unread > 0) return
    this.#mustDrain = false
    this.#network.later(() => this.#events?.onDrain(), 0)
  }

  #closeWhenBothEnded(): void {
    if (this.#ended && this.#peerEnded) this.#close({ kind: 'end' })
  }

  #close(reason: CloseReason): void {
    if (this.#closed) return
    this.#closed = true
    this.#events?.onClose(reason)
  }
}
