/** Who is in, and by which lane: members come, go on elsewhere, and go; lanes come, end, and take over each other's datagram members. */
import type { AskOwner, ChangedMember, ClaimAnswer, HelloAnswer, UnknownLane } from '../messages.ts'
import { isLaneworkError, type Clock } from '../../../core/index.ts'
import type { ChatSettings } from '../options.ts'
import { pagesOf } from '../pages.ts'
import { entrance, type Entrance } from '../rate/entrance.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { MemberSnapshot } from '../rooms/types.ts'
import type { Answer, Ask, MemberInfo } from '../types.ts'
import { changeOf } from './changed.ts'
import type { Delivery } from './delivery.ts'
import type { LaneTable } from './lane-table.ts'

/** How long members of a lane that has ended wait for another to go on with them. */
const orphanMs = 15_000

/** How long for one of their own seat. */
const anySeatMs = 5_000

export interface StayParts {
  readonly clock: Clock
  readonly settings: ChatSettings
  readonly rooms: Rooms
  readonly lanes: LaneTable
  readonly delivery: Delivery
  readonly nowMs: () => number
}

export class Stays {
  readonly #clock: Clock
  readonly #settings: ChatSettings
  readonly #rooms: Rooms
  readonly #lanes: LaneTable
  readonly #delivery: Delivery
  readonly #nowMs: () => number
  readonly #entrance: Entrance
  /** Datagram members that no lane has, with the seat of the last. */
  readonly #orphans = new Map<string, number>()
  /** Datagram members of lanes that retire. */
  readonly #moving = new Set<string>()
  /** The lanes to which members are on their way, once what was decided before has left. */
  readonly #coming = new Map<string, string>()
  /** Members of which lanes have told in a hello that is not complete. */
  readonly #told = new Map<string, Set<string>>()

  constructor({ clock, settings, rooms, lanes, delivery, nowMs }: StayParts) {
    this.#clock = clock
    this.#settings = settings
    this.#rooms = rooms
    this.#lanes = lanes
    this.#delivery = delivery
    this.#nowMs = nowMs
    this.#entrance = entrance(settings.limits.enter)
  }

  async enter(lane: string, ask: Ask<'enter'>): Promise<Answer<unknown>> {
    const isNew = !this.#rooms.comesBack(ask)
    const atMs = this.#clock.monotonicMs()
    const refused = isNew ? this.#entrance.check(ask.address, atMs) : undefined
    if (refused !== undefined) return { fault: refused }
    const outcome = this.#rooms.apply(undefined, 'enter', ask, this.#nowMs())
    if (isNew && 'ok' in outcome.answer) this.#entrance.count(ask.address, atMs)
    const id = 'ok' in outcome.answer ? outcome.answer.ok.me.id : undefined
    if (id !== undefined) this.#coming.set(id, lane)
    let isMoving = false
    const answer = await this.#delivery.carryOut(outcome, undefined, () => {
      if (id === undefined) return
      this.#orphans.delete(id)
      isMoving = this.#hearsStill(id, lane, ask)
      if (isMoving) return void this.#moving.add(id)
      // The lane may have ended while this waited for the disk.
      if (!this.#move(id, lane)) this.#adrift(id, undefined)
    })
    if (id !== undefined && this.#coming.get(id) === lane) this.#coming.delete(id)
    return isMoving && 'ok' in answer ? { ok: { ...answer.ok, isMoving } } : answer
  }

  /** Datagrams of one place may come to another lane: its member hears by the one before until this one has claimed it, and listens. */
  #hearsStill(id: string, lane: string, { resume, transport }: Ask<'enter'>): boolean {
    const former = this.#lanes.laneOf(id)
    return transport === 'udp' && resume === undefined && former !== undefined && former !== lane
  }

  /** From here on it hears by this lane, and not by the one before: datagrams of one place may come to another while theirs is away. */
  #move(id: string, lane: string): boolean {
    const former = this.#lanes.laneOf(id)
    this.#moving.delete(id)
    if (former !== undefined && former !== lane) this.#delivery.tell(former, { kind: 'letGo', member: id })
    if (!this.#lanes.move(id, lane)) return false
    this.#delivery.tell(lane, { kind: 'yours', member: id })
    return true
  }

  async lost({ lane, by, reason, brief, waitMs }: Extract<AskOwner, { kind: 'lost' }>): Promise<Answer<unknown>> {
    // Somebody else has gone on with it.
    if ((this.#coming.get(by) ?? this.#lanes.laneOf(by)) !== lane) return { ok: {} }
    this.#lanes.remove(by)
    const nowMs = this.#nowMs()
    const words = brief === undefined || this.#rooms.maySayGoodbye(by, nowMs) ? reason : brief
    return await this.#delivery.carryOut(this.#rooms.lost(by, words, nowMs, waitMs), undefined)
  }

  /** A lane was given it, and has nobody for it. */
  stray({ lane, member }: Extract<AskOwner, { kind: 'stray' }>): void {
    if ((this.#coming.get(member) ?? this.#lanes.laneOf(member)) !== lane) return
    this.#lanes.remove(member)
    this.#adrift(member, undefined)
  }

  async hello(hello: Extract<AskOwner, { kind: 'hello' }>): Promise<HelloAnswer | UnknownLane> {
    const { lane, seat, members, page, isLast } = hello
    if (page === 0) {
      this.#lanes.came(lane, seat)
      this.#told.set(lane, new Set())
    }
    const told = this.#told.get(lane)
    if (told === undefined) return { isUnknown: true }
    const gone: { id: string; reason: string }[] = []
    const changed: ChangedMember[] = []
    for (const held of members) {
      const { id } = held.info
      const me = this.#heldBy(lane, held, hello.isNew)
      told.add(me?.id ?? id)
      if (me === undefined) gone.push({ id, reason: 'It goes on elsewhere' })
      else changed.push(...this.#changed(held, me))
    }
    if (isLast) {
      this.#told.delete(lane)
      this.#dropAbsent(lane, told)
      this.#offer(lane, seat)
    }
    return { gone, changed }
  }

  /** What a member is that a lane says it has; undefined when it has another lane by now, or was given up while this one could not be heard. */
  #heldBy(lane: string, held: MemberSnapshot, isNew: boolean): MemberInfo | undefined {
    const { id } = held.info
    const former = this.#lanes.laneOf(id)
    if (former === lane) return this.#rooms.member(id)
    if (former !== undefined) return undefined
    if (this.#orphans.delete(id)) return this.#goOn(id, lane)
    // It still has the connection of one that the owner thought lost.
    if (!isNew) return this.#coming.has(id) ? undefined : this.#goOn(id, lane)
    const me = this.#rooms.restoreMember(held, this.#nowMs())
    this.#lanes.move(me.id, lane)
    return me
  }

  /** Members that left while the lane could not be heard. */
  #dropAbsent(lane: string, present: ReadonlySet<string>): void {
    for (const id of this.#lanes.membersOf(lane)) {
      if (present.has(id)) continue
      this.#lanes.remove(id)
      void this.#delivery.carryOut(this.#rooms.lost(id, 'Left', this.#nowMs(), 0), undefined)
    }
  }

  /** Its successor goes on with its datagram members; until it does, they hear by this one. */
  retire(lane: string): void {
    const successor = this.#lanes.retire(lane)
    if (successor === undefined) return
    const moving = this.#lanes.membersOf(lane).filter((id) => this.#rooms.member(id)?.transport === 'udp')
    for (const id of moving) this.#moving.add(id)
    void this.#hand(successor, moving, true)
  }

  /** A lane is gone, with the members that it had. */
  laneEnded(seat: number, members: readonly string[], lane: string): void {
    this.#told.delete(lane)
    for (const id of members) this.#adrift(id, seat)
    // What they send comes to the next of their seat: any other lane would only be heard by them.
    const next = this.#lanes.sitting(seat)
    if (next !== undefined) this.#offer(next, seat)
    else this.#clock.after(anySeatMs, () => this.#offer(this.#lanes.successor(seat), seat))
  }

  /** A member has no lane any more; datagram members wait for the next of their seat. */
  #adrift(id: string, seat: number | undefined): void {
    this.#moving.delete(id)
    const { transport } = this.#rooms.member(id) ?? {}
    const resumeMs = this.#settings.resumeSeconds * 1_000
    const waitMs = transport === 'udp' ? orphanMs : transport === 'ws' ? resumeMs : 0
    if (transport === 'udp' && seat !== undefined) this.#orphans.set(id, seat)
    // However many of one network: it is none of their doing.
    const lost = this.#rooms.lost(id, 'Server restarts', this.#nowMs(), waitMs, Infinity)
    void this.#delivery.carryOut(lost, undefined)
  }

  /** Gives members of a seat that have no lane to this one; it claims those with which it can go on. */
  #offer(lane: string | undefined, seat: number): void {
    if (lane === undefined) return
    const members: string[] = []
    for (const [id, seatOf] of this.#orphans) {
      if (this.#rooms.member(id) === undefined) this.#orphans.delete(id)
      else if (seatOf === seat) members.push(id)
    }
    void this.#hand(lane, members, false)
  }

  /** A page at a time, each once the lane has read the one before: together they are more than may wait for one connection. */
  async #hand(lane: string, ids: readonly string[], isMoving: boolean): Promise<void> {
    if (ids.length === 0) return
    const waits = (id: string): boolean => (isMoving ? this.#moving.has(id) : this.#orphans.has(id))
    const snapshots = ids.flatMap((id) => this.#rooms.snapshotOf(id) ?? [])
    try {
      for (const page of pagesOf(snapshots)) {
        const members = page.filter(({ info }) => waits(info.id))
        this.#delivery.tell(lane, { kind: 'adopt', members, isMoving })
        // Where it has ended, its end gives them to another.
        if (!(await this.#lanes.hasHeard(lane))) return
      }
    } catch (error) {
      // The bus has ended, and we with it.
      if (!isLaneworkError(error)) throw error
    }
  }

  claim({ lane, members }: Extract<AskOwner, { kind: 'claim' }>): ClaimAnswer {
    const claimed: string[] = []
    const changed: ChangedMember[] = []
    for (const held of members) {
      const { id } = held.info
      // One that has entered here meanwhile may have been offered, too.
      const mayBe = this.#orphans.delete(id) || this.#moving.has(id) || this.#lanes.laneOf(id) === lane
      const me = mayBe ? this.#goOn(id, lane) : undefined
      if (me === undefined) continue
      claimed.push(id)
      changed.push(...this.#changed(held, me))
    }
    return { claimed, changed }
  }

  /** What its lane could not hear; nothing where it knows all. */
  #changed(held: MemberSnapshot, { id }: MemberInfo): ChangedMember[] {
    return [changeOf(held, this.#rooms.snapshotOf(id)) ?? []].flat()
  }

  /** A member that had no lane, or a retiring one, goes on in this one; at once, as what it says comes next. */
  #goOn(id: string, lane: string): MemberInfo | undefined {
    const me = this.#rooms.found(id)
    return me !== undefined && this.#move(id, lane) ? me : undefined
  }
}
