/** Serves streams: accepts within the limits, gives each connection its peer, sweeps for timeouts. */
import type { Timer } from '../core/index.ts'
import {
  ByteStream,
  formatAddress,
  isInternet,
  isLoopback,
  type Address,
  type StreamConnection,
  type StreamListener,
} from '../io/index.ts'
import { formatterOf } from './answer.ts'
import { BytePeer } from './byte-peer.ts'
import { guardHook, type Formatter, type Handler, type LaneContext } from './lane.ts'
import { count, measureAt, newMeasures, type Measures } from './measures.ts'
import { sourceKey } from './rate/prefix.ts'
import { StreamPeer, type StreamPeerOwner } from './stream-peer.ts'
import type { ListenerStatus, ListenTarget, PeerEnd } from './types.ts'

/** What the listener needs of a connection's peer, framed or as bytes. */
export interface AcceptedPeer {
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
): Promise<ServedStreams> {
  const served = new ServedStreams(lane)
  const events = {
    onConnection: (connection: StreamConnection): void => served.accept(connection),
    onAcceptError: (error: Error, retryMs: number): void => served.acceptFailed(error, retryMs),
  }
  try {
    served.listener = await lane.network.listenStream(address, events, target.stream ?? {})
    return served
  } catch (error) {
    served.stopSweeping()
    throw error
  }
}

export class ServedStreams implements StreamPeerOwner {
  readonly lane: LaneContext
  readonly measures: Measures = newMeasures()
  readonly handler: Handler
  readonly format: Formatter
  readonly peers: Set<AcceptedPeer> = new Set()
  nowMs: number
  listener!: StreamListener
  readonly #sweep: Timer

  constructor(lane: LaneContext) {
    const { definition } = lane.service
    this.lane = lane
    this.handler = (message, peer) => definition.message?.(message, peer)
    this.format = formatterOf(definition.name, lane.framing)
    this.nowMs = lane.clock.monotonicMs()
    this.#sweep = lane.clock.every(sweepMs(lane), () => this.#checkTimeouts())
  }

  get address(): Address {
    return this.listener.address
  }

  status(): ListenerStatus {
    return {
      address: formatAddress(this.address),
      spread: 'shared',
      connections: this.peers.size,
      counters: this.measures.snapshot(),
      kernelDrops: undefined,
    }
  }

  accept(connection: StreamConnection): void {
    const { cells } = this.measures
    const refused = this.#refusal(connection.remote)
    if (refused !== undefined) {
      count(cells, measureAt.connectionsRefused)
      this.lane.events.emit('connectionRefused', { peer: connection.remote, reason: refused })
      connection.destroy(true)
      return
    }
    count(cells, measureAt.connectionsOpened)
    this.#countAddress(connection.remote, 1)
    this.lane.openConnections++
    const { definition } = this.lane.service
    if (definition.connection === undefined) this.#serveMessages(connection)
    else {
      const peer = new BytePeer(this, new ByteStream(connection))
      this.peers.add(peer)
      peer.run(definition.connection.bind(definition))
    }
  }

  acceptFailed(error: Error, retryMs: number): void {
    count(this.measures.cells, measureAt.acceptPauses)
    this.lane.events.emit('acceptPaused', { address: this.listener.address, error, retryMs })
  }

  /** A peer's last event. */
  closed(peer: AcceptedPeer, reason: PeerEnd): void {
    if (!this.peers.delete(peer)) return
    const { cells } = this.measures
    count(cells, measureAt.connectionsClosed)
    if (reason.kind === 'reset') count(cells, measureAt.connectionsReset)
    this.lane.openConnections--
    this.#countAddress(peer.address, -1)
    const { definition } = this.lane.service
    try {
      guardHook(definition.close?.(peer as never, reason), (error) => this.hookFailed(error, peer.address))
    } catch (error) {
      this.hookFailed(error, peer.address)
    }
  }

  hookFailed(error: unknown, peer: Address): void {
    count(this.measures.cells, measureAt.handlerErrors)
    this.lane.events.emit('handlerError', { error, peer })
  }

  /** Accepts no more; open connections go on. */
  async stopAccepting(): Promise<void> {
    await this.listener.close()
  }

  stopSweeping(): void {
    this.#sweep.cancel()
  }

  async close(reason: PeerEnd): Promise<void> {
    this.stopSweeping()
    await this.listener.close()
    for (const peer of this.peers) peer.abort(reason)
  }

  #serveMessages(connection: StreamConnection): void {
    const peer = new StreamPeer(this, connection)
    this.peers.add(peer)
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

  #refusal(remote: Address): 'connections' | 'connectionsPerAddress' | undefined {
    const { limits } = this.lane
    if (this.lane.openConnections >= limits.connections) return 'connections'
    if (!isInternet(remote) || isLoopback(remote)) return undefined
    return (this.lane.connectionsByHost.get(sourceKey(remote.host)) ?? 0) >= limits.connectionsPerAddress
      ? 'connectionsPerAddress'
      : undefined
  }

  #countAddress(remote: Address, change: 1 | -1): void {
    if (!isInternet(remote) || isLoopback(remote)) return
    const source = sourceKey(remote.host)
    const open = (this.lane.connectionsByHost.get(source) ?? 0) + change
    if (open === 0) this.lane.connectionsByHost.delete(source)
    else this.lane.connectionsByHost.set(source, open)
  }

  #checkTimeouts(): void {
    this.nowMs = this.lane.clock.monotonicMs()
    for (const peer of this.peers) peer.checkTimeouts(this.nowMs)
  }
}

/** How often to look: often enough for the shortest limit, at most every 10 ms, at least every second. */
function sweepMs(lane: LaneContext): number {
  const { idleMs, frameMs } = lane.limits
  const shortest = Math.min(idleMs === 0 ? Infinity : idleMs, frameMs === 0 ? Infinity : frameMs)
  return Math.min(1_000, Math.max(10, shortest / 4))
}
