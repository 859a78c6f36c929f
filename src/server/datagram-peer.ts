/** The peer of datagrams: one object for each remembered source address. */
import type { Address, DatagramSocket, Endpoint, Scheme } from '../io/index.ts'
import type { Formatter } from './lane.ts'
import type { Peer } from './types.ts'

/** What the listener does for its peers. */
export interface DatagramPeerOwner {
  readonly socket: DatagramSocket
  readonly format: Formatter
  endSession(peer: DatagramPeer): void
}

export class DatagramPeer implements Peer<unknown, unknown> {
  state: unknown = undefined
  /** This source is never answered: another server's port, or ours. */
  readonly silenced: boolean
  /** Its session is open. */
  inSession = false
  /** Monotonic milliseconds of the last datagram; kept for sessions only. */
  lastSeenMs = 0
  readonly #endpoint: Endpoint
  readonly #owner: DatagramPeerOwner

  constructor(owner: DatagramPeerOwner, endpoint: Endpoint, silenced: boolean) {
    this.#owner = owner
    this.#endpoint = endpoint
    this.silenced = silenced
  }

  get transport(): Scheme {
    return this.#owner.socket.address.scheme
  }

  get address(): Address {
    return this.#endpoint.address
  }

  get local(): Address | undefined {
    return this.#endpoint.local
  }

  send(reply: unknown): boolean {
    return this.#owner.socket.send(this.#owner.format(reply), this.#endpoint)
  }

  close(): void {
    this.#owner.endSession(this)
  }
}
