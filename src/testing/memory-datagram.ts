/** A datagram socket of the in-memory network. */
import { fail } from '../core/index.ts'
import type { Bytes } from '../framing/index.ts'
import {
  formatAddress,
  newDatagramCounts,
  readRealTime,
  realTimeNs,
  type Address,
  type DatagramBatch,
  type DatagramCounts,
  type DatagramOptions,
  type DatagramSocket,
  type Endpoint,
  type ReceivedDatagram,
} from '../io/index.ts'
import type { MemoryNetwork } from './memory-network.ts'

/** Datagrams that wait for a reader; beyond it they are dropped and counted as the kernel would. */
const queueLimit = 1_000
const batchLimit = 64
const largestDatagramBytes = 65_507

interface Waiting {
  readonly bytes: Buffer
  readonly from: Address
}

export class MemoryDatagramSocket implements DatagramSocket {
  readonly address: Address
  readonly buffers: undefined
  readonly descriptor: undefined
  readonly counts: DatagramCounts = newDatagramCounts()
  readonly #network: MemoryNetwork
  readonly #messageBytes: number
  readonly #release: () => void
  readonly #endpoints = new Map<string, Endpoint>()
  #queue: Waiting[] = []
  #dropped = 0
  #onBatch: ((batch: DatagramBatch) => void) | undefined
  #onReadable: ((error?: Error) => void) | undefined
  #connected: Address | undefined
  #paused = false
  #scheduled = false
  #closed = false

  constructor(network: MemoryNetwork, address: Address, options: DatagramOptions, release: () => void) {
    this.#network = network
    this.address = address
    this.#messageBytes = options.messageBytes ?? 65_536
    this.#release = release
  }

  /** A datagram has come over the network. */
  arrive(bytes: Buffer, from: Address): void {
    if (this.#connected !== undefined && formatAddress(from) !== formatAddress(this.#connected)) return
    if (this.#queue.length >= queueLimit) {
      this.#dropped++
      return
    }
    this.#queue.push({ bytes, from })
    const ready = this.#onReadable
    this.#onReadable = undefined
    ready?.()
    this.#schedule()
  }

  receive(onBatch: (batch: DatagramBatch) => void): void {
    this.#onBatch = onBatch
    this.#schedule()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    this.#schedule()
  }

  send(data: Bytes, to: Endpoint | Address | undefined): boolean {
    if (this.#closed) return false
    const target = to === undefined ? this.#connected : 'peer' in to ? to.address : to
    const bytes = Buffer.from(data as Uint8Array)
    if (target === undefined || bytes.length > largestDatagramBytes) {
      this.counts.sendFailed++
      return true
    }
    this.counts.sent++
    this.counts.sentBytes += bytes.length
    this.#network.carry(bytes, this.address, target)
    return true
  }

  async sendNow(data: Uint8Array, to: Address | undefined): Promise<number> {
    this.#checkOpen()
    if (data.length > largestDatagramBytes)
      throw fail('MESSAGE_TOO_LONG', { sizeBytes: data.length, limitBytes: largestDatagramBytes })
    this.send(data, to)
    return data.length
  }

  tryReceive(sizeBytes: number): ReceivedDatagram | undefined {
    this.#checkOpen()
    const waiting = this.#take(1)[0]
    if (waiting === undefined) return undefined
    const truncated = waiting.bytes.length > sizeBytes
    if (truncated) this.counts.truncated++
    return { message: waiting.bytes.subarray(0, sizeBytes), source: waiting.from, truncated }
  }

  onReadable(ready: (error?: Error) => void): () => void {
    this.#onReadable = ready
    return () => {
      if (this.#onReadable === ready) this.#onReadable = undefined
    }
  }

  async connect(address: Address): Promise<void> {
    this.#connected = address
  }

  kernelDrops(): number {
    return this.#dropped
  }

  ref(): void {
    // Memory keeps no process running.
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    this.#release()
    this.#onReadable?.(fail('CLOSED', { what: `socket ${formatAddress(this.address)}` }))
  }

  #schedule(): void {
    if (this.#scheduled || this.#onBatch === undefined || this.#paused || this.#queue.length === 0) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#push()
    })
  }

  #push(): void {
    if (this.#closed || this.#paused || this.#onBatch === undefined) return
    const waiting = this.#take(batchLimit)
    if (waiting.length > 0) this.#onBatch(this.#batchOf(waiting))
    this.#schedule()
  }

  #take(most: number): Waiting[] {
    const taken = this.#queue.splice(0, most)
    this.counts.received += taken.length
    this.counts.receivedBytes += taken.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (taken.length > 0) this.counts.batches++
    return taken
  }

  #batchOf(waiting: readonly Waiting[]): DatagramBatch {
    const at = (index: number): Waiting => waiting[index] as Waiting
    for (const { bytes } of waiting) if (bytes.length > this.#messageBytes) this.counts.truncated++
    return {
      count: waiting.length,
      message: (index) => Buffer.from(at(index).bytes.subarray(0, this.#messageBytes)),
      borrow: (index) => at(index).bytes.subarray(0, this.#messageBytes),
      truncated: (index) => at(index).bytes.length > this.#messageBytes,
      source: (index) => this.#endpointOf(at(index).from),
      receivedAt: (_index, moment) => readRealTime(moment),
      receivedNs: () => realTimeNs(),
      flush: () => {},
      reply: (index, data) => void this.send(data, at(index).from),
    }
  }

  #endpointOf(address: Address): Endpoint {
    const key = formatAddress(address)
    let endpoint = this.#endpoints.get(key)
    if (endpoint === undefined) {
      endpoint = { address, local: this.address, peer: undefined }
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }

  #checkOpen(): void {
    if (this.#closed) throw fail('CLOSED', { what: `socket ${formatAddress(this.address)}` })
  }
}
