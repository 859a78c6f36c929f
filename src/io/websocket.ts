/**
 * WebSockets (RFC 6455): accepting them on connections of ours, and connecting to a server. What both need of `node:http` and
 * `ws` is loaded when the first is asked for, so that nobody else pays for it.
 */
import { fail } from '../core/index.ts'
import { formatAddress, parseAddress, type Address } from './address.ts'
import type { AcceptorOptions, WebSocketAcceptor, WebSocketClient, WebSocketClientOptions } from './websocket/types.ts'

export type {
  AcceptorOptions,
  Origins,
  Visit,
  VisitEvents,
  WebSocketAcceptor,
  WebSocketClient,
  WebSocketClientOptions,
  WebSocketConnection,
  WebSocketEnd,
  WebSocketEvents,
  WebSocketMessage,
  WebSocketRequest,
} from './websocket/types.ts'

/** What makes WebSockets, and pages, of accepted connections. Throws OPTION_INVALID for pages that cannot be read. */
export async function webSocketAcceptor(options: AcceptorOptions): Promise<WebSocketAcceptor> {
  const { makeAcceptor } = await import('./websocket/accept.ts')
  return makeAcceptor(options)
}

/**
 * Opens a WebSocket to `ws://HOST:PORT/PATH`.
 * Throws HANDSHAKE_REFUSED when the server does not accept it, CONNECTION_REFUSED, CONNECT_TIMEOUT, HOST_UNREACHABLE,
 * NAME_NOT_FOUND, ABORTED, ADDRESS_INVALID.
 *
 * @example
 * await using socket = await connectWebSocket('ws://127.0.0.1:9080/chat')
 * await socket.send('hello')
 * for await (const { data } of socket) console.log(String(data))
 */
export async function connectWebSocket(
  address: string | Address,
  options: WebSocketClientOptions = {},
): Promise<WebSocketClient> {
  const to = parseAddress(address)
  if (to.scheme !== 'ws') {
    throw fail('ADDRESS_INVALID', { input: formatAddress(to), reason: 'it is not of the form ws://HOST:PORT/PATH' })
  }
  const { openClient } = await import('./websocket/client.ts')
  return await openClient(to, options)
}
