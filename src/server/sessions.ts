/**
 * Sessions of datagram peers: a peer is open from its first datagram until it is silent for `idleMs`.
 * Bounded: beyond the limit new peers are turned away, known ones are served.
 */
import type { Clock, Timer } from '../core/index.ts'
import { formatAddress, type Address, type Endpoint } from '../io/index.ts'
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

  /** The peer of a source, with its session, begun now if it is new and need not be asked for; undefined when there are too many. */
  of(endpoint: Endpoint): DatagramPeer | undefined {
    const known = endpoint.peer as DatagramPeer | undefined
    if (known === undefined || !known.isOpen) return this.#find(endpoint)
    known.lastSeenMs = this.#clock.monotonicMs()
    return known
  }

  #find(endpoint: Endpoint): DatagramPeer | undefined {
    // The endpoint may have been forgotten and made anew by the socket: the address is what counts.
    const inSession = this.#peers.get(formatAddress(endpoint.address))
    if (inSession !== undefined) {
      endpoint.peer = inSession
      inSession.lastSeenMs = this.#clock.monotonicMs()
      return inSession
    }
    const isAsked = this.#options.begin === 'asked'
    if (!isAsked && this.#peers.size >= this.#options.limit) return undefined
    const peer = (endpoint.peer as DatagramPeer | undefined) ?? this.#hooks.make(endpoint)
    endpoint.peer = peer
    if (!isAsked) this.begin(peer)
    return peer
  }

  /** Begins a session; true where there is one. One that is never answered gets none, as its `open` could do so. */
  begin(peer: DatagramPeer): boolean {
    if (peer.isOpen) return true
    const key = formatAddress(peer.address)
    if (peer.silenced || this.#peers.size >= this.#options.limit || this.#peers.has(key)) return false
    this.#peers.set(key, peer)
    peer.begun(this.#clock.monotonicMs())
    this.#hooks.opened(peer)
    return true
  }

  /** The session of an address, begun now if there is none; undefined when there are too many. */
  open(address: Address): DatagramPeer | undefined {
    const known = this.#peers.get(formatAddress(address))
    if (known !== undefined) return known
    const peer = this.#hooks.make({ address, local: undefined, peer: undefined })
    return this.begin(peer) ? peer : undefined
  }

  end(peer: DatagramPeer, reason: PeerEnd): void {
    const key = formatAddress(peer.address)
    if (this.#peers.get(key) !== peer) return
    this.#peers.delete(key)
    peer.ended()
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
