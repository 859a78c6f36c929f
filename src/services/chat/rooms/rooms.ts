/**
 * The rooms of a chat: who is where, and what becomes of what they ask. A pure state machine: the time is an argument, secrets and hosts come
 * from its sources, and nothing is sent: it says what is to be stored, heard and answered.
 *
 * A room lives as long as it has members; after a restart, as long as it has messages and somebody could come in. One that somebody made from an account is kept for it without members too, and has it as operator
 * whenever it comes; those that are empty longest make way when there are too many. The default room is always there, without an operator of
 * its own: operators of the server moderate every room.
 */
import { isRoomName } from '../text/room-name.ts'
import { nickKey } from '../text/nick.ts'
import type { ChatSettings } from '../options.ts'
import type { Answer, Ask, Done, Fault, Heard, ListedRoom, MemberInfo, Reply } from '../types.ts'
import { isShut } from './admission.ts'
import { faultOf, refuse } from './faults.ts'
import { HistoryRights, type ReadableHistory } from './history-rights.ts'
import { infoOf, type Member } from './member.ts'
import * as stay from './requests/stay.ts'
import * as membership from './requests/membership.ts'
import * as modes from './requests/modes.ts'
import * as operators from './requests/operators.ts'
import * as queries from './requests/queries.ts'
import { say } from './requests/say.ts'
import { recordOf, type Room } from './room.ts'
import { keepsFromAccount } from './speech.ts'
import { restoreMember, restoreRoom, snapshotOf } from './restore.ts'
import { State } from './state.ts'
import { type Handler, newTurn, outcomeOf, type Turn } from './turn.ts'
import type { MemberSnapshot, Outcome, PureRequest, RoomRecord, RoomSources } from './types.ts'

const handlers: { readonly [Name in Exclude<PureRequest, 'enter'>]: Handler<Name> } = {
  quit: stay.quit,
  nick: stay.nick,
  away: stay.away,
  realname: stay.realname,
  ownMode: stay.ownMode,
  logout: stay.logout,
  alive: stay.alive,
  join: membership.join,
  part: membership.part,
  kick: membership.kick,
  invite: membership.invite,
  say,
  topic: modes.topic,
  mode: modes.mode,
  modes: modes.modes,
  names: queries.names,
  list: queries.list,
  who: queries.who,
  whois: queries.whois,
  whowas: queries.whowas,
  counts: queries.counts,
  operator: operators.operator,
  kill: operators.kill,
  wallops: operators.wallops,
}

/** How often rooms that were restored are looked at. */
const lookEveryMs = 600_000

function listed({ name: room, members, createdMs, topic }: Room): ListedRoom {
  const shown = { room, members: members.size, createdMs }
  return topic === undefined ? shown : { ...shown, topic: topic.text }
}

/** Stays of one network that wait for their members to come back. */
export const mostLostOfNetwork = 32

export class Rooms {
  readonly #state: State
  readonly #sources: RoomSources
  readonly #rights: HistoryRights
  /** No stay that waits ends before this; members that came back may leave it too early. */
  #soonestMs = Infinity
  /** Rooms that were restored, whose members may not be back yet. */
  #awaitedUntilMs: number | undefined
  #awaits = false

  constructor(settings: ChatSettings, sources: RoomSources) {
    this.#state = new State(settings)
    this.#sources = sources
    this.#rights = new HistoryRights(this.#state)
  }

  /**
   * Applies a request at a time; `by` is the member's id, undefined for `enter` alone. Never throws for what members send: a request that cannot
   * be is answered with a fault and changes nothing. `ref` comes back in what is heard because of it.
   */
  apply<Name extends PureRequest>(
    by: string | undefined,
    name: Name,
    ask: Ask<Name>,
    nowMs: number,
    ref?: string,
  ): Outcome<Reply<Name>> {
    const turn = newTurn(this.#state, nowMs, ref)
    return outcomeOf(turn, this.#decide(turn, by, name, ask))
  }

  #decide<Name extends PureRequest>(
    turn: Turn,
    by: string | undefined,
    name: Name,
    ask: Ask<Name>,
  ): Answer<Reply<Name>> {
    if (name === 'enter') return stay.enter(turn, ask as Ask<'enter'>, this.#sources) as Answer<Reply<Name>>
    const member = by === undefined ? undefined : this.#state.members.get(by)
    if (member === undefined) return refuse('not-entered')
    const handler = handlers[name as Exclude<PureRequest, 'enter'>] as unknown as Handler<Name>
    return handler(turn, member, ask)
  }

  /** A member has logged in; the password was right. */
  authenticated(memberId: string, account: string, nowMs: number, ref?: string): Outcome<{ account: string }> {
    const turn = newTurn(this.#state, nowMs, ref)
    const member = this.#state.members.get(memberId)
    if (member === undefined) return outcomeOf(turn, refuse('not-entered'))
    if (member.who.account === account) return outcomeOf(turn, refuse('already-logged-in', account))
    const fault = keepsFromAccount(member, account)
    if (fault !== undefined) return outcomeOf(turn, { fault })
    stay.setAccount(turn, member, account)
    return outcomeOf(turn, { ok: { account } })
  }

  /**
   * The connection of a member is gone. With `resumeMs` above 0 its stay waits so long, and nobody hears of it yet; else it has quit. Of one
   * network (but this machine itself) at most so many wait: the one longest gone ends when there are more.
   */
  lost(
    memberId: string,
    reason: string,
    nowMs: number,
    resumeMs: number,
    mostOfNetwork: number = mostLostOfNetwork,
  ): Outcome<Done> {
    const turn = newTurn(this.#state, nowMs)
    const member = this.#state.members.get(memberId)
    if (member === undefined) return outcomeOf(turn, refuse('not-entered'))
    if (resumeMs <= 0) {
      stay.leaveAll(turn, member, reason)
      return outcomeOf(turn, { ok: {} })
    }
    const untilMs = nowMs + resumeMs
    this.#state.setLost(member, { reason, untilMs })
    const longest = this.#state.lostBeyond(member, mostOfNetwork)
    if (longest?.lost !== undefined) stay.leaveAll(turn, longest, longest.lost.reason)
    this.#soonestMs = Math.min(this.#soonestMs, untilMs)
    return outcomeOf(turn, { ok: {} })
  }

  /** The connection of a member is there still, or again: its stay goes on. */
  found(memberId: string): MemberInfo | undefined {
    const member = this.#state.members.get(memberId)
    if (member === undefined) return undefined
    member.lost = undefined
    return infoOf(member)
  }

  /** Ends the stays whose time to come back has passed, and rooms that nobody came back to. */
  expire(nowMs: number): { heard: readonly Heard[]; changedRooms: readonly string[] } {
    const turn = newTurn(this.#state, nowMs)
    if (nowMs >= this.#soonestMs) this.#endLost(turn, nowMs)
    if (this.#awaits) {
      this.#awaits = false
      this.#awaitedUntilMs = nowMs + this.#state.settings.resumeSeconds * 1_000
    }
    if (this.#awaitedUntilMs !== undefined && nowMs >= this.#awaitedUntilMs) {
      const isAnyLeft = this.#endRestored(turn)
      this.#awaitedUntilMs = isAnyLeft ? nowMs + lookEveryMs : undefined
    }
    return { heard: turn.heard, changedRooms: [...turn.changed] }
  }

  /** Rooms that were restored and that nobody is in go with their last message, at once where nobody could come in. True when some are left. */
  #endRestored(turn: Turn): boolean {
    let isAnyLeft = false
    for (const room of this.#state.rooms.values()) {
      if (room.members.size > 0 || room.founder !== undefined || room === this.#state.defaultRoom) continue
      if (!isShut(room) && this.#sources.hasHistory?.(room.key) === true) isAnyLeft = true
      else if (this.#state.dropIfUnused(room)) turn.changed.add(room.name)
    }
    for (const room of this.#state.dropTooMany()) turn.changed.add(room.name)
    return isAnyLeft
  }

  #endLost(turn: Turn, nowMs: number): void {
    this.#soonestMs = Infinity
    for (const member of this.#state.lostMembers()) {
      if (member.lost === undefined) continue
      if (member.lost.untilMs <= nowMs) stay.leaveAll(turn, member, member.lost.reason)
      else this.#soonestMs = Math.min(this.#soonestMs, member.lost.untilMs)
    }
  }

  /** When `expire` should be called, in milliseconds since 1970; it may find nothing to do then. */
  nextDeadlineMs(): number | undefined {
    const soonest = Math.min(this.#soonestMs, this.#awaits ? 0 : (this.#awaitedUntilMs ?? Infinity))
    return soonest === Infinity ? undefined : soonest
  }

  /** For a restarted owner, before members come: a room as it was stored; those whose last message is oldest first. */
  restoreRoom(record: RoomRecord): void {
    restoreRoom(this.#state, record)
    this.#awaits = true
  }

  /** A member as its lane holds it. It keeps its id, and its nick unless somebody has it by now. */
  restoreMember(snapshot: MemberSnapshot, nowMs: number): MemberInfo {
    return infoOf(restoreMember(this.#state, snapshot, nowMs))
  }

  snapshotOf(memberId: string): MemberSnapshot | undefined {
    const member = this.#state.members.get(memberId)
    return member && snapshotOf(this.#state, member)
  }

  /** What is to be stored of a room; undefined when it is gone. */
  recordOf(room: string): RoomRecord | undefined {
    const found = this.#state.room(room)
    return found && recordOf(found)
  }

  member(memberId: string): MemberInfo | undefined {
    const member = this.#state.members.get(memberId)
    return member && infoOf(member)
  }

  /** Its numeric address, for limits. */
  addressOf(memberId: string): string | undefined {
    return this.#state.members.get(memberId)?.address
  }

  memberIdOfPlace(place: string): string | undefined {
    return this.#state.byPlace(place)?.who.id
  }

  memberIdOfNick(nick: string): string | undefined {
    return this.#state.byNick(nick)?.who.id
  }

  /** Ids of messages and members come behind this one from now on. */
  continueAfter(id: string): void {
    this.#state.ids.continueAfter(id)
  }

  /** Whether a member may read the messages of a room or with a nick, by which key, and since when (milliseconds since 1970). */
  mayReadHistory(memberId: string, target: string): ReadableHistory | Fault {
    const member = this.#member(memberId)
    if (member === undefined) return faultOf('not-entered')
    return isRoomName(target)
      ? this.#rights.ofRoom(member, target)
      : this.#rights.withNick(member, target, nickKey(target))
  }

  /** Of a key of the store, whose messages they are for this member; undefined where it may not read them. */
  historyOfKey(memberId: string, key: string): (ReadableHistory & { readonly target: string }) | undefined {
    const member = this.#member(memberId)
    return member && this.#rights.ofKey(member, key)
  }

  /** All of it, secret rooms too: for who runs the server. */
  overview(): { readonly members: readonly MemberInfo[]; readonly rooms: readonly ListedRoom[] } {
    return {
      members: [...this.#state.members.values()].map(infoOf),
      rooms: [...this.#state.rooms.values()].map(listed),
    }
  }

  #member(memberId: string): Member | undefined {
    return this.#state.members.get(memberId)
  }
}
