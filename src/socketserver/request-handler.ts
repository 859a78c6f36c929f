/** What answers a request: an object is made for each, and does `setup`, `handle` and `finish`. */
import type { Address, ByteStream } from '../io/index.ts'
import { DatagramWriter, RequestReader, sourceOf, type RequestWriter } from './request-files.ts'
import type { DatagramRequest, RequestHandler, RequestServer } from './types.ts'

/**
 * The base of all request handlers. A subclass has `handle`, and `setup` and `finish` if need be; each may be async.
 *
 * @example
 * class Upper extends BaseRequestHandler<ByteStream> {
 *   override async handle() {
 *     const message = await this.request.recv(1024)
 *     await this.request.send(String(message).toUpperCase())
 *   }
 * }
 */
export class BaseRequestHandler<Request, Server extends RequestServer = RequestServer> implements RequestHandler {
  /** The connection, or the datagram with its socket. */
  readonly request: Request
  readonly clientAddress: Address
  readonly server: Server

  constructor(request: Request, clientAddress: Address, server: Server) {
    this.request = request
    this.clientAddress = clientAddress
    this.server = server
  }

  /** Before `handle`; when it throws neither `handle` nor `finish` is called. */
  setup(): void | Promise<void> {}

  handle(): void | Promise<void> {}

  /** After `handle`, also when that threw. */
  finish(): void | Promise<void> {}
}

/** Makes the handler of a request and lets it run. */
export async function serveRequest(handler: RequestHandler): Promise<void> {
  await handler.setup()
  try {
    await handler.handle()
  } finally {
    await handler.finish()
  }
}

/**
 * A handler of connections that reads from `rfile` and writes to `wfile`.
 *
 * @example
 * class Upper extends StreamRequestHandler {
 *   override async handle() {
 *     for await (const line of this.rfile) await this.wfile.write(String(line).toUpperCase())
 *   }
 * }
 */
export class StreamRequestHandler<Server extends RequestServer = RequestServer> extends BaseRequestHandler<
  ByteStream,
  Server
> {
  /** Longest wait for the client, reading or writing; then TIMED_OUT. A subclass sets it. @default no limit */
  readonly timeoutMs: number | undefined = undefined
  /** Sends small writes at once (TCP_NODELAY); undefined leaves it as the server has it. */
  readonly noDelay: boolean | undefined = undefined
  rfile!: RequestReader
  wfile!: RequestWriter

  override setup(): void | Promise<void> {
    this.request.timeoutMs = this.timeoutMs
    if (this.noDelay !== undefined) this.request.setNoDelay(this.noDelay)
    this.rfile = new RequestReader(this.request)
    this.wfile = this.request
  }
}

/** A handler of datagrams that reads from `rfile`; what it wrote to `wfile` leaves as one datagram when it is done. */
export class DatagramRequestHandler<Server extends RequestServer = RequestServer> extends BaseRequestHandler<
  DatagramRequest,
  Server
> {
  rfile!: RequestReader
  wfile!: DatagramWriter

  override setup(): void | Promise<void> {
    this.rfile = new RequestReader(sourceOf(this.request[0]))
    this.wfile = new DatagramWriter()
  }

  override async finish(): Promise<void> {
    await this.request[1].sendTo(this.wfile.contents, this.clientAddress)
  }
}
