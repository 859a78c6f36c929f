/** Who is in, and by which lane: members come, go on elsewhere, and go; lanes come, end, and take over each other's datagram members. */
import { type AskOwner, type ClaimAnswer, type HelloAnswer } from '../messages.ts'
import type { Clock } from '../../../core/index.ts'
import type { ChatSettings } from '../options.ts'
import type { Rooms } from '../rooms/rooms.ts'
import type { MemberSnapshot } from '../rooms/types.ts'
import type { Answer, Ask, Entered, MemberInfo } from '../types.ts'
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
  /** Datagram members that no lane has, with the seat of the last. */
  readonly #orphans = new Map<string, number>()
  /** Datagram members of lanes that retire. */
  readonly #moving = new Set<string>()

  constructor({ clock, settings, rooms, lanes, delivery, nowMs }: StayParts) {
    this.#clock = clock
    this.#settings = settings
    this.#rooms = rooms
    this.#lanes = lanes
    this.#delivery = delivery
    this.#nowMs = nowMs
  }

  async enter(lane: string, ask: Ask<'enter'>): Promise<Answer<unknown>> {
    const outcome = this.#rooms.apply(undefined, 'enter', ask, this.#nowMs())
    const answer = await this.#delivery.carryOut(outcome, undefined, () => {
      if (!('ok' in outcome.answer)) return
      const { id } = outcome.answer.ok.me
      this.#move(id, lane)
    })
    if ('ok' in answer) this.#orphans.delete((answer.ok as Entered).me.id)
    return answer
  }

  /** From here on it hears by this lane, and not by the one before: datagrams of one place may come to another while theirs is away. */
  #move(id: string, lane: string): void {
    const former = this.#lanes.laneOf(id)
    this.#moving.delete(id)
    if (former !== undefined && former !== lane) this.#delivery.tell(former, { kind: 'letGo', member: id })
    this.#lanes.move(id, lane)
    this.#delivery.tell(lane, { kind: 'yours', member: id })
  }

  async lost({ lane, by, reason, waitMs }: Extract<AskOwner, { kind: 'lost' }>): Promise<Answer<unknown>> {
    // Somebody else has gone on with it.
    if (this.#lanes.laneOf(by) !== lane) return { ok: {} }
    this.#lanes.remove(by)
    return await this.#delivery.carryOut(this.#rooms.lost(by, reason, this.#nowMs(), waitMs), undefined)
  }

  async hello({ lane, seat, isNew, members }: Extract<AskOwner, { kind: 'hello' }>): Promise<HelloAnswer> {
    this.#lanes.came(lane, seat)
    this.#dropAbsent(lane, members)
    const gone: { id: string; reason: string }[] = []
    const changed: { former: string; me: MemberInfo }[] = []
    for (const held of members) {
      const { id } = held.info
      const former = this.#lanes.laneOf(id)
      if (former === lane) continue
      // It has another lane by now, or was given up while this one could not be heard.
      if (former !== undefined || !isNew) gone.push({ id, reason: 'It goes on elsewhere' })
      else {
        const me = this.#rooms.restoreMember(held, this.#nowMs())
        this.#lanes.move(me.id, lane)
        changed.push({ former: id, me })
      }
    }
    this.#offer(lane, seat)
    return { gone, changed }
  }

  /** Members that left while the lane could not be heard. */
  #dropAbsent(lane: string, members: readonly MemberSnapshot[]): void {
    const present = new Set(members.map(({ info }) => info.id))
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
    const members = this.#lanes.membersOf(lane).flatMap((id) => this.#rooms.snapshotOf(id) ?? [])
    const moving = members.filter(({ info }) => info.transport === 'udp')
    for (const { info } of moving) this.#moving.add(info.id)
    this.#delivery.tell(successor, { kind: 'adopt', members: moving, isMoving: true })
  }

  /** A lane is gone, with the members that it had. */
  laneEnded(seat: number, members: readonly string[]): void {
    const nowMs = this.#nowMs()
    for (const id of members) {
      this.#moving.delete(id)
      const { transport } = this.#rooms.member(id) ?? {}
      const resumeMs = this.#settings.resumeSeconds * 1_000
      const waitMs = transport === 'udp' ? orphanMs : transport === 'ws' ? resumeMs : 0
      if (transport === 'udp') this.#orphans.set(id, seat)
      // However many of one network: it is none of their doing.
      void this.#delivery.carryOut(this.#rooms.lost(id, 'Server restarts', nowMs, waitMs, Infinity), undefined)
    }
    // What they send comes to the next of their seat: any other lane would only be heard by them.
    const next = this.#lanes.sitting(seat)
    if (next !== undefined) this.#offer(next, seat)
    else this.#clock.after(anySeatMs, () => this.#offer(this.#lanes.successor(seat), seat))
  }

  /** Gives members of a seat that have no lane to this one; it claims those with which it can go on. */
  #offer(lane: string | undefined, seat: number): void {
    if (lane === undefined) return
    const members: MemberSnapshot[] = []
    for (const [id, seatOf] of this.#orphans) {
      if (seatOf !== seat) continue
      const held = this.#rooms.snapshotOf(id)
      if (held === undefined) this.#orphans.delete(id)
      else members.push(held)
    }
    if (members.length > 0) this.#delivery.tell(lane, { kind: 'adopt', members })
  }

  claim({ lane, members }: Extract<AskOwner, { kind: 'claim' }>): ClaimAnswer {
    const claimed: string[] = []
    for (const id of members) {
      const mayBe = this.#orphans.delete(id) || this.#moving.has(id)
      const held = mayBe ? this.#rooms.snapshotOf(id) : undefined
      if (held === undefined) continue
      const { info, address, place = '' } = held
      const { user, realname, transport } = info
      const again = { user, realname, transport, address, place }
      const outcome = this.#rooms.apply(undefined, 'enter', again, this.#nowMs())
      void this.#delivery.carryOut(outcome, undefined)
      if (!('ok' in outcome.answer)) continue
      // At once, as what it says comes next.
      this.#move(id, lane)
      claimed.push(id)
    }
    return { claimed }
  }
}
