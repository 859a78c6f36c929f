/** The peer of datagrams: one object for each remembered source address. */
import { setImmediate } from 'node:timers/promises'

import type { Bytes } from '../framing/index.ts'
import type { Address, DatagramSocket, Endpoint, Moment, Scheme } from '../io/index.ts'
import type { Formatter } from './lane.ts'
import { Prepared } from './prepared.ts'
import type { Peer } from './types.ts'

/** What the listener does for its peers. */
export interface DatagramPeerOwner {
  readonly socket: DatagramSocket
  readonly format: Formatter
  /** When the datagram in hand came; undefined where nobody asked. */
  readonly received: Moment | undefined
  beginSession(peer: DatagramPeer): boolean
  /** The word of the target that it listens at. */
  readonly protocol: string | undefined
  endSession(peer: DatagramPeer): void
  /** A reply that `replyFactor` forbids was dropped. */
  amplified(): void
}

/** What a source is to the limits. */
export interface PeerLimits {
  /** This source is never answered: another server's port, or ours. */
  readonly silenced: boolean
  /** Whom its messages count for; undefined for who is exempt. */
  readonly host: string | undefined
  /** Bytes, with headers, that may be sent to it without a session before it sends anything: 0, or Infinity without a limit. */
  readonly replyBytes: number
}

/** Of IPv4 and UDP; a forged request costs its sender at least so much, and each reply its victim. */
export const headerBytes = 28

export class DatagramPeer implements Peer<unknown, unknown> {
  state: unknown = undefined
  readonly silenced: boolean
  readonly host: string | undefined
  /** Its session is open. */
  isOpen = false
  /** Monotonic milliseconds of the last datagram; kept for sessions only. */
  lastSeenMs = 0
  /** Bytes that may still be sent to it. */
  replyBytes: number
  readonly #unprovenBytes: number
  readonly #endpoint: Endpoint
  readonly #owner: DatagramPeerOwner

  constructor(owner: DatagramPeerOwner, endpoint: Endpoint, { silenced, host, replyBytes }: PeerLimits) {
    this.#owner = owner
    this.#endpoint = endpoint
    this.silenced = silenced
    this.host = host
    this.replyBytes = replyBytes
    this.#unprovenBytes = replyBytes
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

  get listener(): Address {
    return this.#owner.socket.address
  }

  get received(): Moment | undefined {
    return this.#owner.received
  }

  get protocol(): string | undefined {
    return this.#owner.protocol
  }

  send(reply: unknown): boolean {
    const bytes = this.#owner.format(reply)
    if (this.mayGet(bytes)) return this.#owner.socket.send(bytes, this.#endpoint, reply instanceof Prepared)
    this.#owner.amplified()
    return false
  }

  async drained(): Promise<boolean> {
    await setImmediate()
    return true
  }

  open(): boolean {
    return this.#owner.beginSession(this)
  }

  close(): void {
    this.#owner.endSession(this)
  }

  /** Its session begins: whoever has one may get any number of bytes. */
  begun(nowMs: number): void {
    this.isOpen = true
    this.lastSeenMs = nowMs
    this.replyBytes = Infinity
  }

  ended(): void {
    this.isOpen = false
    this.replyBytes = this.#unprovenBytes
  }

  /** True when so much may be sent to it, which is then used up. */
  mayGet(reply: Bytes): boolean {
    const bytes = headerBytes + (typeof reply === 'string' ? Buffer.byteLength(reply) : reply.length)
    if (bytes > this.replyBytes) return false
    this.replyBytes -= bytes
    return true
  }
}
