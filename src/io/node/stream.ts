/** TCP and Unix streams on `node:net`: the twin of src/io/native for machines without the addon. */
import { createServer, connect, type Server, type Socket } from 'node:net'

import type { Bytes } from '../../framing/index.ts'
import { fail } from '../../core/index.ts'
import { formatAddress, isInternet, withoutMapping, type Address, type UnixAddress } from '../address.ts'
import { fromNodeError } from '../system-error.ts'
import { removeStaleSocket } from '../unix-path.ts'
import { chmodSync } from 'node:fs'
import type {
  CloseReason,
  ConnectOptions,
  ListenerEvents,
  ListenOptions,
  StreamConnection,
  StreamEvents,
  StreamListener,
} from '../types.ts'

export class NodeConnection implements StreamConnection {
  readonly remote: Address
  readonly local: Address
  readonly #socket: Socket
  #events: StreamEvents | undefined
  #peerEnded = false
  #ending = false
  #reason: CloseReason | undefined

  constructor(socket: Socket, remote: Address, local: Address) {
    this.#socket = socket
    this.remote = remote
    this.local = local
    socket.on('error', (cause: NodeJS.ErrnoException) => this.#onError(cause))
    socket.on('close', () => this.#onClose())
  }

  start(events: StreamEvents): void {
    this.#events = events
    // One that was held back may have been broken off before anybody took it.
    if (this.#socket.closed) setImmediate(() => this.#onClose())
    this.#socket.on('data', (chunk: Buffer) => events.onData(chunk))
    this.#socket.on('drain', () => events.onDrain())
    // After end() Node says `finish` instead, once all has left.
    this.#socket.on('finish', () => events.onDrain())
    this.#socket.on('end', () => {
      this.#peerEnded = true
      events.onEnd()
    })
  }

  write(data: Bytes): boolean {
    if (this.#ending || this.#socket.destroyed) return false
    if (data.length === 0) return !this.#socket.writableNeedDrain
    // Copied, as on the native path: Node may send later, and the caller may use its buffer again.
    return this.#socket.write(Buffer.from(data as Uint8Array))
  }

  get queuedBytes(): number {
    return this.#socket.writableLength
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  end(): void {
    if (this.#ending) return
    this.#ending = true
    this.#socket.end()
  }

  destroy(reset = false): void {
    if (this.#socket.destroyed) return
    this.#reason = { kind: this.#ending && this.#peerEnded && !reset ? 'end' : 'local' }
    // libuv refuses a reset after the end of our side, and Node then never lets go of the handle.
    if (reset && !this.#ending && isInternet(this.remote)) this.#socket.resetAndDestroy()
    else this.#socket.destroy()
  }

  ref(yes: boolean): void {
    if (yes) this.#socket.ref()
    else this.#socket.unref()
  }

  setNoDelay(yes: boolean): void {
    this.#socket.setNoDelay(yes)
  }

  #onClose(): void {
    this.#events?.onClose(this.#reason ?? { kind: this.#peerEnded ? 'end' : 'local' })
  }

  #onError(cause: NodeJS.ErrnoException): void {
    const kind = cause.code === 'ECONNRESET' || cause.code === 'EPIPE' ? 'reset' : 'error'
    this.#reason ??= { kind, error: fromNodeError(cause, { syscall: 'read or write', address: this.remote }) }
  }
}

export async function listenNode(
  address: Address,
  events: ListenerEvents,
  options: ListenOptions,
): Promise<StreamListener> {
  if (options.reusePort === true)
    throw fail('UNSUPPORTED', { feature: 'reusePort for TCP', reason: 'it needs the native addon' })
  if (options.reuseAddress === false)
    throw fail('UNSUPPORTED', { feature: 'reuseAddress false for TCP', reason: 'it needs the native addon' })
  const server = createServer({ allowHalfOpen: true, noDelay: options.noDelay !== false, pauseOnConnect: false })
  const open = (): Promise<void> => listen(server, address, options)
  try {
    await open()
  } catch (error) {
    const stale = (error as { code?: string }).code === 'ADDRESS_IN_USE' && !isInternet(address)
    if (!stale || !(await removeStaleSocket(address.path))) throw error
    await open()
  }
  if (!isInternet(address)) chmodSync(address.path, options.mode ?? 0o600)
  return new NodeListener(server, address, events)
}

/** At a path where no file is; it listens when this returns. */
export function listenNodeNow(address: UnixAddress, events: ListenerEvents): StreamListener {
  const server = createServer({ allowHalfOpen: true })
  const listener = new NodeListener(server, address, events)
  server.listen({ path: address.path, backlog: 4096 })
  chmodSync(address.path, 0o600)
  return listener
}

function listen(server: Server, address: Address, options: ListenOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (cause: Error): void => reject(fromNodeError(cause, { syscall: 'listen', address }))
    server.once('error', onError)
    const done = (): void => {
      server.off('error', onError)
      resolve()
    }
    const backlog = options.backlog ?? 4096
    if (options.descriptor !== undefined) server.listen({ fd: options.descriptor, backlog }, done)
    else if (isInternet(address))
      server.listen({ host: address.host, port: address.port, backlog, exclusive: true }, done)
    else server.listen({ path: address.path, backlog }, done)
  })
}

class NodeListener implements StreamListener {
  readonly address: Address
  readonly descriptor = undefined
  readonly #server: Server
  readonly #events: ListenerEvents
  /** Accepted by Node while paused: it cannot leave them in the backlog. */
  #held: NodeConnection[] = []
  #paused = false
  #closed = false

  constructor(server: Server, asked: Address, events: ListenerEvents) {
    this.#server = server
    this.#events = events
    const bound = server.address()
    this.address =
      isInternet(asked) && bound !== null && typeof bound === 'object' ? { ...asked, port: bound.port } : asked
    server.on('connection', (socket) => this.#onConnection(socket))
    server.on('error', (cause) =>
      events.onAcceptError(fromNodeError(cause, { syscall: 'accept', address: this.address }), 0),
    )
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    this.#paused = false
    while (!this.#paused) {
      const connection = this.#held.shift()
      if (connection === undefined) return
      this.#events.onConnection(connection)
    }
  }

  ref(yes: boolean): void {
    if (yes) this.#server.ref()
    else this.#server.unref()
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#closed = true
    for (const connection of this.#held) connection.destroy()
    // Its callback waits for connections to end, which is not ours to wait for: the listener is shut at once.
    this.#server.close()
    return Promise.resolve()
  }

  #onConnection(socket: Socket): void {
    const connection = new NodeConnection(socket, remoteOf(socket, this.address), localOf(socket, this.address))
    if (!this.#paused) {
      this.#events.onConnection(connection)
      return
    }
    this.#held.push(connection)
  }
}

function remoteOf(socket: Socket, listener: Address): Address {
  if (!isInternet(listener)) return { scheme: 'unix', path: '' }
  return { scheme: 'tcp', host: withoutMapping(socket.remoteAddress ?? ''), port: socket.remotePort ?? 0 }
}

function localOf(socket: Socket, listener: Address): Address {
  if (!isInternet(listener)) return listener
  return { scheme: 'tcp', host: withoutMapping(socket.localAddress ?? ''), port: socket.localPort ?? 0 }
}

export function connectNode(address: Address, options: ConnectOptions): Promise<StreamConnection> {
  const timeoutMs = options.timeoutMs ?? 10_000
  return new Promise((resolve, reject) => {
    const target = isInternet(address) ? { host: address.host, port: address.port } : { path: address.path }
    const socket = connect({ ...target, allowHalfOpen: true, noDelay: options.noDelay !== false })
    const finish = (error?: Error): void => {
      clearTimeout(timer)
      options.signal?.removeEventListener('abort', onAbort)
      socket.removeAllListeners()
      if (error === undefined) {
        resolve(
          new NodeConnection(
            socket,
            address,
            localOf(socket, isInternet(address) ? address : { scheme: 'unix', path: '' }),
          ),
        )
        return
      }
      socket.on('error', () => {})
      socket.destroy()
      reject(error)
    }
    const onAbort = (): void => finish(fail('ABORTED', { what: `Connecting to ${formatAddress(address)}` }))
    const timer = setTimeout(
      () => finish(fail('CONNECT_TIMEOUT', { address: formatAddress(address), timeoutMs })),
      timeoutMs,
    )
    socket.on('connect', () => finish())
    socket.on('error', (cause) => finish(fromNodeError(cause, { syscall: 'connect', address })))
    options.signal?.addEventListener('abort', onAbort, { once: true })
    if (options.signal?.aborted === true) onAbort()
  })
}
