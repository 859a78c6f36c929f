/**
 * The chat service in one lane: desks for its peers, fronts that speak their protocols, and the lobby that gives what is heard to them.
 *
 *   peer ─▶ desk, front ─▶ OwnerLink ─▶ owner ─▶ rooms' subjects ─▶ lobby ─▶ desks ─▶ peers
 */
import { randomBytes } from 'node:crypto'

import type { Subscription } from '../../../bus/index.ts'
import type { Clock } from '../../../core/index.ts'
import type { LaneInfo, Peer, PeerEnd } from '../../../server/index.ts'
import {
  allSubject,
  fromBytes,
  laneSubject,
  pulseSubject,
  roomSubject,
  type AskOwner,
  type ClaimAnswer,
  type HelloAnswer,
  type OwnerNotice,
  type ToLane,
} from '../messages.ts'
import type { ChatSettings } from '../options.ts'
import type { MemberSnapshot } from '../rooms/types.ts'
import { roomKey } from '../text/room-name.ts'
import type { Answer, Entered, Fault, Heard, RequestName, Transport } from '../types.ts'
import { hostOf, LaneDesk, placeOf, readPlace, type DeskOwner } from './desk.ts'
import type { MakeFront } from './front.ts'
import { Lobby } from './lobby.ts'
import { OwnerLink } from './owner-link.ts'

/** The protocol of each kind of peer. */
export type Fronts = Readonly<Record<Transport, MakeFront>>

const unavailable: Fault = { code: 'unavailable', message: 'The rooms cannot be reached just now: try again' }

export class ChatLane implements DeskOwner {
  readonly info: LaneInfo
  readonly settings: ChatSettings
  /** Resolves once the owner knows this lane. */
  readonly ready: Promise<void>
  readonly #fronts: Fronts
  /** Of this lane's life: its successor has another. */
  readonly #id: string
  readonly #lobby = new Lobby()
  readonly #link: OwnerLink
  readonly #rooms = new Map<string, Subscription | undefined>()
  /** Joins under way, by room: it is listened to all the while. */
  readonly #joining = new Map<string, number>()
  readonly #asked = new Map<string, { desk: LaneDesk; ref: string | undefined }>()
  readonly #unfollow: () => void
  #refs = 0
  #proofKey: Uint8Array = new Uint8Array(0)
  #isStopping = false

  constructor(info: LaneInfo, settings: ChatSettings, fronts: Fronts) {
    this.info = info
    this.settings = settings
    this.#fronts = fronts
    this.#id = `${info.id}-${randomBytes(6).toString('hex')}`
    this.#link = new OwnerLink(info.clock, {
      connected: () => this.#connected(),
      lost: () => this.#tellAll('lost'),
    })
    let first: () => void = () => {}
    this.ready = new Promise((resolve) => (first = resolve))
    this.#unfollow = info.shared.onSnapshot((bytes) => {
      const notice = fromBytes<OwnerNotice>(bytes)
      this.#proofKey = Buffer.from(notice.proofKey, 'base64')
      void this.#link.follow(notice).then(first)
    })
  }

  get clock(): Clock {
    return this.info.clock
  }

  /** The key of proofs of addresses, the same in all lanes; empty before the first owner is there. */
  get proofKey(): Uint8Array {
    return this.#proofKey
  }

  get members(): number {
    return this.#lobby.size
  }

  /** A stream peer has come, or a datagram peer's session begins. */
  opened(peer: Peer): void {
    if (peer.open === undefined) this.#deskOf(peer)
  }

  receive(message: Buffer, peer: Peer): void | Promise<void> {
    return this.#deskOf(peer).front.receive(message)
  }

  /** A peer has gone. */
  closed(peer: Peer, reason: PeerEnd): void {
    const desk = peer.state as LaneDesk | undefined
    peer.state = undefined
    if (desk === undefined) return
    desk.front.closed?.(reason)
    // Somebody else is to go on with it.
    if (reason.kind === 'drain' && peer.open !== undefined) return
    this.#leave(desk, reasonOf(reason), reason.kind === 'closed')
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#unfollow()
    await this.#link.ask({ kind: 'bye', lane: this.#id })
    await this.#link.close()
  }

  // What desks ask for.

  async ask(desk: LaneDesk, name: RequestName, ask: object, given: string | undefined): Promise<Answer<unknown>> {
    const ref = `${this.#id}:${++this.#refs}`
    const joining = name === 'join' ? roomKey((ask as { room: string }).room) : undefined
    if (joining !== undefined) this.#beginJoin(joining)
    this.#asked.set(ref, { desk, ref: given })
    try {
      const by = desk.me === undefined ? {} : { by: desk.me.id }
      const filled = name === 'enter' ? { ...ask, address: hostOf(desk.peer), ...placeOf(desk.peer) } : ask
      const message: AskOwner = { kind: 'ask', lane: this.#id, ...by, name, ask: filled, ref }
      const answer = await this.#link.ask<Answer<unknown>>(message)
      if (answer === undefined) return { fault: unavailable }
      if (name === 'enter' && 'ok' in answer) await this.#entered(desk, answer.ok as Entered)
      if (name === 'quit' && 'ok' in answer) this.#forget(desk)
      return answer
    } finally {
      this.#asked.delete(ref)
      if (joining !== undefined) this.#endJoin(joining)
    }
  }

  dismissed(desk: LaneDesk, reason: string): void {
    this.#leave(desk, reason, true)
  }

  // Desks

  #deskOf(peer: Peer): LaneDesk {
    const known = peer.state as LaneDesk | undefined
    if (known !== undefined) return known
    const desk = new LaneDesk(this, peer)
    peer.state = desk
    desk.front = this.#fronts[transportOf(peer)](desk)
    return desk
  }

  async #entered(desk: LaneDesk, entered: Entered): Promise<void> {
    desk.entered(entered)
    this.#lobby.add(desk, entered.rooms)
    await Promise.all(entered.rooms.map(({ room }) => this.#listen(roomKey(room))?.ready.catch(() => {})))
    // It may have gone while it was let in.
    if (desk.peer.state !== desk) this.#leave(desk, 'Gone', false)
  }

  #leave(desk: LaneDesk, reason: string, isMeant: boolean): void {
    const { me } = desk
    if (me === undefined) return
    this.#forget(desk)
    const waitMs = me.transport === 'ws' && !isMeant ? this.settings.resumeSeconds * 1_000 : 0
    const { transport } = me
    void this.#link.ask({ kind: 'lost', lane: this.#id, by: me.id, reason, transport, waitMs })
  }

  #forget(desk: LaneDesk): void {
    for (const key of this.#lobby.remove(desk)) this.#unlisten(key)
  }

  // What is heard

  #listen(key: string): Subscription | undefined {
    if (this.#rooms.has(key)) return this.#rooms.get(key)
    const subscription = this.#link.subscribe(roomSubject(key), (payload) => this.#hear(fromBytes<Heard>(payload)))
    this.#rooms.set(key, subscription)
    return subscription
  }

  #unlisten(key: string): void {
    if (this.#joining.has(key) || this.#lobby.isOccupied(key)) return
    this.#rooms.get(key)?.close()
    this.#rooms.delete(key)
  }

  #beginJoin(key: string): void {
    this.#joining.set(key, (this.#joining.get(key) ?? 0) + 1)
    this.#listen(key)
  }

  #endJoin(key: string): void {
    const left = (this.#joining.get(key) ?? 1) - 1
    if (left > 0) return void this.#joining.set(key, left)
    this.#joining.delete(key)
    this.#unlisten(key)
  }

  #hear(heard: Heard): void {
    const asked = heard.ref === undefined ? undefined : this.#asked.get(heard.ref)
    for (const key of this.#lobby.hear(heard, asked?.desk, asked?.ref)) this.#unlisten(key)
    if (heard.hearing.event === 'ended' && heard.audience.to === 'members') this.#ended(heard.audience.members)
    if (heard.hearing.event === 'quit') this.#ended([heard.hearing.by.id])
  }

  /** The owner has ended their stay. */
  #ended(members: readonly string[]): void {
    for (const id of members) {
      const desk = this.#lobby.member(id)
      if (desk === undefined) continue
      this.#forget(desk)
      desk.peer.close()
    }
  }

  #hearAlone(message: ToLane): void {
    if (message.kind === 'heard') this.#hear(message.heard)
    else void this.#adopt(message.members)
  }

  // The owner comes and goes.

  async #connected(): Promise<void> {
    this.#link.subscribe(allSubject, (payload) => this.#hear(fromBytes<Heard>(payload)))
    this.#link.subscribe(laneSubject(this.#id), (payload) => this.#hearAlone(fromBytes<ToLane>(payload)))
    this.#link.respond(pulseSubject(this.#id))
    this.#rooms.clear()
    for (const key of [...this.#lobby.occupied(), ...this.#joining.keys()]) this.#listen(key)
    const members = [...this.#lobby.desks()].flatMap((desk) => desk.held() ?? [])
    const { gone, changed } = await this.#link.tell<HelloAnswer>({
      kind: 'hello',
      lane: this.#id,
      seat: this.info.id,
      members,
    })
    for (const me of changed) {
      const desk = this.#lobby.member(me.id)
      if (desk !== undefined) desk.me = me
    }
    this.#ended(gone.map(({ id }) => id))
    this.#tellAll('back')
  }

  #tellAll(state: 'lost' | 'back'): void {
    const desks = [...this.#lobby.desks()]
    for (const desk of desks) desk.front.connection?.(state)
  }

  /** Goes on with datagram members of a lane that has ended. */
  async #adopt(members: readonly MemberSnapshot[]): Promise<void> {
    if (this.#isStopping) return
    const desks = new Map(members.flatMap((held) => this.#taken(held)))
    const keys = new Set([...desks.values()].flatMap(({ held }) => held.rooms.map(({ room }) => roomKey(room))))
    for (const key of keys) this.#beginJoin(key)
    const ids = [...desks.keys()]
    const answer = await this.#link.ask<ClaimAnswer>({ kind: 'claim', lane: this.#id, members: ids })
    for (const id of answer?.claimed ?? []) {
      const taken = desks.get(id)
      if (taken === undefined) continue
      const { desk, held } = taken
      desk.adopted(held)
      this.#lobby.add(desk, held.rooms)
      desk.front.connection?.('back')
    }
    for (const key of keys) this.#endJoin(key)
  }

  #taken(held: MemberSnapshot): [string, { desk: LaneDesk; held: MemberSnapshot }][] {
    if (held.place === undefined) return []
    const peer = this.info.openPeer(...readPlace(held.place))
    // One that has entered here meanwhile is here already.
    if (peer === undefined || (peer.state as LaneDesk | undefined)?.me !== undefined) return []
    return [[held.info.id, { desk: this.#deskOf(peer as Peer), held }]]
  }
}

function transportOf({ transport, protocol }: Peer): Transport {
  if (protocol === 'irc') return 'irc'
  if (transport === 'ws') return 'ws'
  return transport === 'udp' || transport === 'unix-dgram' ? 'udp' : 'tcp'
}

/** Why somebody's connection ended, for the others. */
function reasonOf({ kind, error }: PeerEnd): string {
  switch (kind) {
    case 'end':
    case 'closed':
      return 'Left'
    case 'reset':
      return 'Connection reset'
    case 'idle':
      return 'Silent for too long'
    case 'queue-full':
      return 'Did not read what was sent'
    case 'drain':
      return 'Server restarts'
    case 'bad-frame':
      return 'Sent what makes no sense'
    default:
      return error === undefined ? 'Connection lost' : 'Connection broke'
  }
}
