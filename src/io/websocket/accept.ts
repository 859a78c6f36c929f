/**
 * Accepts WebSockets on connections of ours: Node's parser reads the handshake, `ws` checks and answers it, and whoever asks
 * for pages instead gets them.
 */
import type { IncomingMessage } from 'node:http'
import { WebSocketServer } from 'ws'

import { isLoopback } from '../address.ts'
import { pathOf, refusal, type PageAnswer } from '../http/page-answer.ts'
import { readPages } from '../http/pages.ts'
import { httpOver, type HttpVisit, type Refused } from '../http/server.ts'
import type { StreamConnection } from '../types.ts'
import { AcceptedWebSocket } from './connection.ts'
import { chooseProtocol, refuseHandshake } from './handshake.ts'
import type { AcceptorOptions, VisitEvents, WebSocketAcceptor } from './types.ts'

/** Throws OPTION_INVALID for pages that cannot be read. */
export function makeAcceptor({
  address,
  messageBytes,
  origins,
  protocols = [],
  pages,
}: AcceptorOptions): WebSocketAcceptor {
  const rules = { path: address.path ?? '/', origins, isLoopback: isLoopback(address) }
  const openings = new WeakMap<HttpVisit, VisitEvents>()
  const sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: messageBytes,
    autoPong: false,
    handleProtocols: (offered) => chooseProtocol(offered, protocols) ?? false,
  })
  // It would write an answer of its own; the visit knows how, and who counts.
  let invalid: string | undefined
  sockets.on('wsClientError', (error) => (invalid = error.message))

  const upgrade = (visit: HttpVisit, request: IncomingMessage, head: Buffer): Refused | undefined => {
    const { origin, host } = request.headers
    const path = pathOf(request.url ?? '')
    if (path === undefined) return { answer: refusal(400), reason: 'its target is no path' }
    const refused = refuseHandshake({ path, host, origin }, rules)
    if (refused !== undefined) return { answer: refusal(refused.status), reason: refused.reason }
    invalid = undefined
    sockets.handleUpgrade(request, visit.duplex, head, (socket) => {
      const seen = { path: request.url ?? '/', origin, protocol: socket.protocol }
      const events = openings.get(visit)
      // The visit is over, and its memory free, while the connection lives on.
      openings.delete(visit)
      events?.onOpen(new AcceptedWebSocket(socket, visit.handOver(), seen, messageBytes))
    })
    if (invalid === undefined) return undefined
    const isOfOurVersion = ['13', '8'].includes(request.headers['sec-websocket-version'] ?? '')
    const answer = isOfOurVersion ? refusal(400) : refusal(426, { 'Sec-WebSocket-Version': '13, 8' })
    return { answer, reason: invalid }
  }

  /** Where WebSockets are accepted a page is none (RFC 9110, section 15.5.22), unless a page is there too. */
  const files = pages === undefined ? new Map<never, never>() : readPages(pages)
  const check = ({ method, url = '' }: IncomingMessage): PageAnswer | undefined => {
    const path = pathOf(url)
    if ((method !== 'GET' && method !== 'HEAD') || path !== rules.path || files.has(path as never)) return undefined
    return refusal(426, { Upgrade: 'websocket', Connection: 'Upgrade' })
  }
  const accept = httpOver({ pages: files, check, upgrade })
  return {
    accept(connection: StreamConnection, events: VisitEvents) {
      const visit = accept(connection, events)
      openings.set(visit, events)
      return visit
    },
  }
}
