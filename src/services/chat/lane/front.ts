/**
 * How a lane and the protocols of its peers fit together. A front is one peer's protocol: it makes requests of what the peer sends, and
 * bytes of what is heard. Fronts never see another's bytes: they hear events.
 *
 *   peer ─▶ Front.receive ─▶ Desk.ask ─▶ owner            owner ─▶ bus ─▶ lane ─▶ Front.hear ─▶ peer, one encoding a form
 */
import type { Clock } from '../../../core/index.ts'
import type { Bytes } from '../../../framing/index.ts'
import type { Peer, PeerEnd, Prepared } from '../../../server/index.ts'
import type { ChatSettings } from '../options.ts'
import type { Answer, Ask, Heard, Hearing, MemberInfo, Reply, RequestName } from '../types.ts'

/** One protocol at work for one peer. */
export interface Front {
  /** A datagram, a line without its ending, or a WebSocket message. On streams the next comes when the promise has settled. */
  receive(message: Buffer): void | Promise<void>
  /** Something happened that this member hears; also what it did itself, then `heard.ref` is what `Desk.ask` was given. */
  hear(heard: Heard, shared: SharedForms): void
  /** Whether something that the peer sent waits still, for its turn or for a limit. */
  isBusy?(): boolean
  /** The peer has gone; the desk leaves the rooms. */
  closed?(reason: PeerEnd): void
  /**
   * `lost`: the owner is away. `back`: after that, the stay goes on, and what was heard meanwhile is missing. `blink`: it was away for so short that
   * nobody needs to know, though something may be missing.
   */
  connection?(state: ConnectionState): void
}

export type ConnectionState = 'lost' | 'back' | 'blink'

/** What fronts ask of an event for each member that hears it: asked once, as objects that came as JSON are slow to ask. */
export interface Gist {
  readonly event: Hearing['event']
  /** Ids of who did it, and to whom. */
  readonly by: string | undefined
  readonly whom: string | undefined
}

/** What all members of this lane have in common that hear the same event: its encodings, each made once. */
export interface SharedForms {
  /** Set by `gistOf`. */
  gist?: Gist
  /**
   * `form` names everything on which the bytes depend besides the event: protocol, capabilities, default room. Undefined where they are
   * empty: in this form there is nothing to hear.
   */
  once(form: string, encode: () => Bytes): Prepared | undefined
}

export function gistOf(hearing: Hearing, shared: SharedForms): Gist {
  shared.gist ??= {
    event: hearing.event,
    by: 'by' in hearing ? hearing.by?.id : undefined,
    whom: 'whom' in hearing ? hearing.whom.id : undefined,
  }
  return shared.gist
}

/** What a front works with. */
export interface Desk {
  readonly peer: Peer
  readonly clock: Clock
  readonly settings: ChatSettings
  /** Undefined before `enter` has succeeded, and after the stay. Kept up to date before `hear` is called. */
  readonly me: MemberInfo | undefined
  /** Rooms that this member is in, as they are written, by key (see `roomKey`). */
  readonly rooms: ReadonlyMap<string, string>
  /** Where one speaks that names no room with each message; it goes along when the stay goes on in another lane. */
  speaksIn?: string | undefined
  /** The key of proofs of addresses, the same in all lanes; empty before the owner has told it. */
  readonly proofKey?: Uint8Array
  /** Counts what became of datagrams that are no member's. */
  count?(what: FrontCount): void
  /**
   * Asks the owner; never rejects: what goes wrong is a fault (`unavailable`). Requests of one desk are answered in order, and what a
   * request brings about is heard before its answer. `ref` comes back in what is heard because of it.
   */
  ask<Name extends RequestName>(name: Name, ask: Ask<Name>, ref?: string): Promise<Answer<Reply<Name>>>
  /**
   * Ends the stay, with this reason for the others, and then the connection, once what was sent has left. Where the reason is the member's own
   * words, `brief` is what the others hear of one who has only just come.
   */
  end(reason: string, brief?: string): void
}

/**
 * hellos: answered with a cookie. unproved: dropped, as their address has proved nothing. badCookies: joins dropped, their cookie
 * forged, old, or another address's.
 */
export type FrontCount = 'hellos' | 'unproved' | 'badCookies'

export type MakeFront = (desk: Desk) => Front
