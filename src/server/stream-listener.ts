/** Serves streams: accepts within the limits, gives each connection its peer, sweeps for timeouts. */
import { fail, type Timer } from '../core/index.ts'
import {
  ByteStream,
  formatAddress,
  socketAddress,
  webSocketAcceptor,
  type Address,
  type InternetAddress,
  type StreamConnection,
  type StreamListener,
  type WebSocketAcceptor,
  type WebSocketConnection,
} from '../io/index.ts'
import { formatterOf } from './answer.ts'
import { boundAs } from './bound-as.ts'
import { BytePeer } from './byte-peer.ts'
import { guardHook, type Formatter, type Handler, type LaneContext } from './lane.ts'
import { HandlerTimes } from './handler-times.ts'
import { connectionsAt, count, measureAt } from './measures.ts'
import { limitedHost, SourceRates } from './rate/source-rates.ts'
import type { MeasureWriter } from './shared/measure-block.ts'
import { StreamPeer, type StreamPeerOwner } from './stream-peer.ts'
import type { ListenTarget, PeerEnd } from './types.ts'
import { WebSocketVisitor } from './websocket-visitor.ts'
import { WebSocketWire } from './websocket-wire.ts'
import { FramedWire, type Wire } from './wire.ts'

/** What the listener needs of a connection's peer, framed or as bytes. */
export interface AcceptedPeer {
  /** Its place among the connections of all lanes. */
  readonly slot: number
  readonly isBusy: boolean
  readonly queuedBytes: number
  /** Bytes received that no handler got yet. */
  readonly pendingBytes: number
  readonly address: Address
  finish(reason: PeerEnd): void
  drain(): void
  abort(reason: PeerEnd): void
  checkTimeouts(nowMs: number): void
}

export async function openStreamListener(
  lane: LaneContext,
  target: ListenTarget,
  address: Address,
  index: number,
): Promise<ServedStreams> {
  const acceptor = address.scheme === 'ws' ? await acceptorOf(lane, target, address) : undefined
  const served = new ServedStreams(lane, target, index, acceptor)
  const events = {
    onConnection: (connection: StreamConnection): void => served.accept(connection),
    onAcceptError: (error: Error, retryMs: number): void => served.acceptFailed(error, retryMs),
  }
  try {
    served.listener = await lane.network.listenStream(socketAddress(address), events, target.stream ?? {})
    served.address = boundAs(address, served.listener.address)
    return served
  } catch (error) {
    served.stopSweeping()
    throw error
  }
}

/** Throws SERVICE_INVALID for a service that takes bytes, OPTION_INVALID for pages that cannot be read. */
async function acceptorOf(
  { service: { definition }, limits }: LaneContext,
  target: ListenTarget,
  address: InternetAddress,
): Promise<WebSocketAcceptor> {
  if (definition.message === undefined) {
    throw fail('SERVICE_INVALID', {
      source: definition.name,
      reason: `connection() services take bytes and cannot listen on ${formatAddress(address)}`,
    })
  }
  const { origins = definition.origins, protocols } = target
  return await webSocketAcceptor({
    address,
    messageBytes: limits.frameBytes,
    origins,
    protocols,
    pages: definition.pages,
  })
}

export class ServedStreams implements StreamPeerOwner {
  readonly lane: LaneContext
  readonly cells: Float64Array
  readonly times: HandlerTimes
  readonly rates: SourceRates | undefined
  readonly handler: Handler
  readonly format: Formatter
  readonly protocol: string | undefined
  readonly peers: Set<AcceptedPeer> = new Set()
  /** Set once it is bound. */
  address!: Address
  nowMs: number
  listener!: StreamListener
  readonly #sweep: Timer
  /** Peers whose source has sent too many messages, in the order of their turns. */
  readonly #throttled = new Set<StreamPeer>()
  /** Set at a `ws://` address. */
  readonly #acceptor: WebSocketAcceptor | undefined
  #retry: Timer | undefined

  /** `index` is the listener's place in `listen`, and among the lane's measures. */
  constructor(lane: LaneContext, target: ListenTarget, index: number, acceptor?: WebSocketAcceptor) {
    const { definition } = lane.service
    const { measures } = lane.shared
    this.lane = lane
    this.protocol = target.protocol
    this.#acceptor = acceptor
    const own = measures.listeners[index] as MeasureWriter
    this.cells = own.counters.cells
    this.times = new HandlerTimes(own.histogram('handlerUs'), lane.clock)
    this.rates = SourceRates.of(lane.shared, lane.limits, lane.clock)
    this.handler = (message, peer) => definition.message?.(message, peer)
    this.format = formatterOf(definition.name, lane.framing)
    this.nowMs = lane.clock.monotonicMs()
    this.#sweep = lane.clock.every(sweepMs(lane), () => this.#checkTimeouts())
  }

  get connections(): number {
    return this.peers.size
  }

  /** What the kernel drops of streams nobody counts. */
  kernelDrops(): undefined {
    return undefined
  }

  /** Everything is counted at once. */
  refresh(): void {}

  accept(connection: StreamConnection): void {
    const host = limitedHost(connection.remote)
    const slot = this.lane.overloaded ? 'overloaded' : this.lane.shared.slots.admit(host)
    if (typeof slot === 'string') {
      count(this.cells, slot === 'overloaded' ? measureAt.connectionsShed : measureAt.connectionsRefused)
      this.lane.events.emit('connectionRefused', { peer: connection.remote, reason: slot })
      connection.destroy(true)
      return
    }
    count(this.cells, measureAt.connectionsOpened)
    const { definition } = this.lane.service
    if (this.#acceptor !== undefined) this.#add(new WebSocketVisitor(this, this.#acceptor, connection, slot, host))
    else if (definition.connection === undefined) this.#serveMessages(connection, slot, host)
    else {
      const peer = new BytePeer(this, new ByteStream(connection), slot)
      this.#add(peer)
      peer.run(definition.connection.bind(definition))
    }
  }

  acceptFailed(error: Error, retryMs: number): void {
    count(this.cells, measureAt.acceptPauses)
    this.lane.events.emit('acceptPaused', { address: this.address, error, retryMs })
  }

  /** A visitor has become a WebSocket; it keeps its place. */
  upgraded(visitor: AcceptedPeer, connection: WebSocketConnection, host: string | undefined): void {
    this.peers.delete(visitor)
    const peer = new StreamPeer(this, new WebSocketWire(connection, this.format), visitor.slot, host)
    this.#add(peer)
    if (this.lane.draining) {
      peer.begin()
      peer.finish({ kind: 'drain' })
    } else this.#begin(peer)
  }

  handshakeRefused(peer: Address, reason: string): void {
    count(this.cells, measureAt.handshakesRefused)
    if (!this.lane.events.has('badMessage')) return
    this.lane.events.emit('badMessage', { error: fail('FRAME_INVALID', { framing: 'http', reason }), peer })
  }

  /** A visitor, of which the service knows nothing, is gone. */
  left(visitor: AcceptedPeer, reason: PeerEnd): boolean {
    if (!this.peers.delete(visitor)) return false
    count(this.cells, measureAt.connectionsClosed)
    if (reason.kind === 'reset') count(this.cells, measureAt.connectionsReset)
    this.cells[connectionsAt] = this.peers.size
    this.lane.shared.slots.release(visitor.slot)
    return true
  }

  /** A peer's last event. */
  closed(peer: AcceptedPeer, reason: PeerEnd): void {
    if (!this.left(peer, reason)) return
    this.#throttled.delete(peer as StreamPeer)
    const { definition } = this.lane.service
    try {
      guardHook(definition.close?.(peer as never, reason), (error) => this.hookFailed(error, peer.address))
    } catch (error) {
      this.hookFailed(error, peer.address)
    }
  }

  mayBeSilent(peer: StreamPeer): boolean {
    try {
      return this.lane.service.definition.silent?.(peer) === true
    } catch (error) {
      this.hookFailed(error, peer.address)
      return false
    }
  }

  hookFailed(error: unknown, peer: Address): void {
    count(this.cells, measureAt.handlerErrors)
    this.lane.events.emit('handlerError', { error, peer })
  }

  /** Accepts no more; open connections go on. */
  async stopAccepting(): Promise<void> {
    await this.listener.close()
  }

  stopSweeping(): void {
    this.#sweep.cancel()
    this.#retry?.cancel()
  }

  throttle(peer: StreamPeer): void {
    this.#throttled.add(peer)
    this.#retry ??= this.lane.clock.after((this.rates as SourceRates).retryMs, () => this.#retryAll())
  }

  async close(reason: PeerEnd): Promise<void> {
    this.stopSweeping()
    await this.listener.close()
    for (const peer of this.peers) peer.abort(reason)
  }

  #serveMessages(connection: StreamConnection, slot: number, host: string | undefined): void {
    let wire: Wire
    try {
      wire = new FramedWire(this.lane, connection, this.format)
    } catch (error) {
      // A framing of the user's that makes no decoder.
      this.lane.shared.slots.release(slot)
      count(this.cells, measureAt.connectionsClosed)
      this.hookFailed(error, connection.remote)
      connection.destroy(true)
      return
    }
    const peer = new StreamPeer(this, wire, slot, host)
    this.#add(peer)
    this.#begin(peer)
  }

  #begin(peer: StreamPeer): void {
    peer.begin()
    try {
      guardHook(this.lane.service.definition.open?.(peer), (error) => {
        this.hookFailed(error, peer.address)
        peer.finish({ kind: 'handler-error', error: error as Error })
      })
    } catch (error) {
      this.hookFailed(error, peer.address)
      peer.finish({ kind: 'handler-error', error: error as Error })
    }
  }

  #add(peer: AcceptedPeer): void {
    this.peers.add(peer)
    this.cells[connectionsAt] = this.peers.size
  }

  /** Each has one turn; who must wait again stands behind the others. */
  #retryAll(): void {
    this.#retry = undefined
    this.nowMs = this.lane.clock.monotonicMs()
    const waiting = [...this.#throttled]
    this.#throttled.clear()
    for (const peer of waiting) peer.retry()
  }

  #checkTimeouts(): void {
    this.nowMs = this.lane.clock.monotonicMs()
    for (const peer of this.peers) peer.checkTimeouts(this.nowMs)
  }
}

/** How often to look: often enough for the shortest limit, at most every 10 ms, at least every second. */
function sweepMs(lane: LaneContext): number {
  const { idleMs, frameMs, handshakeMs } = lane.limits
  const shortest = Math.min(...[idleMs, frameMs, handshakeMs].map((limitMs) => (limitMs === 0 ? Infinity : limitMs)))
  return Math.min(1_000, Math.max(10, shortest / 4))
}
