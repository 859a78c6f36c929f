/**
 * Stream sockets with BSD's calls: `listen`, `accept`, `connect`, then `send` and `recv` of ByteStream.
 * `tcp()` in BSD's order of steps; `listen(url)` and `connect(url)` in one.
 */
import { fail } from '../core/index.ts'
import { formatAddress, parseAddress, type Address } from './address.ts'
import { ByteStream } from './byte-stream.ts'
import { systemNetwork } from './network.ts'
import { shareableDescriptor } from './share.ts'
import type { ConnectOptions, ListenOptions, Network, StreamConnection, StreamListener } from './types.ts'

export interface StreamSocketOptions extends ListenOptions {
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
}

/**
 * Connects to `tcp://HOST:PORT` or `unix:PATH`.
 * Throws CONNECTION_REFUSED, CONNECT_TIMEOUT, HOST_UNREACHABLE, NAME_NOT_FOUND, ABORTED.
 */
export async function connect(
  address: string | Address,
  options: ConnectOptions & { network?: Network } = {},
): Promise<ByteStream> {
  const { network = systemNetwork(), ...rest } = options
  return new ByteStream(await network.connectStream(parseAddress(address), rest))
}

/**
 * A listening socket whose `accept` takes one connection at a time; the others wait in the
 * backlog (with the addon: in the kernel's, without: accepted by Node and held back).
 */
export async function listen(address: string | Address, options: StreamSocketOptions = {}): Promise<AcceptSocket> {
  const socket = new AcceptSocket(options)
  await socket.bind(address)
  await socket.listen(options.backlog)
  return socket
}

/** A stream socket in BSD's steps: `bind`, `listen`, `accept`; or `connect`. */
export function tcp(options: StreamSocketOptions = {}): AcceptSocket {
  return new AcceptSocket(options)
}

export class AcceptSocket {
  readonly #options: StreamSocketOptions
  #address: Address | undefined
  #listener: StreamListener | undefined
  #listening: Promise<this> | undefined
  #accepted: ByteStream[] = []
  #waiters: { resolve: (stream: ByteStream) => void; reject: (error: Error) => void }[] = []
  #closed = false

  constructor(options: StreamSocketOptions) {
    this.#options = options
  }

  /** The address listened on; with port 0 the one the system chose. */
  get address(): Address {
    if (this.#listener === undefined) throw fail('CLOSED', { what: 'socket (not listening yet)' })
    return this.#listener.address
  }

  /** Remembers the address; the system binds at `listen`. */
  async bind(address: string | Address): Promise<this> {
    this.#address = parseAddress(address)
    return this
  }

  /** Starts listening; up to `backlog` connections wait to be accepted. Throws ADDRESS_IN_USE, ... */
  async listen(backlog?: number): Promise<this> {
    if (this.#address === undefined)
      throw fail('OPTION_INVALID', { option: 'listen', rule: 'called after bind', got: 'no address' })
    const { network = systemNetwork(), ...options } = this.#options
    const events = {
      onConnection: (connection: StreamConnection): void => this.#onConnection(connection),
      onAcceptError: (error: Error, retryMs: number): void => this.#onAcceptError(error, retryMs),
    }
    const wanted = backlog === undefined ? options : { ...options, backlog }
    this.#listener = await network.listenStream(this.#address, events, { ...wanted, acceptBatch: 1 })
    this.#listener.pause()
    return this
  }

  /** A listening socket over a descriptor that another process bound; the descriptor belongs to it from now on. */
  static attach(address: Address, descriptor: number): AcceptSocket {
    const socket = new AcceptSocket({ descriptor })
    socket.#address = address
    return socket
  }

  /** What an argument of a process carries instead: the same socket, from which both then accept. Throws UNSUPPORTED. */
  toShared(): { kind: string; data: unknown; descriptors: number[] } {
    const { address } = this
    return { kind: 'listener', data: address, descriptors: [shareableDescriptor(this.#listener?.descriptor)] }
  }

  /** The next connection. */
  async accept(): Promise<ByteStream> {
    if (this.#listener === undefined && this.#options.descriptor !== undefined) {
      await (this.#listening ??= this.listen())
    }
    if (this.#closed || this.#listener === undefined) throw fail('CLOSED', { what: 'listening socket' })
    const waiting = this.#accepted.shift()
    if (waiting !== undefined) return waiting
    const accepted = new Promise<ByteStream>((resolve, reject) => this.#waiters.push({ resolve, reject }))
    // Last, since without the addon a connection held back is handed over at once.
    this.#listener.resume()
    return accepted
  }

  /** Connects this socket instead of listening. */
  async connect(address: string | Address, options: ConnectOptions = {}): Promise<ByteStream> {
    const network = this.#options.network
    return connect(address, network === undefined ? options : { ...options, network })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#listener?.close()
    for (const stream of this.#accepted.splice(0)) await stream.close()
    this.#rejectAll(
      fail('CLOSED', {
        what: `listening socket ${this.#listener === undefined ? '' : formatAddress(this.#listener.address)}`,
      }),
    )
  }

  /** Connections as they come, until the socket is closed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<ByteStream, void> {
    while (!this.#closed) {
      try {
        yield await this.accept()
      } catch (error) {
        if (this.#closed) return
        throw error
      }
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #onConnection(connection: StreamConnection): void {
    // Wrapped in the same turn: its first bytes may come before whoever waits gets to run.
    const stream = new ByteStream(connection)
    const waiter = this.#waiters.shift()
    if (waiter === undefined) this.#accepted.push(stream)
    else waiter.resolve(stream)
    if (this.#waiters.length === 0) this.#listener?.pause()
  }

  #onAcceptError(error: Error, retryMs: number): void {
    if (retryMs > 0) return // The listener tries again by itself.
    this.#rejectAll(error)
  }

  #rejectAll(error: Error): void {
    for (const waiter of this.#waiters.splice(0)) waiter.reject(error)
  }
}
