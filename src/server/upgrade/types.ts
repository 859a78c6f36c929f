/** What one supervisor hands to the next. */
import type { Spread } from '../types.ts'

/** The sockets of one address. */
export interface HandedSockets {
  readonly service: string
  /** The address as it was given to `serve`, by which the successor finds it: `udp://127.0.0.1:0`. */
  readonly asked: string
  /** The one that is bound. */
  readonly address: string
  readonly spread: Exclude<Spread, 'auto'>
  readonly kind: 'datagram' | 'stream'
  /** One for each slot, or one for all. */
  readonly descriptors: readonly number[]
}

/** What a running server gives away in an upgrade. */
export interface HandOver {
  /** Its sockets; the descriptors stay its own. */
  readonly sockets: readonly HandedSockets[]
  /** The files of Unix sockets belong to the successor from now on, and are not removed. */
  release(): void
}

/** Sockets that a predecessor gave: the descriptors now belong to who took them. */
export interface InheritedSockets extends HandedSockets {
  /** To be called once lanes serve them. */
  served(): void
  /** The files of Unix sockets are ours to remove once the upgrade has come about, and until then the predecessor's. */
  readonly ownsFile: boolean
}
