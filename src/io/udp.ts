/**
 * Datagram sockets with BSD's calls: `bind`, `sendTo`, `recvFrom`, `connect`, `send`, `recv`.
 * For clients, tests and the tour; servers use `serve`, which receives in batches.
 */
import { randomBytes } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { fail } from '../core/index.ts'
import type { Bytes } from '../framing/index.ts'
import { formatAddress, isInternet, isLoopback, parseAddress, resolveAddress, type Address } from './address.ts'
import { systemNetwork } from './network.ts'
import { shareableDescriptor } from './share.ts'
import type { DatagramCounts, DatagramOptions, DatagramSocket, Network, ReceivedDatagram } from './types.ts'

export interface ReceiveOptions {
  /** Gives up with TIMED_OUT after this many milliseconds. */
  readonly timeoutMs?: number
  readonly signal?: AbortSignal
}

export interface UdpOptions extends DatagramOptions {
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
}

/**
 * A datagram socket (UDP or Unix). It is bound by `bind`, or by its first `sendTo` to a free port.
 *
 * @example
 * const socket = udp()
 * await socket.sendTo('hello', 'udp://127.0.0.1:9001')
 * const { message, source } = await socket.recvFrom(1024)
 * await socket.close()
 */
export function udp(options: UdpOptions = {}): UdpSocket {
  return new UdpSocket(options)
}

export class UdpSocket {
  readonly #options: UdpOptions
  #socket: DatagramSocket | undefined
  #opening: Promise<DatagramSocket> | undefined
  #closed = false
  /** Of a descriptor that was bound elsewhere. */
  #given: Address | undefined
  readonly #readers = new Set<(error?: Error) => void>()
  #stopWaiting: () => void = () => {}
  /** Text given as an address is parsed and looked up once. */
  readonly #targets = new Map<string, Address>()

  constructor(options: UdpOptions) {
    this.#options = options
  }

  /** A socket over a descriptor that another process bound; the descriptor belongs to it from now on. */
  static attach(address: Address, descriptor: number): UdpSocket {
    const socket = new UdpSocket({ descriptor })
    socket.#given = address
    return socket
  }

  /** What an argument of a process carries instead: the same socket, from which both then receive. Throws UNSUPPORTED. */
  toShared(): { kind: string; data: unknown; descriptors: number[] } {
    const { address, descriptor } = this.#bound()
    return { kind: 'udp-socket', data: address, descriptors: [shareableDescriptor(descriptor)] }
  }

  /** The address bound to; throws CLOSED before `bind` or a first send. */
  get address(): Address {
    return this.#bound().address
  }

  /** What was received and sent, and lost on our side. */
  get counts(): Readonly<DatagramCounts> {
    return this.#bound().counts
  }

  /** The kernel's buffers as granted, in bytes. */
  get buffers(): { readonly receiveBytes: number; readonly sendBytes: number } | undefined {
    return this.#bound().buffers
  }

  /** Binds to an address: `udp://127.0.0.1:9000`, `unix-dgram:PATH`; port 0 takes a free one. */
  async bind(address: string | Address): Promise<this> {
    if (this.#socket !== undefined || this.#opening !== undefined) {
      throw fail('OPTION_INVALID', {
        option: 'bind',
        rule: 'called once, before the first send',
        got: 'a bound socket',
      })
    }
    await this.#open(parseAddress(address))
    return this
  }

  /** Sends one datagram; resolves to its size. Throws MESSAGE_TOO_LONG, PERMISSION_DENIED, ... of this datagram. */
  async sendTo(data: Bytes, to: string | Address): Promise<number> {
    const target = await this.#target(to)
    const socket = this.#socket ?? (await this.#open(this.#given ?? anyAddressFor(target)))
    return socket.sendNow(toBytes(data), target)
  }

  /**
   * The next datagram, cut to `sizeBytes`: as with BSD's recvfrom the rest is gone, and `truncated` says so.
   */
  async recvFrom(sizeBytes = 65_536, options: ReceiveOptions = {}): Promise<ReceivedDatagram> {
    if (this.#socket === undefined && this.#given !== undefined) await this.#open(this.#given)
    for (;;) {
      const socket = this.#bound()
      const received = socket.tryReceive(sizeBytes)
      if (received !== undefined) return received
      await this.#readiness(socket, options)
    }
  }

  /** Resolves when `recvFrom` would probably not wait; another reader may be faster. */
  async whenReadable(options: ReceiveOptions = {}): Promise<void> {
    if (this.#socket === undefined && this.#given !== undefined) await this.#open(this.#given)
    await this.#readiness(this.#bound(), options)
  }

  /** Fixes the peer: `send` and `recv` then speak with it alone, and a closed port is CONNECTION_REFUSED. */
  async connect(to: string | Address): Promise<this> {
    const target = await this.#target(to)
    const socket = this.#socket ?? (await this.#open(this.#given ?? anyAddressFor(target)))
    await socket.connect(target)
    return this
  }

  /** Sends to the connected peer. */
  async send(data: Bytes): Promise<number> {
    return this.#bound().sendNow(toBytes(data), undefined)
  }

  /** Receives from the connected peer. */
  async recv(sizeBytes = 65_536, options: ReceiveOptions = {}): Promise<Buffer> {
    return (await this.recvFrom(sizeBytes, options)).message
  }

  /** Datagrams the kernel dropped since the queue was full; undefined where it cannot be known. */
  kernelDrops(): number | undefined {
    return this.#bound().kernelDrops()
  }

  /** Whether this socket alone keeps the process running. */
  ref(yes: boolean): void {
    this.#bound().ref(yes)
  }

  async close(): Promise<void> {
    this.#closed = true
    // A send or bind may still be opening it; its error is the caller's of that.
    await this.#opening?.catch(() => {})
    await this.#socket?.close()
  }

  /** Datagrams as they come, until the socket is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ReceivedDatagram, void> {
    while (!this.#closed) {
      try {
        yield await this.recvFrom()
      } catch (error) {
        if (this.#closed) return
        throw error
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /** Resolves when receiving is worth trying; every caller that waits is woken, and tries in its turn. */
  #readiness(socket: DatagramSocket, options: ReceiveOptions): Promise<void> {
    const { timeoutMs, signal } = options
    const what = `Receiving on ${formatAddress(socket.address)}`
    return new Promise((resolve, reject) => {
      const finish = (error?: Error): void => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        this.#readers.delete(finish)
        if (this.#readers.size === 0) this.#stopWaiting()
        if (error === undefined) resolve()
        else reject(error)
      }
      const onAbort = (): void => finish(fail('ABORTED', { what }))
      const timer =
        timeoutMs === undefined
          ? undefined
          : setTimeout(() => finish(fail('TIMED_OUT', { what, timeoutMs })), timeoutMs)
      this.#readers.add(finish)
      this.#stopWaiting = socket.onReadable((error) => {
        for (const reader of this.#readers) reader(error)
      })
      signal?.addEventListener('abort', onAbort, { once: true })
      if (signal?.aborted === true) onAbort()
    })
  }

  #bound(): DatagramSocket {
    if (this.#closed) throw fail('CLOSED', { what: 'datagram socket' })
    if (this.#socket === undefined)
      throw fail('CLOSED', { what: 'datagram socket (not bound yet: bind, or send first)' })
    return this.#socket
  }

  #open(address: Address): Promise<DatagramSocket> {
    if (this.#closed) throw fail('CLOSED', { what: 'datagram socket' })
    const { network = systemNetwork(), ...options } = this.#options
    this.#opening ??= network.bindDatagram(address, options).then(
      (socket) => (this.#socket = socket),
      (error: unknown) => {
        this.#opening = undefined
        throw error
      },
    )
    return this.#opening
  }

  async #target(to: string | Address): Promise<Address> {
    if (typeof to !== 'string') return checkTarget(to)
    let target = this.#targets.get(to)
    if (target === undefined) {
      target = await resolveAddress(checkTarget(parseAddress(to)))
      this.#targets.set(to, target)
    }
    return target
  }
}

/** Port 0 asks for a free port when binding; nothing can be sent to it. */
function checkTarget(address: Address): Address {
  if (!isInternet(address) || address.port !== 0) return address
  throw fail('ADDRESS_INVALID', { input: formatAddress(address), reason: 'nothing can be sent to port 0' })
}

function toBytes(data: Bytes): Uint8Array {
  return typeof data === 'string' ? Buffer.from(data) : data
}

/** Where a client that did not bind gets its answers: a free port (on loopback for a loopback target), or a file of its own. */
function anyAddressFor(target: Address): Address {
  if (!isInternet(target)) {
    return {
      scheme: 'unix-dgram',
      path: join(tmpdir(), `lanework-${process.pid}-${randomBytes(6).toString('hex')}.sock`),
    }
  }
  const ipv6 = target.host.includes(':')
  if (isLoopback(target)) return { scheme: 'udp', host: ipv6 ? '::1' : '127.0.0.1', port: 0 }
  return { scheme: 'udp', host: ipv6 ? '::' : '0.0.0.0', port: 0 }
}
