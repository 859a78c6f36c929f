/**
 * The contract of `lanework/socketserver`.
 *
 *   BaseServer ─ getRequest ─▶ verifyRequest ─▶ processRequest ─▶ finishRequest ─▶ shutdownRequest ─▶ closeRequest
 *                                  │ false              │ an error      │
 *                                  ▼                    ▼               ▼ a request handler: setup, handle, finish
 *                           shutdownRequest        handleError
 */
import type { Address, ByteStream, UdpSocket } from '../io/index.ts'

/** What a request handler knows of its server, in whatever process or thread it runs. */
export interface RequestServer {
  /** The address the server listens on. */
  readonly serverAddress: Address
  /** What the server's owner put there for handlers; see `BaseServer.context`. */
  readonly context: unknown
  /** Stops `serveForever`. */
  shutdown(): Promise<void>
}

/** A request of a datagram server: the datagram, and the socket through which to answer. */
export type DatagramRequest = readonly [data: Buffer, socket: UdpSocket]

/** What a server does with a request: an object of this kind is made for each. */
export interface RequestHandler {
  setup(): void | Promise<void>
  handle(): void | Promise<void>
  finish(): void | Promise<void>
}

/** Makes the handler of a request. Servers whose handlers run elsewhere take classes that `handler` gave an address. */
export type RequestHandlerClass<Request> = new (
  request: Request,
  clientAddress: Address,
  server: never,
) => RequestHandler

export type StreamHandlerClass = RequestHandlerClass<ByteStream>
export type DatagramHandlerClass = RequestHandlerClass<DatagramRequest>

export interface SocketServerEvents {
  /** A request failed; what `handleError` tells unless it is overridden. */
  readonly requestError: { readonly error: unknown; readonly clientAddress: Address }
  /** A request could not be had: out of descriptors, or gone before it was taken. The server goes on. */
  readonly acceptError: { readonly error: unknown }
}
