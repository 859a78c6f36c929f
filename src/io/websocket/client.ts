/** A WebSocket to a server, as messages to wait for: the client of `ws` over a connection of ours. */
import type { Duplex } from 'node:stream'
import { WebSocket } from 'ws'

import { fail, type LaneworkError } from '../../core/index.ts'
import type { Bytes } from '../../framing/index.ts'
import { formatAddress, socketAddress, type InternetAddress } from '../address.ts'
import { ConnectionDuplex } from '../http/connection-duplex.ts'
import { systemNetwork } from '../network.ts'
import type { Network } from '../types.ts'
import type { WebSocketClient, WebSocketClientOptions, WebSocketEnd, WebSocketMessage } from './types.ts'

/** Bytes that wait to be taken before the server is slowed down. */
const readAheadBytes = 1_048_576
const usualTimeoutMs = 10_000
/** After our goodbye the server has this long to answer. */
const lingerMs = 2_000

/** Connects, and resolves once the server has accepted. */
export async function openClient(address: InternetAddress, options: WebSocketClientOptions): Promise<WebSocketClient> {
  const { network = systemNetwork(), timeoutMs = usualTimeoutMs, signal } = options
  const startedMs = performance.now()
  const below = await connectBelow(network, address, timeoutMs, signal)
  const leftMs = Math.max(1, timeoutMs - (performance.now() - startedMs))
  const duplex = new ConnectionDuplex(below)
  const socket = openSocket(duplex, address, options)
  const client = new Client(socket, address)
  try {
    await shakeHands(socket, address, { leftMs, timeoutMs, signal })
    return client
  } catch (error) {
    duplex.destroy()
    throw error
  }
}

function connectBelow(
  network: Network,
  address: InternetAddress,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): ReturnType<Network['connectStream']> {
  return network.connectStream(socketAddress(address), signal === undefined ? { timeoutMs } : { timeoutMs, signal })
}

function openSocket(
  duplex: Duplex,
  address: InternetAddress,
  { protocols = [], origin, messageBytes = readAheadBytes }: WebSocketClientOptions,
): WebSocket {
  // A zone (`fe80::1%eth0`) is ours alone, and no part of a URL.
  const url = formatAddress({ ...address, host: address.host.replace(/%.*$/, '') })
  return new WebSocket(url, [...protocols], {
    ...(origin === undefined ? {} : { origin }),
    perMessageDeflate: false,
    maxPayload: messageBytes,
    createConnection: (() => duplex) as never,
  })
}

interface Patience {
  readonly leftMs: number
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

function shakeHands(socket: WebSocket, to: InternetAddress, { leftMs, timeoutMs, signal }: Patience): Promise<void> {
  const address = formatAddress(to)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(fail('CONNECT_TIMEOUT', { address, timeoutMs })), leftMs)
    const onAbort = (): void => settle(fail('ABORTED', { what: `Connecting to ${address}` }))
    const settle = (error?: LaneworkError): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
      if (error === undefined) resolve()
      else reject(error)
    }
    if (signal?.aborted === true) onAbort()
    signal?.addEventListener('abort', onAbort, { once: true })
    socket.once('open', () => settle())
    socket.once('unexpected-response', (_request, { statusCode = 0, statusMessage = '' }) => {
      settle(fail('HANDSHAKE_REFUSED', { address, reason: `${statusCode} ${statusMessage}`.trim() }))
    })
    socket.once('error', (cause) => settle(fail('HANDSHAKE_REFUSED', { address, reason: cause.message }, { cause })))
  })
}

class Client implements WebSocketClient {
  readonly address: InternetAddress
  readonly closed: Promise<WebSocketEnd>
  readonly #socket: WebSocket
  #messages: WebSocketMessage[] = []
  #waitingBytes = 0
  #waiters: (() => void)[] = []
  #end: WebSocketEnd | undefined
  #error: LaneworkError | undefined

  constructor(socket: WebSocket, address: InternetAddress) {
    this.#socket = socket
    this.address = address
    socket.on('message', (data, isBinary) => this.#onMessage(data as Buffer, !isBinary))
    socket.on('error', (cause) => {
      this.#error ??= fail('FRAME_INVALID', { framing: 'websocket', reason: cause.message }, { cause })
      // It has been told, and whoever breaks the protocol may never answer.
      setTimeout(() => socket.terminate(), lingerMs).unref()
      this.#wake()
    })
    this.closed = new Promise((resolve) => {
      socket.on('close', (code, reason) => {
        this.#end = { code, reason: String(reason) }
        this.#wake()
        resolve(this.#end)
      })
    })
  }

  get protocol(): string {
    return this.#socket.protocol
  }

  send(message: Bytes): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.send(message, { binary: typeof message !== 'string' }, (error) => {
        if (error === undefined || error === null) resolve()
        else reject(fail('CLOSED', { what: `WebSocket to ${formatAddress(this.address)}` }, { cause: error }))
      })
    })
  }

  async receive(): Promise<WebSocketMessage | undefined> {
    while (this.#messages.length === 0 && this.#end === undefined && this.#error === undefined) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve))
    }
    const message = this.#messages.shift()
    if (message === undefined) {
      if (this.#error !== undefined) throw this.#error
      if (this.#end?.code === 1_006) throw fail('CONNECTION_RESET', { address: formatAddress(this.address) })
      return undefined
    }
    this.#waitingBytes -= message.data.length
    if (this.#socket.isPaused && this.#waitingBytes < readAheadBytes) this.#socket.resume()
    return message
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<WebSocketMessage, void> {
    for (let next = await this.receive(); next !== undefined; next = await this.receive()) yield next
  }

  async close(code = 1_000, reason = ''): Promise<WebSocketEnd> {
    const timer = setTimeout(() => this.#socket.terminate(), lingerMs)
    this.#socket.close(code, reason)
    // What nobody takes any more must not hold up the goodbye.
    this.#socket.resume()
    try {
      return await this.closed
    } finally {
      clearTimeout(timer)
    }
  }

  terminate(): void {
    this.#socket.terminate()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #onMessage(data: Buffer, isText: boolean): void {
    this.#messages.push({ data, isText })
    this.#waitingBytes += data.length
    if (this.#waitingBytes >= readAheadBytes) this.#socket.pause()
    this.#wake()
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
