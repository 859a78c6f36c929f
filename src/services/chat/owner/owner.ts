/**
 * The one owner of a server's rooms: it decides, one request after the other, for all lanes.
 *
 *   lane ─▶ request ─▶ limits ─▶ Rooms ─▶ Outgoing: store ─▶ bus: who hears it ─▶ the answer
 *
 * What it knows of members is in its memory, and in the lanes: a new owner learns it from them. Rooms and messages are in the store.
 */
import { randomBytes } from 'node:crypto'

import type { Timer } from '../../../core/index.ts'
import type { Bus } from '../../../bus/index.ts'
import type { SharedServer } from '../../../server/index.ts'
import {
  allSubject,
  askSubject,
  fromBytes,
  laneSubject,
  roomSubject,
  toBytes,
  type AskAnswer,
  type AskOwner,
  type ClaimAnswer,
  type HelloAnswer,
  type ToLane,
} from '../messages.ts'
import type { ChatSettings } from '../options.ts'
import { Limiter } from '../rate/limiter.ts'
import { Rooms } from '../rooms/rooms.ts'
import type { MemberSnapshot, Outcome, PureRequest } from '../rooms/types.ts'
import { messageId, type ChatStore } from '../store/index.ts'
import { roomKey } from '../text/room-name.ts'
import type { Answer, Ask, Entered, Fault, Heard, ListedRoom, MemberInfo, RequestName, Transport } from '../types.ts'
import { Accounts } from './accounts.ts'
import { cloak } from './cloak.ts'
import { keepRoom, keptRooms, rangeOf, sayingOf, storedOf } from './kept.ts'
import { LaneTable } from './lane-table.ts'
import { Outgoing } from './outgoing.ts'

/** How long members of a lane that has ended wait for another to go on with them. */
const orphanMs = 15_000
const notEntered: Fault = { code: 'not-entered', message: 'You are not in: say who you are first' }
const notStored: Fault = { code: 'unavailable', message: 'It could not be stored, so nobody has heard it: try again' }

/** What a member may do, besides speaking, that others hear of. */
const doingsRate = { messages: 60, seconds: 30 }
const heardByAll: ReadonlySet<RequestName> = new Set([
  'nick',
  'join',
  'part',
  'topic',
  'mode',
  'kick',
  'invite',
  'away',
  'realname',
])

type PassiveRequest = Exclude<PureRequest, 'enter' | 'say' | 'operator'>

export interface OwnerParts {
  readonly server: SharedServer
  readonly settings: ChatSettings
  readonly bus: Bus
  readonly store: ChatStore
}

/** What `lanework chat status` shows. */
export interface ChatStatus {
  readonly members: number
  readonly byTransport: Partial<Record<Transport, number>>
  /** Secret ones too: it is for the operator of the server. */
  readonly rooms: readonly ListedRoom[]
  /** Messages on their way to the disk, and what waits behind them. */
  readonly waiting: number
  readonly store: ReturnType<ChatStore['status']>
}

export class ChatOwner {
  readonly rooms: Rooms
  readonly #bus: Bus
  readonly #server: SharedServer
  readonly #store: ChatStore
  readonly #settings: ChatSettings
  readonly #lanes: LaneTable
  readonly #outgoing = new Outgoing()
  readonly #limiter: Limiter
  readonly #doings: Limiter
  readonly #accounts: Accounts
  /** Datagram members that no lane has, with the seat of the last. */
  readonly #orphans = new Map<string, number>()
  #deadline: Timer | undefined

  constructor({ server, settings, bus, store }: OwnerParts) {
    this.#server = server
    this.#settings = settings
    this.#bus = bus
    this.#store = store
    const hostKey = randomBytes(16)
    this.rooms = new Rooms(settings, {
      newSecret: () => randomBytes(16).toString('base64url'),
      hostOf: (address) => cloak(hostKey, address),
    })
    for (const record of keptRooms(store)) this.rooms.restoreRoom(record)
    this.rooms.continueAfter(messageId(store.lastId()))
    this.#wakeAtDeadline()
    this.#limiter = new Limiter(settings.limits)
    const doings = settings.limits.peer === 'none' ? 'none' : doingsRate
    this.#doings = new Limiter({ ...settings.limits, peer: doings, address: 'none', room: 'none', action: 'drop' })
    this.#accounts = new Accounts(store, settings.operators, settings.register)
    this.#lanes = new LaneTable(bus, server.clock, (_, seat, members) => this.#laneEnded(seat, members))
    bus.respond(askSubject, async (payload) => toBytes(await this.#answer(fromBytes<AskOwner>(payload))))
  }

  status(): ChatStatus {
    const { members, rooms } = this.rooms.overview()
    const byTransport: Partial<Record<Transport, number>> = {}
    for (const { transport } of members) byTransport[transport] = (byTransport[transport] ?? 0) + 1
    return { members: members.length, byTransport, rooms, waiting: this.#outgoing.size, store: this.#store.status() }
  }

  /** What waits for the disk is not heard any more. */
  close(): void {
    this.#deadline?.cancel()
    this.#lanes.close()
  }

  #nowMs(): number {
    return this.#server.clock.wallMs()
  }

  async #answer(message: AskOwner): Promise<AskAnswer> {
    switch (message.kind) {
      case 'ask':
        return await this.#ask(message)
      case 'lost':
        return await this.#lost(message)
      case 'hello':
        return await this.#hello(message)
      case 'claim':
        return await this.#claim(message)
      case 'bye':
        this.#lanes.left(message.lane)
        return { ok: {} }
    }
  }

  // Requests

  async #ask({ lane, by, name, ask, ref }: Extract<AskOwner, { kind: 'ask' }>): Promise<Answer<unknown>> {
    if (name === 'enter') return await this.#enter(lane, ask as Ask<'enter'>)
    if (by === undefined || this.#lanes.laneOf(by) !== lane) {
      // Before it enters a member may log in (SASL), or make its account.
      if (name === 'login' || name === 'register') return await this.#withoutStay(name, ask as Ask<'login'>)
      return { fault: notEntered }
    }
    switch (name) {
      case 'say':
        return await this.#say(by, ask as Ask<'say'>, ref)
      case 'login':
      case 'register':
      case 'operator':
        return await this.#prove(by, name, ask, ref)
      case 'history':
        return this.#history(by, ask as Ask<'history'>)
      case 'targets':
        return this.#targets(by, ask as Ask<'targets'>)
      default:
        return await this.#limitedly(by, name, ask, ref)
    }
  }

  async #enter(lane: string, ask: Ask<'enter'>): Promise<Answer<unknown>> {
    const outcome = this.rooms.apply(undefined, 'enter', ask, this.#nowMs())
    const answer = await this.#carryOut(outcome, undefined, () => {
      if ('ok' in outcome.answer) this.#lanes.move((outcome.answer.ok as Entered).me.id, lane)
    })
    if ('ok' in answer) this.#orphans.delete((answer.ok as Entered).me.id)
    return answer
  }

  /** Joins and renamings are heard by all, so that there must not be too many of them either. */
  async #limitedly(by: string, name: PassiveRequest, ask: object, ref: string | undefined): Promise<Answer<unknown>> {
    const fault = heardByAll.has(name) ? this.#doings.take({ member: by, address: '' }, this.#nowMs()) : undefined
    return fault === undefined ? await this.#do(by, name, ask, ref) : { fault }
  }

  async #do(by: string, name: PassiveRequest, ask: object, ref: string | undefined): Promise<Answer<unknown>> {
    const nowMs = this.#nowMs()
    const outcome = this.rooms.apply(by, name, ask as never, nowMs, ref)
    return await this.#carryOut(outcome as Outcome<unknown>, ref, () => {
      if (name === 'quit' && 'ok' in outcome.answer) this.#lanes.remove(by)
    })
  }

  async #say(by: string, ask: Ask<'say'>, ref: string | undefined): Promise<Answer<unknown>> {
    const nowMs = this.#nowMs()
    const address = this.rooms.addressOf(by)
    if (address === undefined) return { fault: notEntered }
    const room = ask.to.startsWith('#') ? roomKey(ask.to) : undefined
    const limited = this.#limiter.take({ member: by, address, ...(room === undefined ? {} : { room }) }, nowMs)
    if (limited !== undefined) return { fault: limited }
    return await this.#carryOut(this.rooms.apply(by, 'say', ask, nowMs, ref), ref)
  }

  async #prove(
    by: string,
    name: 'login' | 'register' | 'operator',
    ask: object,
    ref?: string,
  ): Promise<Answer<unknown>> {
    const address = this.rooms.addressOf(by) ?? ''
    if (name === 'operator') {
      const { name: operator, password } = ask as Ask<'operator'>
      const fault = await this.#accounts.isOperator(operator, password, address, this.#nowMs())
      if (fault !== undefined) return { fault }
      return await this.#carryOut(this.rooms.apply(by, 'operator', ask as Ask<'operator'>, this.#nowMs(), ref), ref)
    }
    const found = await this.#account(name, ask as Ask<'login'>, address)
    if ('code' in found) return { fault: found }
    return await this.#carryOut(this.rooms.authenticated(by, found.account, this.#nowMs(), ref), ref)
  }

  async #withoutStay(name: 'login' | 'register', ask: Ask<'login'> & { address?: string }): Promise<Answer<unknown>> {
    const found = await this.#account(name, ask, ask.address ?? '')
    return 'code' in found ? { fault: found } : { ok: found }
  }

  #account(name: 'login' | 'register', { account, password }: Ask<'login'>, address: string) {
    return this.#accounts[name](account, password, address, this.#nowMs())
  }

  #history(by: string, ask: Ask<'history'>): Answer<unknown> {
    const may = this.rooms.mayReadHistory(by, ask.target)
    if ('code' in may) return { fault: may }
    const { since = 0 } = may
    const found = this.#store.history(may.key, rangeOf(ask)).map(sayingOf)
    return { ok: found.filter(({ atMs }) => atMs >= since) }
  }

  #targets(by: string, { afterMs, beforeMs, limit }: Ask<'targets'>): Answer<unknown> {
    const found = this.#store.targets({ afterMs, beforeMs, limit: 1_000 }).flatMap(({ room, latestMs }) => {
      const may = this.rooms.historyOfKey(by, room)
      return may === undefined || latestMs < (may.since ?? 0) ? [] : [{ target: may.target, latestMs }]
    })
    return { ok: found.toSorted((one, other) => one.latestMs - other.latestMs).slice(0, limit) }
  }

  // Stays and lanes

  async #lost({ lane, by, reason, waitMs }: Extract<AskOwner, { kind: 'lost' }>): Promise<Answer<unknown>> {
    // Somebody else has gone on with it.
    if (this.#lanes.laneOf(by) !== lane) return { ok: {} }
    this.#lanes.remove(by)
    return await this.#carryOut(this.rooms.lost(by, reason, this.#nowMs(), waitMs), undefined)
  }

  async #hello({ lane, seat, isNew, members }: Extract<AskOwner, { kind: 'hello' }>): Promise<HelloAnswer> {
    this.#lanes.came(lane, seat)
    const gone: { id: string; reason: string }[] = []
    const changed: MemberInfo[] = []
    for (const held of members) {
      const { id } = held.info
      const former = this.#lanes.laneOf(id)
      if (former === lane) continue
      // It has another lane by now, or was given up while this one could not be heard.
      if (former !== undefined || !isNew) gone.push({ id, reason: 'It goes on elsewhere' })
      else {
        const now = this.rooms.restoreMember(held, this.#nowMs())
        this.#lanes.move(now.id, lane)
        changed.push(now)
      }
    }
    this.#offer(lane)
    return { gone, changed }
  }

  #laneEnded(seat: number, members: readonly string[]): void {
    const nowMs = this.#nowMs()
    for (const id of members) {
      const { transport } = this.rooms.member(id) ?? {}
      const resumeMs = this.#settings.resumeSeconds * 1_000
      const waitMs = transport === 'udp' ? orphanMs : transport === 'ws' ? resumeMs : 0
      if (transport === 'udp') this.#orphans.set(id, seat)
      void this.#carryOut(this.rooms.lost(id, 'Server restarts', nowMs, waitMs), undefined)
    }
    this.#offer(this.#lanes.successor(seat))
  }

  /** Gives all members without a lane to this one; it claims those with which it can go on. */
  #offer(lane: string | undefined): void {
    if (lane === undefined || this.#orphans.size === 0) return
    const members: MemberSnapshot[] = []
    for (const id of this.#orphans.keys()) {
      const held = this.rooms.snapshotOf(id)
      if (held === undefined) this.#orphans.delete(id)
      else members.push(held)
    }
    this.#tell(lane, { kind: 'adopt', members })
  }

  async #claim({ lane, members }: Extract<AskOwner, { kind: 'claim' }>): Promise<ClaimAnswer> {
    const claimed: string[] = []
    for (const id of members) {
      const held = this.#orphans.delete(id) ? this.rooms.snapshotOf(id) : undefined
      if (held === undefined) continue
      const { info, address, place = '' } = held
      const { user, realname, transport } = info
      const again = { user, realname, transport, address, place }
      const outcome = this.rooms.apply(undefined, 'enter', again, this.#nowMs())
      await this.#carryOut(outcome, undefined, () => {
        if (!('ok' in outcome.answer)) return
        this.#lanes.move(id, lane)
        claimed.push(id)
      })
    }
    return { claimed }
  }

  // What comes of it

  /** Stores, lets be heard, and gives the answer, in its turn; `then` is called between what is heard and the answer. */
  #carryOut<Value>(outcome: Outcome<Value>, ref: string | undefined, then?: () => void): Promise<Answer<Value>> {
    const { answer, heard, stored, changedRooms } = outcome
    for (const room of changedRooms) this.#save(room)
    const writing =
      stored.length === 0 ? undefined : this.#store.append(stored.map(({ key, saying }) => storedOf(key, saying)))
    this.#wakeAtDeadline()
    // Who hears it was decided now, also which lane has whom.
    const leaving = heard.map((each) => this.#addressed(ref === undefined ? each : { ...each, ref }))
    return new Promise((resolve) => {
      const publish = (): void => {
        for (const [subject, payload] of leaving.flat()) this.#bus.publish(subject, payload)
        for (const { hearing } of heard) if (hearing.event === 'quit') this.#gone(hearing.by.id)
        then?.()
        resolve(answer)
      }
      this.#outgoing.add(writing, publish, () => resolve({ fault: notStored }))
    })
  }

  #gone(member: string): void {
    this.#lanes.remove(member)
    this.#limiter.forget(member)
    this.#doings.forget(member)
  }

  /** The subjects under which a hearing leaves, each with its bytes. */
  #addressed(heard: Heard): [string, Uint8Array][] {
    const { audience } = heard
    switch (audience.to) {
      case 'room':
        return [[roomSubject(roomKey(audience.room)), toBytes(heard)]]
      case 'near':
      case 'wallops':
        return [[allSubject, toBytes(heard)]]
      case 'members': {
        const lanes = new Set(audience.members.map((id) => this.#lanes.laneOf(id)))
        const message = toBytes({ kind: 'heard', heard } satisfies ToLane)
        return [...lanes].flatMap((lane) => (lane === undefined ? [] : [[laneSubject(lane), message]]))
      }
    }
  }

  #tell(lane: string, message: ToLane): void {
    this.#bus.publish(laneSubject(lane), toBytes(message))
  }

  #save(room: string): void {
    // What a room is set to may be set again; messages are what must not be lost.
    keepRoom(this.#store, room, this.rooms.recordOf(room)).catch(() => {})
  }

  #wakeAtDeadline(): void {
    this.#deadline?.cancel()
    const nextMs = this.rooms.nextDeadlineMs()
    if (nextMs === undefined) return
    const delayMs = Math.max(1, nextMs - this.#nowMs())
    this.#deadline = this.#server.clock.after(delayMs, () => {
      const { heard, changedRooms } = this.rooms.expire(this.#nowMs())
      void this.#carryOut({ answer: { ok: {} }, heard, stored: [], changedRooms }, undefined)
    })
  }
}
