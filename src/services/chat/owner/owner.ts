/**
 * The one owner of a server's rooms: it decides, one request after the other, for all lanes.
 *
 *   lane ─▶ request ─▶ limits ─▶ Rooms ─▶ Delivery: store ─▶ bus: who hears it ─▶ the answer
 *
 * What it knows of members is in its memory, and in the lanes: a new owner learns it from them. Rooms and messages are in the store.
 */
import { randomBytes } from 'node:crypto'

import type { Bus } from '../../../bus/index.ts'
import type { SharedServer } from '../../../server/index.ts'
import {
  askSubject,
  fromBytes,
  toBytes,
  type AskAnswer,
  type AskOwner,
  type HelloAnswer,
  type UnknownLane,
} from '../messages.ts'
import type { ChatSettings } from '../options.ts'
import { Limiter } from '../rate/limiter.ts'
import { Rooms } from '../rooms/rooms.ts'
import type { Outcome, PureRequest, RoomRecord } from '../rooms/types.ts'
import { messageId, type ChatStore, type Target } from '../store/index.ts'
import { roomKey } from '../text/room-name.ts'
import type { Answer, Ask, Fault, ListedRoom, RequestName, Said, Transport } from '../types.ts'
import { Accounts } from './accounts.ts'
import { AnswerParts } from './answer-parts.ts'
import { cloak } from './cloak.ts'
import { Delivery } from './delivery.ts'
import { Gathering } from './gathering.ts'
import { hasMessages, keptAccount, keptHostKey, keptRooms, rangeOf, sayingOf } from './kept.ts'
import { LaneTable } from './lane-table.ts'
import { Repeats } from './repeats.ts'
import { Stays } from './stays.ts'

const notEntered: Fault = { code: 'not-entered', message: 'You are not in: say who you are first' }

const held: Fault = { code: 'nick-taken', message: 'Somebody has that nick' }

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
  /** Rooms whose last change the disk refused; they are written again with the next that changes. */
  readonly unsavedRooms: number
  readonly store: ReturnType<ChatStore['status']>
}

export class ChatOwner {
  readonly #rooms: Rooms
  readonly #server: SharedServer
  readonly #store: ChatStore
  readonly #lanes: LaneTable
  readonly #delivery: Delivery
  readonly #stays: Stays
  readonly #limiter: Limiter
  readonly #doings: Limiter
  readonly #accounts: Accounts
  readonly #parts: AnswerParts
  readonly #gathering: Gathering
  readonly #repeats = new Repeats()

  constructor({ server, settings, bus, store }: OwnerParts) {
    this.#server = server
    this.#store = store
    const rooms = restoredRooms(settings, store)
    const lanes = new LaneTable(bus, server.clock, (...ended) => this.#stays.laneEnded(...ended))
    const delivery = new Delivery({ server, bus, store, rooms, lanes, gone: (member) => this.#gone(member) })
    this.#rooms = rooms
    this.#lanes = lanes
    this.#delivery = delivery
    this.#stays = new Stays({ clock: server.clock, settings, rooms, lanes, delivery, nowMs: () => this.#nowMs() })
    this.#limiter = new Limiter(settings.limits)
    const doings = settings.limits.peer === 'none' ? 'none' : doingsRate
    this.#doings = new Limiter({ ...settings.limits, peer: doings, address: 'none', room: 'none', action: 'drop' })
    this.#accounts = new Accounts(store, settings.operators, settings.register)
    this.#parts = new AnswerParts(server.clock)
    this.#gathering = new Gathering(server.clock, server.lanes)
    bus.respond(askSubject, (payload) => this.#sent(fromBytes<AskOwner>(payload)))
  }

  status(): ChatStatus {
    const { members, rooms } = this.#rooms.overview()
    const byTransport: Partial<Record<Transport, number>> = {}
    for (const { transport } of members) byTransport[transport] = (byTransport[transport] ?? 0) + 1
    const { waiting, unsavedRooms } = this.#delivery
    return { members: members.length, byTransport, rooms, waiting, unsavedRooms, store: this.#store.status() }
  }

  /** What waits for the disk is not heard any more. */
  close(): void {
    this.#delivery.close()
    this.#lanes.close()
    this.#parts.close()
    this.#gathering.close()
  }

  #gone(member: string): void {
    this.#lanes.remove(member)
    this.#limiter.forget(member)
    this.#doings.forget(member)
    this.#repeats.forget(member)
  }

  #nowMs(): number {
    return this.#server.clock.wallMs()
  }

  async #sent(message: AskOwner): Promise<Uint8Array> {
    if (message.kind === 'part') return this.#parts.part(message.id, message.index)
    return this.#parts.sent(toBytes(await this.#answer(message)))
  }

  async #answer(message: Exclude<AskOwner, { kind: 'part' }>): Promise<AskAnswer> {
    const isOfAll = message.kind === 'hello' || message.kind === 'bye'
    const { whole } = this.#gathering
    if (whole !== undefined && !isOfAll && this.#lanes.knows(message.lane)) await whole
    if (!isOfAll && !this.#lanes.knows(message.lane)) return { isUnknown: true }
    switch (message.kind) {
      case 'ask':
        return await this.#ask(message)
      case 'lost':
        return await this.#stays.lost(message)
      case 'hello':
        return await this.#hello(message)
      case 'claim':
        return this.#stays.claim(message)
      case 'stray':
        this.#stays.stray(message)
        return { ok: {} }
      case 'retire':
        this.#stays.retire(message.lane)
        return { ok: {} }
      case 'bye':
        this.#lanes.left(message.lane)
        return { ok: {} }
    }
  }

  async #hello(message: Extract<AskOwner, { kind: 'hello' }>): Promise<HelloAnswer | UnknownLane> {
    const answer = await this.#stays.hello(message)
    if (message.isLast && !message.isFirst && !('isUnknown' in answer)) this.#gathering.told(message.lane)
    return answer
  }

  // Requests

  async #ask({ lane, by, name, ask, ref }: Extract<AskOwner, { kind: 'ask' }>): Promise<Answer<unknown>> {
    if (name === 'enter') return await this.#stays.enter(lane, this.#withAccount(ask as Ask<'enter'>))
    if (by === undefined || !this.#isFrom(by, lane)) {
      // Before it enters a member may log in (SASL), or make its account.
      if (name === 'login' || name === 'register') return await this.#withoutStay(name, ask as Ask<'login'>)
      return { fault: notEntered }
    }
    switch (name) {
      case 'say':
        return await this.#sayOnce(by, ask as Ask<'say'>, ref)
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

  /** The account may have been removed since it logged in. */
  #withAccount(ask: Ask<'enter'>): Ask<'enter'> {
    const { account, ...rest } = ask
    return account === undefined || keptAccount(this.#store, account) !== undefined ? ask : rest
  }

  /** What a datagram member said in the lane before comes from there, though it has gone on. */
  #isFrom(by: string, lane: string): boolean {
    const now = this.#lanes.laneOf(by)
    return now === lane || (now !== undefined && this.#rooms.member(by)?.transport === 'udp')
  }

  /** Joins and renamings are heard by all, so that there must not be too many of them either. */
  async #limitedly(by: string, name: PassiveRequest, ask: object, ref: string | undefined): Promise<Answer<unknown>> {
    const fault = heardByAll.has(name) ? this.#doings.take({ member: by, address: '' }, this.#nowMs()) : undefined
    return fault === undefined ? await this.#do(by, name, ask, ref) : { fault }
  }

  async #do(by: string, name: PassiveRequest, ask: object, ref: string | undefined): Promise<Answer<unknown>> {
    const nowMs = this.#nowMs()
    const outcome = this.#rooms.apply(by, name, ask as never, nowMs, ref)
    return await this.#delivery.carryOut(outcome as Outcome<unknown>, ref, () => {
      if (name === 'quit' && 'ok' in outcome.answer) this.#lanes.remove(by)
    })
  }

  #sayOnce(by: string, ask: Ask<'say'>, ref: string | undefined): Promise<Answer<Said>> {
    const { once } = ask
    return once === undefined ? this.#say(by, ask, ref) : this.#repeats.answer(by, once, () => this.#say(by, ask, ref))
  }

  async #say(by: string, ask: Ask<'say'>, ref: string | undefined): Promise<Answer<Said>> {
    const nowMs = this.#nowMs()
    const address = this.#rooms.addressOf(by)
    if (address === undefined) return { fault: notEntered }
    const room = ask.to.startsWith('#') ? roomKey(ask.to) : undefined
    const speaker = { member: by, address }
    const speaking = room === undefined ? speaker : { ...speaker, room }
    const limited = this.#limiter.check(speaking, nowMs)
    if (limited !== undefined) return { fault: limited }
    const outcome = this.#rooms.apply(by, 'say', ask, nowMs, ref)
    // Who may not speak there does not use up what the room's members may.
    this.#limiter.count('ok' in outcome.answer ? speaking : speaker, nowMs)
    return await this.#delivery.carryOut(outcome, ref)
  }

  async #prove(
    by: string,
    name: 'login' | 'register' | 'operator',
    ask: object,
    ref?: string,
  ): Promise<Answer<unknown>> {
    const address = this.#rooms.addressOf(by) ?? ''
    if (name === 'operator') {
      const { name: operator, password } = ask as Ask<'operator'>
      const fault = await this.#accounts.isOperator(operator, password, address, this.#nowMs())
      if (fault !== undefined) return { fault }
      return await this.#delivery.carryOut(
        this.#rooms.apply(by, 'operator', ask as Ask<'operator'>, this.#nowMs(), ref),
        ref,
      )
    }
    if (name === 'register' && this.#isHeld((ask as Ask<'register'>).account, by)) return { fault: held }
    const found = await this.#account(name, ask as Ask<'login'>, address)
    if ('code' in found) return { fault: found }
    return await this.#delivery.carryOut(this.#rooms.authenticated(by, found.account, this.#nowMs(), ref), ref)
  }

  async #withoutStay(name: 'login' | 'register', ask: Ask<'login'> & { address?: string }): Promise<Answer<unknown>> {
    if (name === 'register' && this.#isHeld(ask.account)) return { fault: held }
    const found = await this.#account(name, ask, ask.address ?? '')
    return 'code' in found ? { fault: found } : { ok: found }
  }

  /** Whoever has a nick is not to lose it to who makes an account of it. */
  #isHeld(nick: string, own?: string): boolean {
    const holder = this.#rooms.memberIdOfNick(nick)
    return holder !== undefined && holder !== own
  }

  /** It is gone from the store. */
  async accountRemoved(account: string): Promise<void> {
    await this.#delivery.carryOut(this.#rooms.accountRemoved(account, this.#nowMs()), undefined)
  }

  #account(name: 'login' | 'register', { account, password }: Ask<'login'>, address: string) {
    return this.#accounts[name](account, password, address, this.#nowMs())
  }

  #history(by: string, ask: Ask<'history'>): Answer<unknown> {
    const may = this.#rooms.mayReadHistory(by, ask.target)
    if ('code' in may) return { fault: may }
    const { since = 0 } = may
    const found = this.#store.history(may.key, rangeOf(ask, since)).map(sayingOf)
    // Of a clock that went back the ids are ahead.
    return { ok: found.filter(({ atMs }) => atMs >= since) }
  }

  #targets(by: string, { afterMs, beforeMs, limit }: Ask<'targets'>): Answer<unknown> {
    const found: { target: string; latestMs: number }[] = []
    const where = ({ room, latestMs }: Target): boolean => {
      const may = this.#rooms.historyOfKey(by, room)
      return may !== undefined && latestMs >= (may.since ?? 0)
    }
    for (const { room, latestMs } of this.#store.targets({ afterMs, beforeMs, where, limit: 1_000 })) {
      const may = this.#rooms.historyOfKey(by, room)
      if (may !== undefined) found.push({ target: may.target, latestMs })
    }
    return { ok: found.slice(0, limit) }
  }
}

/** The rooms as they were when the server ended, without members. */
function restoredRooms(settings: ChatSettings, store: ChatStore): Rooms {
  const hostKey = keptHostKey(store)
  const rooms = new Rooms(settings, {
    newSecret: () => randomBytes(16).toString('base64url'),
    hostOf: (address) => cloak(hostKey, address),
    accountOf: (name) => keptAccount(store, name),
    hasHistory: (key) => hasMessages(store, key),
  })
  for (const record of keptRooms(store)) rooms.restoreRoom(ofFounder(store, record))
  rooms.continueAfter(messageId(store.lastId()))
  return rooms
}

/** A room without its founder where the account is gone, or is another of that name. */
function ofFounder(store: ChatStore, record: RoomRecord): RoomRecord {
  if (record.founder === undefined) return record
  const account = keptAccount(store, record.founder)
  if (account !== undefined && account.createdMs <= record.createdMs) return record
  const { founder: _, ...rest } = record
  return rest
}
