/** `lanework/socketserver`: servers as classes, the twin of Python's socketserver. */

// Servers, one request at a time
export { BaseServer } from './base-server.ts'
export { TCPServer, UDPServer, UnixDatagramServer, UnixStreamServer } from './servers.ts'

// Servers, many requests at once
export {
  ForkingTCPServer,
  ForkingUDPServer,
  ForkingUnixDatagramServer,
  ForkingUnixStreamServer,
  ThreadingTCPServer,
  ThreadingUDPServer,
  ThreadingUnixDatagramServer,
  ThreadingUnixStreamServer,
} from './concurrent-servers.ts'
export {
  ForkingMixIn,
  ThreadingMixIn,
  type ConcurrentServer,
  type ForkingServer,
  type ServerClass,
  type ThreadingServer,
} from './concurrent.ts'

// Request handlers
export { BaseRequestHandler, DatagramRequestHandler, StreamRequestHandler } from './request-handler.ts'
export { DatagramWriter, RequestReader, type ByteSource, type RequestWriter } from './request-files.ts'

// The contract
export type {
  DatagramHandlerClass,
  DatagramRequest,
  RequestHandler,
  RequestHandlerClass,
  RequestServer,
  SocketServerEvents,
  StreamHandlerClass,
} from './types.ts'
