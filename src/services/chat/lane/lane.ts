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
  type ChangedMember,
  type ClaimAnswer,
  type HelloAnswer,
  type OwnerNotice,
  type ToLane,
} from '../messages.ts'
import type { ChatSettings } from '../options.ts'
import { pagesOf } from '../pages.ts'
import type { MemberSnapshot } from '../rooms/types.ts'
import { roomKey } from '../text/room-name.ts'
import type { Answer, Entered, Heard, RequestName, Transport } from '../types.ts'
import { Absence } from './absence.ts'
import { chatCounters, type ChatCounter } from './counters.ts'
import { hostOf, LaneDesk, placeOf, readPlace, type DeskOwner } from './desk.ts'
import type { ConnectionState, MakeFront } from './front.ts'
import { formsOf, Lobby } from './lobby.ts'
import { Departures } from './departures.ts'
import { EarlyHearings } from './early.ts'
import { missedBy } from './missed.ts'
import { OwnerLink } from './owner-link.ts'
import { reasonOf, restarts, transportOf } from './peers.ts'
import { faultOf } from './unanswered.ts'
import { within } from './within.ts'

/** The protocol of each kind of peer. */
export type Fronts = Readonly<Record<Transport, MakeFront>>

/** How often, and how many times, a lane looks whether it can take over members. */
const [adoptEveryMs, adoptAttempts] = [50, 200]
/** How long a lane that retires waits for its datagram members to go on elsewhere. */
const moveMs = 10_000
/** And before, for what they have said: a limit may delay it. */
const saidMs = 5_000

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
  /** Of streams, whether they have entered or not. */
  readonly #streams = new Set<LaneDesk>()
  /** Joins under way, by room: it is listened to all the while. */
  readonly #joining = new Map<string, number>()
  readonly #asked = new Map<string, { desk: LaneDesk; ref: string | undefined }>()
  readonly #unfollow: () => void
  readonly #absence: Absence
  readonly #departures: Departures
  readonly #early = new EarlyHearings(
    (member) => this.#lobby.member(member) !== undefined,
    (heard) => this.#hear(heard),
    (member) => void this.#link.ask({ kind: 'stray', lane: this.#id, member }),
  )
  /** What it listens to besides rooms. */
  #always: (Subscription | undefined)[] = []
  #refs = 0
  #proofKey: Uint8Array = new Uint8Array(0)
  #isStopping = false
  /** An owner has known it. */
  #hasBeenKnown = false

  constructor(info: LaneInfo, settings: ChatSettings, fronts: Fronts) {
    this.info = info
    this.settings = settings
    this.#fronts = fronts
    this.#id = `${info.id}-${randomBytes(6).toString('hex')}`
    this.#absence = new Absence(info.clock, (state) => this.#tellAll(state))
    this.#departures = new Departures(info.clock)
    this.#link = new OwnerLink(info.clock, {
      connected: (isNew) => this.#connected(isNew),
      lost: () => this.#absence.begins(),
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

  count(what: ChatCounter, by = 1): void {
    const at = chatCounters.indexOf(what)
    this.info.counters[at] = (this.info.counters[at] as number) + by
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
    this.#streams.delete(desk)
    desk.front.closed?.(reason)
    // Somebody else is to go on with it.
    if (reason.kind === 'drain' && peer.open !== undefined) return
    this.#leave(desk, reasonOf(reason), reason.kind === 'closed')
  }

  /**
   * Lanes of a reload serve the sockets: stream members are told and connect again, and datagram members go on there; until each does, it
   * hears by this lane, so that nobody misses anything.
   */
  async retire(): Promise<void> {
    const hearing = { event: 'ended', reason: restarts, atMs: this.clock.wallMs() } as const
    for (const desk of this.#streams) {
      const members = desk.me === undefined ? [] : [desk.me.id]
      // Pages come back by themselves to the stay that waits for them.
      if (transportOf(desk.peer) !== 'ws') desk.hear({ audience: { to: 'members', members }, hearing }, formsOf())
      this.#leave(desk, restarts, false)
      desk.peer.close()
    }
    // Nothing comes any more: what has come is said before its members go on.
    await within(this.clock, saidMs, () => [...this.#lobby.desks()].every((desk) => !desk.isBusy))
    await this.#link.ask({ kind: 'retire', lane: this.#id })
    await within(this.clock, moveMs, () => this.#lobby.size + this.#departures.size === 0)
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    this.#absence.close()
    this.#unfollow()
    await this.#link.ask({ kind: 'bye', lane: this.#id })
    await this.#link.close()
  }

  // What desks ask for.

  async ask(desk: LaneDesk, name: RequestName, ask: object, given: string | undefined): Promise<Answer<unknown>> {
    const ref = `${this.#id}:${++this.#refs}`
    const joining = name === 'join' ? roomKey((ask as { room: string }).room) : undefined
    if (joining !== undefined) this.#beginJoin(joining)
    if (name === 'enter') this.#early.begins()
    this.#asked.set(ref, { desk, ref: given })
    try {
      const id = desk.me?.id ?? (name === 'enter' ? undefined : desk.former)
      const by = id === undefined ? {} : { by: id }
      // What a front says of its peer's address does not count.
      const filled = id === undefined ? { ...ask, address: hostOf(desk.peer), ...placeOf(desk.peer) } : ask
      const message: AskOwner = { kind: 'ask', lane: this.#id, ...by, name, ask: filled, ref }
      const answer = await this.#link.ask<Answer<unknown>>(message)
      if ('unanswered' in answer) return { fault: faultOf(answer) }
      // JSON leaves out an answer that is nothing: who is in a room that may not be seen.
      if (!('ok' in answer) && !('fault' in answer)) return { ok: undefined }
      this.#countAnswer(name, answer)
      if (name === 'enter' && 'ok' in answer) await this.#entered(desk, answer.ok as Entered)
      if (name === 'quit' && 'ok' in answer) this.#forget(desk)
      return answer
    } finally {
      this.#asked.delete(ref)
      // Once its front has the answer.
      if (name === 'enter') this.clock.after(0, () => this.#early.ends())
      if (joining !== undefined) this.#endJoin(joining)
    }
  }

  dismissed(desk: LaneDesk, reason: string, brief: string | undefined): void {
    this.#leave(desk, reason, true, brief)
  }

  #countAnswer(name: RequestName, answer: Answer<unknown>): void {
    if ('fault' in answer) {
      if (answer.fault.code === 'limited' || answer.fault.code === 'muted') this.count('limited')
    } else if (name === 'say') this.count('said')
    else if (name === 'enter' && (answer.ok as Entered).isResumed) this.count('resumed')
  }

  #deskOf(peer: Peer): LaneDesk {
    const known = peer.state as LaneDesk | undefined
    if (known !== undefined) return known
    const desk = new LaneDesk(this, peer)
    peer.state = desk
    if (peer.open === undefined) this.#streams.add(desk)
    desk.front = this.#fronts[transportOf(peer)](desk)
    return desk
  }

  async #entered(desk: LaneDesk, entered: Entered): Promise<void> {
    desk.entered(entered)
    desk.hearsElsewhere = entered.isMoving === true
    this.#lobby.add(desk, entered.rooms)
    await Promise.all(entered.rooms.map(({ room }) => this.#listen(roomKey(room))?.ready.catch(() => {})))
    if (desk.hearsElsewhere) await this.#claim([desk])
    // It may have gone while it was let in.
    if (desk.peer.state !== desk) this.#leave(desk, 'Gone', false)
  }

  #leave(desk: LaneDesk, reason: string, isMeant: boolean, brief?: string): void {
    const { me } = desk
    if (me === undefined) return
    this.#forget(desk)
    if (desk.isOver) return
    const waitMs = me.transport === 'ws' && !isMeant ? this.settings.resumeSeconds * 1_000 : 0
    const { transport } = me
    void this.#link.ask({ kind: 'lost', lane: this.#id, by: me.id, reason, brief, transport, waitMs })
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
    const { listeners, left } = this.#lobby.hear(heard, asked?.desk, asked?.ref)
    if (heard.hearing.event === 'said') this.count('delivered', listeners)
    for (const key of left) this.#unlisten(key)
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

  /** It has gone on in another lane. */
  #letGo(id: string): void {
    const desk = this.#lobby.member(id)
    if (desk === undefined) return
    this.#forget(desk)
    if (desk.peer.open === undefined) return desk.peer.close()
    desk.former = id
    this.#departures.add(desk)
  }

  #hearAlone(message: ToLane): void {
    if (message.kind === 'heard') this.#early.take(message.heard)
    else if (message.kind === 'letGo') this.#letGo(message.member)
    else if (message.kind === 'yours') this.#hearsHere(message.member)
    else if (message.kind === 'unknown') this.#link.sayHello()
    else void this.#adopt(message.members, message.isMoving === true)
  }

  // The owner comes and goes.

  async #connected(isNew: boolean): Promise<void> {
    for (const subscription of this.#always) subscription?.close()
    this.#always = [
      this.#link.subscribe(allSubject, (payload) => this.#hear(fromBytes<Heard>(payload))),
      this.#link.subscribe(laneSubject(this.#id), (payload) => this.#hearAlone(fromBytes<ToLane>(payload))),
      this.#link.respond(pulseSubject(this.#id)),
    ]
    for (const subscription of this.#rooms.values()) subscription?.close()
    this.#rooms.clear()
    for (const key of [...this.#lobby.occupied(), ...this.#joining.keys()]) this.#listen(key)
    const answers: HelloAnswer[] = []
    const pages = pagesOf([...this.#lobby.desks()].flatMap((desk) => desk.held() ?? []))
    for (const [page, members] of pages.entries()) {
      const isLast = page === pages.length - 1
      const [seat, isFirst] = [this.info.id, !this.#hasBeenKnown]
      const hello: AskOwner = { kind: 'hello', lane: this.#id, seat, isNew, isFirst, members, page, isLast }
      answers.push(await this.#link.tell<HelloAnswer>(hello))
    }
    this.#hasBeenKnown = true
    this.#correct(answers.flatMap(({ changed }) => changed))
    this.#ended(answers.flatMap(({ gone }) => gone.map(({ id }) => id)))
    this.#absence.ends()
  }

  /** What could not be heard here is told to whom it concerns. */
  #correct(changed: readonly ChangedMember[]): void {
    const missed = changed.flatMap((each) => missedBy(this.#lobby.member(each.former), each, this.clock.wallMs()))
    for (const heard of missed) this.#hear(heard)
    this.#lobby.identify(changed)
    for (const key of this.#lobby.occupied()) this.#listen(key)
  }

  #tellAll(state: ConnectionState): void {
    for (const desk of this.#lobby.desks()) desk.front.connection?.(state)
  }

  /** Goes on with datagram members of a lane that has ended. */
  async #adopt(members: readonly MemberSnapshot[], isMoving: boolean, attempt = 1): Promise<void> {
    if (this.#isStopping) return
    const missing: MemberSnapshot[] = []
    const desks = members.flatMap((held) => {
      const desk = this.#adopted(held)
      if (desk === undefined && this.#lobby.member(held.info.id) === undefined) missing.push(held)
      else if (desk !== undefined) desk.hearsElsewhere = isMoving
      return desk ?? []
    })
    // A lane that has just come has no listeners yet.
    if (missing.length > 0 && attempt < adoptAttempts)
      this.clock.after(adoptEveryMs, () => void this.#adopt(missing, isMoving, attempt + 1))
    if (desks.length > 0) await this.#claim(desks)
  }

  /** From the answer on they hear here; those that the owner does not give us go. */
  async #claim(desks: readonly LaneDesk[]): Promise<void> {
    const members = desks.flatMap((desk) => desk.held() ?? [])
    const answer = await this.#link.ask<ClaimAnswer>({ kind: 'claim', lane: this.#id, members })
    const { claimed: ids, changed } = 'claimed' in answer ? answer : { claimed: [], changed: [] }
    const claimed = new Set(ids)
    this.#correct(changed)
    for (const desk of desks) {
      if (desk.me !== undefined && claimed.has(desk.me.id)) {
        this.count('resumed')
      } else {
        this.#forget(desk)
        desk.peer.close()
      }
    }
  }

  #hearsHere(member: string): void {
    const desk = this.#lobby.member(member)
    if (desk === undefined) this.#early.given(member)
    else desk.hearsElsewhere = false
  }

  /** The desk of a member that was elsewhere; it hears its rooms from now on. Undefined where it cannot be here. */
  #adopted(held: MemberSnapshot): LaneDesk | undefined {
    if (held.place === undefined || this.#lobby.member(held.info.id) !== undefined) return undefined
    const peer = this.info.openPeer(...readPlace(held.place)) as Peer | undefined
    if (peer === undefined) return undefined
    const desk = this.#deskOf(peer)
    // One that has entered here meanwhile is here already.
    if (desk.me !== undefined) return undefined
    desk.adopted(held)
    this.#lobby.add(desk, held.rooms)
    for (const { room } of held.rooms) this.#listen(roomKey(room))
    return desk
  }
}
