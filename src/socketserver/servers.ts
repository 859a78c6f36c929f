/** The four servers that serve one request at a time: by connection or datagram, over the internet's addresses or a Unix path. */
import {
  listen,
  udp,
  type AcceptSocket,
  type Address,
  type ByteStream,
  type Scheme,
  type UdpSocket,
} from '../io/index.ts'
import { BaseServer } from './base-server.ts'
import type { DatagramHandlerClass, DatagramRequest, StreamHandlerClass } from './types.ts'

/**
 * Serves TCP connections one after the other.
 *
 * @example
 * await using server = await new TCPServer('tcp://127.0.0.1:0', Upper).open()
 * await server.serveForever()
 */
export class TCPServer extends BaseServer<ByteStream> {
  override allowReuseAddress: boolean = true
  /** Connections that may wait in the backlog. @default 4_096 */
  requestQueueSize: number = 4_096
  /** Sends small writes at once (TCP_NODELAY). @default true */
  noDelay: boolean = true
  #socket: AcceptSocket | undefined
  #next: Promise<ByteStream> | undefined

  constructor(address: string | Address, Handler: StreamHandlerClass, scheme: Scheme = 'tcp') {
    super(address, Handler, scheme)
  }

  override async serverBind(): Promise<Address> {
    this.#socket = await listen(this.askedAddress, {
      backlog: this.requestQueueSize,
      noDelay: this.noDelay,
      reusePort: this.allowReusePort,
      ...(this.askedAddress.scheme === 'tcp' ? { reuseAddress: this.allowReuseAddress } : {}),
    })
    return this.#socket.address
  }

  override async getRequest(): Promise<readonly [ByteStream, Address]> {
    const next = this.#next ?? (this.#socket as AcceptSocket).accept()
    this.#next = undefined
    const stream = await next
    return [stream, stream.remote]
  }

  /** Finishes our side and lets go, once what was sent is with the system. */
  override async shutdownRequest(request: ByteStream): Promise<void> {
    request.end()
    await this.closeRequest(request)
  }

  override async closeRequest(request: ByteStream): Promise<void> {
    await request.close()
  }

  protected override async requestReady(): Promise<void> {
    this.#next ??= (this.#socket as AcceptSocket).accept()
    try {
      await this.#next
    } catch (error) {
      this.#next = undefined
      throw error
    }
  }

  protected override async closeSocket(): Promise<void> {
    await this.#socket?.close()
    // Nobody takes the one that was accepted ahead; what comes of it is its client's to see.
    void this.#next?.then(
      (stream) => stream.close(),
      () => {},
    )
  }
}

/** Serves the connections of a Unix socket one after the other: `unix:PATH`. */
export class UnixStreamServer extends TCPServer {
  constructor(address: string | Address, Handler: StreamHandlerClass) {
    super(address, Handler, 'unix')
  }
}

/** Serves datagrams one after the other. */
export class UDPServer extends BaseServer<DatagramRequest> {
  /** Longest datagram that is received whole, in bytes; of a longer one the rest is gone. @default 65_536 */
  maxPacketSize: number = 65_536
  #socket: UdpSocket | undefined

  constructor(address: string | Address, Handler: DatagramHandlerClass, scheme: Scheme = 'udp') {
    super(address, Handler, scheme)
  }

  override async serverBind(): Promise<Address> {
    const reuse = { reusePort: this.allowReusePort, reuseAddress: this.allowReuseAddress }
    this.#socket = await udp(reuse).bind(this.askedAddress)
    return this.#socket.address
  }

  override async getRequest(): Promise<readonly [DatagramRequest, Address]> {
    const { socket } = this
    const signal = this.stopSignal
    const { message, source } = await socket.recvFrom(this.maxPacketSize, signal === undefined ? {} : { signal })
    return [[message, socket], source]
  }

  /** The socket that receives and answers. */
  protected get socket(): UdpSocket {
    return this.#socket as UdpSocket
  }

  protected override async requestReady(): Promise<void> {
    await this.socket.whenReadable()
  }

  protected override async closeSocket(): Promise<void> {
    await this.#socket?.close()
  }
}

/** Serves the datagrams of a Unix socket one after the other: `unix-dgram:PATH`. Needs the addon. */
export class UnixDatagramServer extends UDPServer {
  constructor(address: string | Address, Handler: DatagramHandlerClass) {
    super(address, Handler, 'unix-dgram')
  }
}
