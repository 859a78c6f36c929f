/**
 * The chat service: the same rooms over UDP, TCP, WebSocket and IRC.
 *
 *   lanes: fronts ─▶ owner: rooms, limits, store ─▶ bus ─▶ lanes: fronts
 */
import { fail } from '../../core/index.ts'
import type { Framing } from '../../framing/index.ts'
import { service, serviceMaker, type Peer, type Service, type ServiceMaker } from '../../server/index.ts'
import { chatPages } from '../chat-page.ts'
import { ircFront } from './irc/index.ts'
import { chatCounters } from './lane/counters.ts'
import { ChatLane, type Fronts } from './lane/lane.ts'
import { chatSettings, type ChatOptions } from './options.ts'
import { ownRooms } from './owner/own-rooms.ts'
import { pageFront } from './page/front.ts'
import { cutLines, linesFront, udpFront } from './plain/index.ts'

const fronts: Fronts = { udp: udpFront, tcp: linesFront, ws: pageFront, irc: ircFront }

/** IRC's longest line: 8,191 bytes of tags and 512 of the rest, each with what ends it. */
const frameBytes = 8_703
/** Lines as they come, too long ones cut; what leaves has its endings already, so that it is made once for all who get it. */
const framing: Framing = { ...cutLines(), encode: (payload) => payload }
/** Pages that answer no pings have gone, and browsers that only fetched the page. */
const idleMs = 90_000
/** Of a datagram's bytes, headers counted, until its sender has proved its address. */
const replyFactor = 1

/**
 * Makes the chat service. At `tcp://` it speaks plain lines, or IRC where the target's `protocol` is `irc`; at `ws://` it serves the page. Throws
 * OPTION_INVALID; the server does not start where the history cannot be opened.
 *
 * @example
 * await serve(chatService({ room: '#tea' }), { listen: ['udp://127.0.0.1:9060', 'tcp://127.0.0.1:9060', 'ws://127.0.0.1:9080/chat'] })
 */
export function chatService(options: ChatOptions = {}): Service {
  const settings = chatSettings(options)
  // Hooks are not told which lane calls them, so a service object has one; each thread and process makes its own from a module.
  let lane: ChatLane | undefined
  return service({
    name: 'chat',
    pages: chatPages,
    framing,
    counters: chatCounters,
    sessions: { idleMs: settings.udpIdleSeconds * 1_000, limit: settings.members, begin: 'asked' },
    limits: { frameBytes, replyFactor, idleMs, connections: settings.members },
    start: async (info) => {
      if (lane !== undefined) {
        throw fail('SERVICE_INVALID', { source: 'chat', reason: 'it is served already; make one for each server' })
      }
      lane = new ChatLane(info, settings, fronts)
      await lane.ready
    },
    retire: (info) => (lane?.info === info ? lane.retire() : undefined),
    stop: async (info) => {
      // One that was refused stops too.
      if (lane?.info !== info) return
      const ending = lane
      lane = undefined
      await ending.stop()
    },
    shared: (server) => ownRooms(settings, server),
    // Who reads along with `nc` has nothing to answer a ping with; IRC has its own.
    silent: (peer) => peer.transport !== 'ws',
    open: (peer) => lane?.opened(peer as Peer),
    message: (message, peer) => lane?.receive(message, peer as Peer),
    close: (peer, reason) => lane?.closed(peer as Peer, reason),
  })
}

/** The service for modules and `lanework serve chat`: options come in the URL. */
export const chat: ServiceMaker<ChatOptions> = serviceMaker((options) => chatService(options))
