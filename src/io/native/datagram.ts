/**
 * Datagram sockets on the addon: one descriptor, one poll, an inbox and an outbox.
 *
 *   poll readable ─▶ inbox: recvmmsg ─▶ batch ─▶ onBatch ─▶ replies ─▶ outbox: sendmmsg
 *   poll writable ─▶ outbox: what had no room before
 */
import type { Bytes } from '../../framing/index.ts'
import { Poll, readable, writable, errnoName, type Handle, type Native } from '../../native/index.ts'
import { fail } from '../../core/index.ts'
import { formatAddress, isInternet, isWildcard, type Address } from '../address.ts'
import { newDatagramCounts } from '../counts.ts'
import { checkStatus, systemError } from '../system-error.ts'
import { fileIdentity, unlinkOwn } from '../unix-path.ts'
import type {
  DatagramBatch,
  DatagramCounts,
  DatagramOptions,
  DatagramSocket,
  Endpoint,
  PushOptions,
  ReceivedDatagram,
} from '../types.ts'
import { Inbox } from './inbox.ts'
import { joinGroups } from './multicast.ts'
import { Outbox } from './outbox.ts'
import { familyOf, fromRecord, NativeEndpoint, toRecord, type Family } from './record.ts'
import { newTimes, ringFor } from './ring.ts'
import { applySocketOptions, bindSocket, boundAddress, grantedBuffers, openSocket, setOption } from './socket.ts'

/** Unix sockets never report room for one peer, so a full one is tried again after this time. */
const unixRetryMs = 1
/** ... and less and less often while it stays full. */
const unixRetryMostMs = 64

export async function bindNativeDatagram(
  native: Native,
  address: Address,
  options: DatagramOptions,
): Promise<DatagramSocket> {
  const given = options.descriptor
  const fd = given ?? (await openSocket(native, address, (opened) => bindDatagram(native, opened, address, options)))
  return new NativeDatagramSocket(native, fd, nameOf(native, fd, address), options, given === undefined)
}

function nameOf(native: Native, fd: number, address: Address): Address {
  try {
    return boundAddress(native, fd, address)
  } catch (error) {
    native.close(fd)
    throw error
  }
}

/** Options, bind, groups: all that makes a descriptor the socket that was asked for. */
export async function bindDatagram(
  native: Native,
  fd: number,
  address: Address,
  options: DatagramOptions,
): Promise<void> {
  applySocketOptions(native, fd, address, options)
  if (options.broadcast === true) setOption(native, fd, native.SOL_SOCKET, native.SO_BROADCAST, 1, address)
  if (options.reuseAddress === true) setOption(native, fd, native.SOL_SOCKET, native.SO_REUSEADDR, 1, address)
  const family = familyOf(address)
  if (family === 6)
    setOption(native, fd, native.IPPROTO_IPV6, native.IPV6_V6ONLY, options.ipv6Only === true ? 1 : 0, address)
  if (isWildcard(address)) {
    if (family === 6) setOption(native, fd, native.IPPROTO_IPV6, native.IPV6_RECVPKTINFO, 1, address)
    else setOption(native, fd, native.IPPROTO_IP, native.IP_PKTINFO, 1, address)
  }
  await bindSocket(native, fd, address, 0o600)
  for (const group of options.multicast ?? []) joinGroups(native, fd, group, address)
}

class NativeDatagramSocket implements DatagramSocket {
  readonly address: Address
  readonly buffers: { receiveBytes: number; sendBytes: number }
  readonly counts: DatagramCounts = newDatagramCounts()
  readonly #native: Native
  readonly #family: Family
  /** The Unix socket's file, when we made it. */
  readonly #file: string | undefined
  readonly #inbox: Inbox
  readonly #outbox: Outbox
  readonly #handle: Handle<'datagrams'>
  readonly #poll: Poll
  readonly #records = new WeakMap<Address, Buffer>()
  #fd: number
  #onBatch: ((batch: DatagramBatch) => void) | undefined
  #onError: ((error: Error) => void) | undefined
  #onReadable: ((error?: Error) => void) | undefined
  #peerAddress: Address | undefined
  #retryTimer: NodeJS.Timeout | undefined
  #retryMs = unixRetryMs
  #paused = false

  constructor(native: Native, fd: number, address: Address, options: DatagramOptions, owned: boolean) {
    this.#native = native
    this.#fd = fd
    this.address = address
    this.#family = familyOf(address)
    if (owned && !isInternet(address)) this.#file = fileIdentity(address.path)
    this.buffers = grantedBuffers(native, fd)
    const slotBytes = options.messageBytes ?? 65_536
    const ring = ringFor(native, slotBytes)
    const { queueBytes = 1_048_576, batchBytes } = options
    const outbox = new Outbox(native, this, queueBytes, isInternet(address), batchBytes)
    const { memory, received, arrivals } = ring
    const { arena, outgoing } = outbox
    const withLocal = isWildcard(address) ? 1 : 0
    const handle = native.datagramOpen(fd, memory, slotBytes, received, arrivals, arena, outgoing, withLocal)
    if (typeof handle === 'number') {
      native.close(fd)
      throw systemError(errnoName(handle), { syscall: 'datagramOpen', address })
    }
    this.#handle = handle
    this.#outbox = outbox
    this.#inbox = new Inbox(native, handle, address.scheme, ring, outbox, this.counts)
    outbox.attach(handle)
    try {
      if (options.timestamps === true) this.#keepTimes()
      this.#poll = new Poll(native, fd, 0, (events) => this.#onPoll(events))
    } catch (error) {
      native.datagramClose(handle)
      throw error
    }
  }

  /** Unix sockets have no times; the batch's is used there. */
  #keepTimes(): void {
    if (!isInternet(this.address)) return
    const times = newTimes()
    checkStatus(this.#native.datagramTimes(this.#handle, times), { syscall: 'setsockopt', address: this.address })
    this.#inbox.keepTimes(times)
  }

  get descriptor(): number {
    return this.#fd
  }

  receive(onBatch: (batch: DatagramBatch) => void, options: PushOptions = {}): void {
    this.#onBatch = onBatch
    this.#onError = options.onError
    if (options.borrow !== true) this.#inbox.copyMessages()
    this.#watch()
  }

  pause(): void {
    this.#paused = true
    this.#watch()
  }

  resume(): void {
    this.#paused = false
    this.#watch()
  }

  send(data: Bytes, to: Endpoint | Address | undefined, isKept = false): boolean {
    if (this.#fd < 0) return false
    if (to === undefined) return this.#outbox.send(data, undefined, isKept)
    if (to instanceof NativeEndpoint) return this.#outbox.send(data, to.record, isKept)
    try {
      return this.#outbox.send(data, this.#recordFor('peer' in to ? to.address : to))
    } catch {
      this.counts.sendFailed++ // An address of another family: refused like any other that cannot be reached.
      return false
    }
  }

  async sendNow(data: Uint8Array, to: Address | undefined): Promise<number> {
    const record = to === undefined ? undefined : this.#recordFor(to)
    for (;;) {
      this.#checkOpen()
      const status = this.#native.sendTo(this.#fd, data, record)
      const errno = status < 0 ? errnoName(status) : undefined
      if (errno !== 'EAGAIN') {
        this.#countSent(status, data.length)
        return checkStatus(status, { syscall: 'sendto', address: to ?? this.address, sizeBytes: data.length })
      }
      await new Promise((resolve) => setTimeout(resolve, unixRetryMs))
    }
  }

  tryReceive(sizeBytes: number): ReceivedDatagram | undefined {
    this.#checkOpen()
    const buffer = Buffer.allocUnsafe(sizeBytes)
    const record = Buffer.alloc(this.#native.recordBytes)
    const truncated = new Int32Array(1)
    const status = this.#native.recvFrom(this.#fd, buffer, truncated, record)
    if (status < 0 && errnoName(status) === 'EAGAIN') return undefined
    checkStatus(status, { syscall: 'recvfrom', address: this.#peerAddress ?? this.address })
    this.counts.received++
    this.counts.receivedBytes += status
    if (truncated[0] === 1) this.counts.truncated++
    const source = fromRecord(this.#native, record, this.address.scheme)
    return { message: buffer.subarray(0, status), source, truncated: truncated[0] === 1 }
  }

  onReadable(ready: (error?: Error) => void): () => void {
    this.#onReadable = ready
    this.#watch()
    return () => {
      if (this.#onReadable !== ready) return
      this.#onReadable = undefined
      this.#watch()
    }
  }

  async connect(address: Address): Promise<void> {
    const record = toRecord(this.#native, address, this.#family)
    checkStatus(this.#native.connect(this.#fd, record), { syscall: 'connect', address })
    this.#peerAddress = address
  }

  kernelDrops(): number | undefined {
    if (this.#fd < 0) return undefined
    const drops = this.#native.kernelDrops(this.#fd)
    return drops < 0 ? undefined : drops
  }

  ref(yes: boolean): void {
    this.#poll.ref(yes)
  }

  async close(): Promise<void> {
    if (this.#fd < 0) return
    this.#outbox.abandon()
    clearTimeout(this.#retryTimer)
    this.#poll.close()
    this.#native.datagramClose(this.#handle)
    this.#fd = -1
    if (!isInternet(this.address)) unlinkOwn(this.address.path, this.#file)
    this.#onReadable?.(fail('CLOSED', { what: `socket ${formatAddress(this.address)}` }))
    this.#onReadable = undefined
  }

  // For the outbox (OutboxOwner)

  endpointOfSlot(slot: number): NativeEndpoint {
    return this.#inbox.source(slot)
  }

  waitForRoom(): void {
    if (isInternet(this.address)) this.#watch()
    else this.#retryTimer ??= setTimeout(() => this.#retryWaiting(), this.#retryMs)
  }

  #retryWaiting(): void {
    this.#retryTimer = undefined
    if (this.#fd < 0) return
    const sentBefore = this.counts.sent
    this.#outbox.retry()
    // The timer set by this retry runs already; the one after it waits longer while nothing moves.
    this.#retryMs = this.counts.sent > sentBefore ? unixRetryMs : Math.min(this.#retryMs * 2, unixRetryMostMs)
    this.#watch()
  }

  #watch(): void {
    const wantsRead = this.#onReadable !== undefined || (this.#onBatch !== undefined && !this.#paused)
    const wantsWrite = this.#outbox.isWaiting && isInternet(this.address)
    this.#poll.watch((wantsRead ? readable : 0) | (wantsWrite ? writable : 0))
  }

  #onPoll(events: number): void {
    if (events > 0 && (events & writable) !== 0) this.#retryWaiting()
    if (events > 0 && (events & readable) === 0) return
    // An error (of an earlier send on a connected socket) stops the poll; it is taken by the read below.
    if (events < 0) this.#watch()
    if (this.#onReadable !== undefined) {
      const ready = this.#onReadable
      this.#onReadable = undefined
      this.#watch()
      ready()
    } else if (this.#onBatch !== undefined) {
      const status = this.#inbox.turn(this.#onBatch, () => !this.#paused && this.#fd >= 0)
      if (status < 0) this.#onError?.(this.#receiveError(status))
    }
  }

  #receiveError(status: number): Error {
    return systemError(errnoName(status), { syscall: 'recvmmsg', address: this.#peerAddress ?? this.address })
  }

  #recordFor(address: Address): Buffer {
    let record = this.#records.get(address)
    if (record === undefined) {
      record = toRecord(this.#native, address, this.#family)
      this.#records.set(address, record)
    }
    return record
  }

  #countSent(status: number, sizeBytes: number): void {
    if (status < 0) {
      this.counts.sendFailed++
      return
    }
    this.counts.sent++
    this.counts.sentBytes += sizeBytes
  }

  #checkOpen(): void {
    if (this.#fd < 0) throw fail('CLOSED', { what: `socket ${formatAddress(this.address)}` })
  }
}
