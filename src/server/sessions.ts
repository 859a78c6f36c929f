/**
 * Sessions of datagram peers: a peer is open from its first datagram until it is silent for `idleMs`.
 * Bounded: beyond the limit new peers are turned away, known ones are served.
 */
import type { Clock, Timer } from '../core/index.ts'
import { formatAddress, type Endpoint } from '../io/index.ts'
import type { DatagramPeer } from './datagram-peer.ts'
import type { PeerEnd, SessionOptions } from './types.ts'

export interface SessionHooks {
  make(endpoint: Endpoint): DatagramPeer
  opened(peer: DatagramPeer): void
  closed(peer: DatagramPeer, reason: PeerEnd): void
}

export class Sessions {
  readonly #options: SessionOptions
  readonly #hooks: SessionHooks
  readonly #clock: Clock
  readonly #peers = new Map<string, DatagramPeer>()
  readonly #sweep: Timer

  constructor(options: SessionOptions, clock: Clock, hooks: SessionHooks) {
    this.#options = options
    this.#clock = clock
    this.#hooks = hooks
    this.#sweep = clock.every(Math.min(1_000, Math.max(10, options.idleMs / 4)), () => this.#expire())
  }

  get size(): number {
    return this.#peers.size
  }

  /** The session of a source, begun now if it is new; undefined when there are too many. */
  of(endpoint: Endpoint): DatagramPeer | undefined {
    const known = endpoint.peer as DatagramPeer | undefined
    if (known === undefined || !known.inSession) return this.#find(endpoint)
    known.lastSeenMs = this.#clock.monotonicMs()
    return known
  }

  #find(endpoint: Endpoint): DatagramPeer | undefined {
    // The endpoint may have been forgotten and made anew by the socket: the address is what counts.
    const key = formatAddress(endpoint.address)
    let peer = this.#peers.get(key)
    if (peer === undefined) {
      if (this.#peers.size >= this.#options.limit) return undefined
      peer = this.#hooks.make(endpoint)
      // Never answered, so it gets no session whose `open` could do so.
      if (peer.silenced) return peer
      this.#peers.set(key, peer)
      peer.inSession = true
      this.#hooks.opened(peer)
    }
    endpoint.peer = peer
    peer.lastSeenMs = this.#clock.monotonicMs()
    return peer
  }

  end(peer: DatagramPeer, reason: PeerEnd): void {
    const key = formatAddress(peer.address)
    if (this.#peers.get(key) !== peer) return
    this.#peers.delete(key)
    peer.inSession = false
    this.#hooks.closed(peer, reason)
  }

  close(reason: PeerEnd): void {
    this.#sweep.cancel()
    for (const peer of this.#peers.values()) this.end(peer, reason)
  }

  #expire(): void {
    const oldest = this.#clock.monotonicMs() - this.#options.idleMs
    for (const peer of this.#peers.values()) {
      if (peer.lastSeenMs < oldest) this.end(peer, { kind: 'idle' })
    }
  }
}
