/**
 * UDP on `node:dgram`: the twin of src/io/native/datagram.ts for machines without the addon.
 *
 * One datagram a batch. What Node does not tell (kernel drops, truncation, the local address of a
 * datagram) is undefined here; Unix datagrams do not exist. `tryReceive` is served from a queue.
 */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'

import type { Bytes } from '../../framing/index.ts'
import { fail } from '../../core/index.ts'
import { formatAddress, isInternet, withoutMapping, type Address, type InternetAddress } from '../address.ts'
import { newDatagramCounts } from '../counts.ts'
import { readRealTime, realTimeNs, type Moment } from '../real-time.ts'
import { fromNodeError } from '../system-error.ts'
import type {
  DatagramBatch,
  DatagramCounts,
  DatagramOptions,
  DatagramSocket,
  Endpoint,
  PushOptions,
  ReceivedDatagram,
} from '../types.ts'
import { joinGroups } from './multicast.ts'

/** As the kernel's queue would: what a reader leaves waiting beyond this is dropped. */
const queueBytesLimit = 212_992
/** What a waiting datagram costs besides its bytes; without it empty ones could pile up for ever. */
const datagramOverheadBytes = 256
const endpointLimit = 4096

export async function bindNodeDatagram(address: Address, options: DatagramOptions): Promise<DatagramSocket> {
  if (!isInternet(address)) {
    throw fail('UNSUPPORTED', {
      feature: `Unix datagrams (${formatAddress(address)})`,
      reason: 'Node has none; they need the native addon',
    })
  }
  if (options.descriptor !== undefined) {
    throw fail('UNSUPPORTED', { feature: 'taking over a UDP descriptor', reason: 'it needs the native addon' })
  }
  const socket = createSocket({
    type: address.host.includes(':') ? 'udp6' : 'udp4',
    reuseAddr: options.reuseAddress ?? false,
    ipv6Only: options.ipv6Only ?? false,
    ...(options.receiveBufferBytes === undefined ? {} : { recvBufferSize: options.receiveBufferBytes }),
    ...(options.sendBufferBytes === undefined ? {} : { sendBufferSize: options.sendBufferBytes }),
  })
  if (options.reusePort === true) {
    socket.close()
    throw fail('UNSUPPORTED', { feature: 'reusePort for UDP', reason: 'it needs the native addon' })
  }
  await bind(socket, address)
  try {
    if (options.broadcast === true) socket.setBroadcast(true)
    for (const group of options.multicast ?? []) joinGroups(socket, group)
  } catch (error) {
    socket.close()
    throw error
  }
  return new NodeDatagramSocket(socket, address, options)
}

function bind(socket: Socket, address: InternetAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => {
      socket.close()
      reject(fromNodeError(cause, { syscall: 'bind', address }))
    }
    socket.once('error', onError)
    socket.bind({ address: address.host, port: address.port, exclusive: true }, () => {
      socket.off('error', onError)
      resolve()
    })
  })
}

class NodeEndpoint implements Endpoint {
  readonly address: InternetAddress
  readonly local: undefined
  peer: unknown = undefined

  constructor(remote: RemoteInfo) {
    this.address = { scheme: 'udp', host: withoutMapping(remote.address), port: remote.port }
  }
}

class NodeDatagramSocket implements DatagramSocket, DatagramBatch {
  readonly address: InternetAddress
  readonly buffers: { receiveBytes: number; sendBytes: number }
  readonly counts: DatagramCounts = newDatagramCounts()
  readonly count = 1
  readonly descriptor = undefined
  readonly #socket: Socket
  readonly #messageBytes: number
  readonly #queueBytes: number
  readonly #endpoints = new Map<string, NodeEndpoint>()
  #queue: { message: Buffer; source: Address }[] = []
  #queuedBytes = 0
  #onBatch: ((batch: DatagramBatch) => void) | undefined
  /** Who is told of errors while batches are pushed. */
  #tell: ((error: Error) => void) | undefined
  #onReadable: ((error?: Error) => void) | undefined
  #pendingError: Error | undefined
  #connected: Address | undefined
  #closed = false
  #paused = false
  #current: Buffer = Buffer.alloc(0)
  #source: NodeEndpoint | undefined

  constructor(socket: Socket, asked: InternetAddress, options: DatagramOptions) {
    this.#socket = socket
    this.#messageBytes = options.messageBytes ?? 65_536
    this.#queueBytes = options.queueBytes ?? 1_048_576
    this.address = { scheme: 'udp', host: asked.host, port: socket.address().port }
    // Linux reports twice the size asked for; halved to what was meant, as on the native path.
    const share = process.platform === 'linux' ? 2 : 1
    this.buffers = { receiveBytes: socket.getRecvBufferSize() / share, sendBytes: socket.getSendBufferSize() / share }
    socket.on('message', (message, remote) => this.#onMessage(message, remote))
    socket.on('error', (cause) => this.#onError(cause))
  }

  receive(onBatch: (batch: DatagramBatch) => void, { onError }: PushOptions = {}): void {
    this.#onBatch = onBatch
    this.#tell = onError
    this.resume()
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (this.#onBatch !== undefined && !this.#paused) {
      const waiting = this.#shift()
      if (waiting === undefined) return
      this.#deliver(waiting.message, this.#endpointOf(waiting.source as InternetAddress))
    }
  }

  send(data: Bytes, to: Endpoint | Address | undefined): boolean {
    if (this.#closed) return false
    // Copied: Node sends later, and the caller may use its buffer again.
    const bytes = Buffer.from(data as Uint8Array)
    if (this.#socket.getSendQueueSize() + bytes.length > this.#queueBytes) {
      this.counts.sendDropped++
      return false
    }
    const address = to === undefined ? undefined : 'peer' in to ? to.address : to
    this.#transmit(bytes, address, (error) => this.#countSent(error, bytes.length))
    return true
  }

  sendNow(data: Uint8Array, to: Address | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      if (this.#closed) throw fail('CLOSED', { what: `socket ${formatAddress(this.address)}` })
      this.#transmit(data, to, (error) => {
        this.#countSent(error, data.length)
        if (error === null) resolve(data.length)
        else reject(fromNodeError(error, { syscall: 'send', address: to ?? this.address, sizeBytes: data.length }))
      })
    })
  }

  tryReceive(sizeBytes: number): ReceivedDatagram | undefined {
    if (this.#closed) throw fail('CLOSED', { what: `socket ${formatAddress(this.address)}` })
    if (this.#pendingError !== undefined) {
      const error = this.#pendingError
      this.#pendingError = undefined
      throw error
    }
    const waiting = this.#shift()
    if (waiting === undefined) return undefined
    const truncated = waiting.message.length > sizeBytes
    if (truncated) this.counts.truncated++
    return { message: waiting.message.subarray(0, sizeBytes), source: waiting.source, truncated }
  }

  onReadable(ready: (error?: Error) => void): () => void {
    this.#onReadable = ready
    if (this.#queue.length > 0 || this.#pendingError !== undefined) setImmediate(() => this.#wake())
    return () => {
      if (this.#onReadable === ready) this.#onReadable = undefined
    }
  }

  connect(address: Address): Promise<void> {
    const { host, port } = address as InternetAddress
    return new Promise((resolve, reject) => {
      this.#socket.connect(port, this.#hostFor(host), ((cause?: Error) => {
        if (cause !== undefined && cause !== null) reject(fromNodeError(cause, { syscall: 'connect', address }))
        else {
          this.#connected = address
          resolve()
        }
      }) as () => void)
    })
  }

  kernelDrops(): undefined {
    return undefined
  }

  ref(yes: boolean): void {
    if (yes) this.#socket.ref()
    else this.#socket.unref()
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#closed = true
    const ready = this.#onReadable
    this.#onReadable = undefined
    ready?.(fail('CLOSED', { what: `socket ${formatAddress(this.address)}` }))
    return new Promise((resolve) => this.#socket.close(() => resolve()))
  }

  // The batch now being handled (DatagramBatch)

  message(): Buffer {
    return this.#current
  }

  borrow(): Buffer {
    return this.#current
  }

  truncated(): boolean {
    return this.#cut
  }

  source(): Endpoint {
    return this.#source as NodeEndpoint
  }

  receivedAt(_index: number, moment: Moment): void {
    readRealTime(moment)
  }

  receivedNs(): bigint {
    return realTimeNs()
  }

  /** Node sends at once. */
  flush(): void {}

  reply(_index: number, data: Bytes): void {
    this.send(data, this.#source)
  }

  #cut = false

  #onMessage(message: Buffer, remote: RemoteInfo): void {
    const waits = this.#onBatch === undefined || this.#paused
    if (waits && this.#queuedBytes + message.length + datagramOverheadBytes > queueBytesLimit) {
      this.counts.receiveDropped++
      return
    }
    this.counts.received++
    this.counts.receivedBytes += Math.min(message.length, this.#messageBytes)
    this.counts.batches++
    if (!waits) {
      this.#deliver(message, this.#endpointOf(remote))
      return
    }
    this.#queue.push({ message, source: { scheme: 'udp', host: withoutMapping(remote.address), port: remote.port } })
    this.#queuedBytes += message.length + datagramOverheadBytes
    this.#wake()
  }

  #deliver(message: Buffer, source: NodeEndpoint): void {
    this.#cut = message.length > this.#messageBytes
    if (this.#cut) this.counts.truncated++
    this.#current = this.#cut ? message.subarray(0, this.#messageBytes) : message
    this.#source = source
    this.#onBatch?.(this)
  }

  #shift(): { message: Buffer; source: Address } | undefined {
    const waiting = this.#queue.shift()
    if (waiting !== undefined) this.#queuedBytes -= waiting.message.length + datagramOverheadBytes
    return waiting
  }

  #wake(): void {
    const ready = this.#onReadable
    this.#onReadable = undefined
    ready?.()
  }

  #onError(cause: Error): void {
    const error = fromNodeError(cause, { syscall: 'recv', address: this.#connected ?? this.address })
    if (this.#onBatch !== undefined) {
      this.#tell?.(error)
      return
    }
    this.#pendingError = error
    this.#wake()
  }

  /** Endpoints are remembered so that a peer keeps its object; the oldest are forgotten. */
  #endpointOf(remote: { address: string; port: number } | InternetAddress): NodeEndpoint {
    const host = 'host' in remote ? remote.host : remote.address
    const key = `${host} ${remote.port}`
    let endpoint = this.#endpoints.get(key)
    if (endpoint === undefined) {
      if (this.#endpoints.size >= endpointLimit) this.#endpoints.delete(this.#endpoints.keys().next().value as string)
      endpoint = new NodeEndpoint({ address: host, port: remote.port } as RemoteInfo)
      this.#endpoints.set(key, endpoint)
    }
    return endpoint
  }

  #hostFor(host: string): string {
    return this.address.host.includes(':') && !host.includes(':') ? `::ffff:${host}` : host
  }

  #transmit(bytes: Uint8Array, to: Address | undefined, done: (error: Error | null) => void): void {
    if (to === undefined) {
      this.#socket.send(bytes, done)
      return
    }
    const { host, port } = to as InternetAddress
    try {
      this.#socket.send(bytes, port, this.#hostFor(host), done)
    } catch (error) {
      done(error as Error) // Port 0 and the like are thrown by Node instead of refused by the system.
    }
  }

  #countSent(error: Error | null, sizeBytes: number): void {
    if (error !== null) {
      this.counts.sendFailed++
      return
    }
    this.counts.batches++
    this.counts.sent++
    this.counts.sentBytes += sizeBytes
  }
}
