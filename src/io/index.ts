/** `lanework/io`: sockets, and nobody else opens any. */

// Addresses
export {
  parseAddress,
  formatAddress,
  resolveAddress,
  isDatagram,
  isInternet,
  isLoopback,
  isWildcard,
  schemes,
  socketAddress,
  unixPathBytes,
  type Address,
  type InternetAddress,
  type UnixAddress,
  type Scheme,
} from './address.ts'

// Time
export { estimatedRealTime, momentNs, readRealTime, realTimeNs, type Moment } from './real-time.ts'

// Networks
export { listenUnixNow, systemNetwork } from './network.ts'
export { newDatagramCounts } from './counts.ts'
export type {
  CloseReason,
  ConnectOptions,
  DatagramBatch,
  DatagramCounts,
  DatagramOptions,
  DatagramSocket,
  Endpoint,
  ListenerEvents,
  LentStream,
  ListenOptions,
  MulticastGroup,
  Network,
  PeerCredentials,
  PushOptions,
  ReceivedDatagram,
  SocketOptions,
  StreamConnection,
  StreamEvents,
  StreamListener,
} from './types.ts'

// BSD's calls
export { udp, UdpSocket, type ReceiveOptions, type UdpOptions } from './udp.ts'
export { tcp, listen, connect, AcceptSocket, type StreamSocketOptions } from './tcp.ts'
export { ByteStream } from './byte-stream.ts'

// WebSockets
export {
  connectWebSocket,
  webSocketAcceptor,
  type AcceptorOptions,
  type Origins,
  type Visit,
  type VisitEvents,
  type WebSocketAcceptor,
  type WebSocketClient,
  type WebSocketClientOptions,
  type WebSocketConnection,
  type WebSocketEnd,
  type WebSocketEvents,
  type WebSocketMessage,
  type WebSocketRequest,
} from './websocket.ts'
export { servePages, type PageServer, type PageServerOptions } from './http.ts'
export { VisitTiming, type VisitLimits } from './visit-timing.ts'
export { webSocketFrame } from './websocket-frame.ts'

// Descriptors
export {
  closeDescriptor,
  descriptorPair,
  duplicateDescriptor,
  passedDescriptorsLimit,
  receiveDescriptors,
  sendDescriptors,
} from './descriptors.ts'

// Sockets that a supervisor binds and lanes serve
export { bindSockets, inheritSockets, type BindOptions, type BoundListener } from './bound.ts'
export { BoundSocket, serveBoundDatagram, serveBoundStream, type BoundKind } from './bound-socket.ts'
export { type Discarded } from './discard.ts'
export { handOver, type ConnectionDispatcher, type HandOverEvents } from './hand-over.ts'
export { spreadFor, type SocketSpread } from './spread.ts'

export { adoptStream } from './node/adopt.ts'

// Files of Unix sockets
export { removeStaleSocket } from './unix-path.ts'

// What works where
export { capabilities, type Capability } from './capabilities.ts'
export { nativeStatus, type NativeStatus } from '../native/index.ts'
