/**
 * WebSockets (RFC 6455): accepting them on connections of ours, and connecting to a server. What both need of `node:http` and
 * `ws` is loaded when the first is asked for, so that nobody else pays for it.
 */
import type { AcceptorOptions, WebSocketAcceptor } from './websocket/types.ts'

export type {
  AcceptorOptions,
  Origins,
  Visit,
  VisitEvents,
  WebSocketAcceptor,
  WebSocketConnection,
  WebSocketEvents,
  WebSocketRequest,
} from './websocket/types.ts'

/** What makes WebSockets, and pages, of accepted connections. Throws OPTION_INVALID for pages that cannot be read. */
export async function webSocketAcceptor(options: AcceptorOptions): Promise<WebSocketAcceptor> {
  const { makeAcceptor } = await import('./websocket/accept.ts')
  return makeAcceptor(options)
}
