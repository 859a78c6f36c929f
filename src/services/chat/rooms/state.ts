/**
 * All members and rooms, and the ways to find them. Every change of who is where goes through here, so that both sides of a membership, the
 * index of nicks and the counts are always right.
 *
 *   member.rooms ◀──▶ room.members (with ranks)      nick ─▶ key ─▶ member      look ─▶ member      secret, place ─▶ member
 */
import type { ChatSettings } from '../options.ts'
import type { Who, Whowas } from '../types.ts'
import { networkOf } from '../rate/network.ts'
import { isRoomName, roomKey } from '../text/room-name.ts'
import { nickKey, nickLook } from '../text/nick.ts'
import { Ids } from './ids.ts'
import { asWho, type Member } from './member.ts'
import { newRoom, type Room } from './room.ts'
import type { RoomSources } from './types.ts'

export const mostWhowas = 1_000

export class State {
  readonly settings: ChatSettings
  readonly ids: Ids = new Ids()
  readonly members: Map<string, Member> = new Map()
  readonly rooms: Map<string, Room> = new Map()
  readonly whowas: (Whowas & { readonly key: string })[] = []
  readonly #byKey = new Map<string, Member>()
  readonly #byLook = new Map<string, Member>()
  readonly #bySecret = new Map<string, Member>()
  readonly #byPlace = new Map<string, Member>()
  /** Stays whose connection is gone, longest gone first, with the network that each counts with; and those of each network. */
  readonly #lost = new Map<Member, string | undefined>()
  readonly #lostOf = new Map<string, Set<Member>>()
  /** Rooms without members that are kept for their founder, or for their history since a restart; longest empty first. */
  readonly #empty = new Set<Room>()
  /** Rooms kept for an account. */
  readonly #founded = new Map<string, number>()
  readonly defaultRoom: Room
  startedMs: number | undefined
  mostMembers = 0
  /** Members that have come so far. */
  arrived = 0
  operators = 0
  invisible = 0

  readonly #accountOf: NonNullable<RoomSources['accountOf']>

  constructor(settings: ChatSettings, accountOf: RoomSources['accountOf'] = () => undefined) {
    this.settings = settings
    this.#accountOf = accountOf
    this.defaultRoom = newRoom(settings.room, roomKey(settings.room), 0)
    this.rooms.set(this.defaultRoom.key, this.defaultRoom)
  }

  // Finding

  byNick(nick: string): Member | undefined {
    return this.#byKey.get(nickKey(nick))
  }

  /** Somebody else who has a nick that would be the same, or look the same. */
  conflictOf(key: string, look: string, own?: Member): Member | undefined {
    const same = this.#byKey.get(key)
    if (same !== undefined && same !== own) return same
    const alike = this.#byLook.get(look)
    return alike === own ? undefined : alike
  }

  /** The account to which a nick belongs. */
  ownerOf(nick: string): string | undefined {
    return this.settings.reserveNicks ? this.#accountOf(nick)?.name : undefined
  }

  /** Since when there is this account, in milliseconds since 1970. */
  accountSinceMs(account: string): number | undefined {
    return this.#accountOf(account)?.createdMs
  }

  bySecret(hash: string): Member | undefined {
    return this.#bySecret.get(hash)
  }

  byPlace(place: string): Member | undefined {
    return this.#byPlace.get(place)
  }

  room(name: string): Room | undefined {
    return isRoomName(name) ? this.rooms.get(roomKey(name)) : undefined
  }

  // Members

  add(member: Member): void {
    this.arrived++
    this.members.set(member.who.id, member)
    this.#byKey.set(member.key, member)
    this.#byLook.set(member.look, member)
    this.#bySecret.set(member.secretHash, member)
    if (member.place !== undefined) this.#byPlace.set(member.place, member)
    if (member.isOperator) this.operators++
    if (member.isInvisible) this.invisible++
    this.mostMembers = Math.max(this.mostMembers, this.members.size)
  }

  /** It leaves all rooms; gives those that are gone with it. */
  remove(member: Member, nowMs: number): Room[] {
    const gone = [...member.rooms].filter((room) => this.leave(room, member))
    this.members.delete(member.who.id)
    this.#byKey.delete(member.key)
    this.#byLook.delete(member.look)
    this.#bySecret.delete(member.secretHash)
    this.#forgetPlace(member)
    this.setLost(member, undefined)
    if (member.isOperator) this.operators--
    if (member.isInvisible) this.invisible--
    this.#remember(member, nowMs)
    return gone
  }

  #remember(member: Member, leftMs: number): void {
    this.whowas.push({ who: member.who, realname: member.realname, leftMs, key: member.key })
    if (this.whowas.length > mostWhowas) this.whowas.shift()
  }

  rename(member: Member, nick: string, nowMs: number): void {
    if (nickKey(nick) !== member.key) {
      this.#remember(member, nowMs)
      member.nickSinceMs = nowMs
    }
    this.#byKey.delete(member.key)
    this.#byLook.delete(member.look)
    member.key = nickKey(nick)
    member.look = nickLook(nick)
    const { id, user, host, account } = member.who
    member.who = asWho(id, nick, user, host, account)
    this.#byKey.set(member.key, member)
    this.#byLook.set(member.look, member)
  }

  setAccount(member: Member, account: string | undefined, nowMs: number): void {
    member.nickSinceMs = nowMs
    const { id, nick, user, host } = member.who
    member.who = asWho(id, nick, user, host, account)
  }

  setSecret(member: Member, hash: string): void {
    this.#bySecret.delete(member.secretHash)
    member.secretHash = hash
    this.#bySecret.set(hash, member)
  }

  setPlace(member: Member, place: string | undefined): void {
    this.#forgetPlace(member)
    member.place = place
    if (place !== undefined) this.#byPlace.set(place, member)
  }

  /** Unless another is there by now. */
  #forgetPlace(member: Member): void {
    const { place } = member
    if (place !== undefined && this.#byPlace.get(place) === member) this.#byPlace.delete(place)
  }

  /** Its connection is gone, or (undefined) it has come back. */
  setLost(member: Member, lost: Member['lost']): void {
    const former = this.#lost.get(member)
    if (this.#lost.delete(member) && former !== undefined) {
      const others = this.#lostOf.get(former)
      others?.delete(member)
      if (others?.size === 0) this.#lostOf.delete(former)
    }
    member.lost = lost
    if (lost === undefined) return
    const network = networkOf(member.address)
    this.#lost.set(member, network)
    if (network === undefined) return
    const others = this.#lostOf.get(network)
    if (others === undefined) this.#lostOf.set(network, new Set([member]))
    else others.add(member)
  }

  /** Those that wait to come back, longest gone first. */
  lostMembers(): IterableIterator<Member> {
    return this.#lost.keys()
  }

  /** The one longest gone of a member's network, where that has more than so many. */
  lostBeyond(member: Member, most: number): Member | undefined {
    const others = this.#lostOf.get(this.#lost.get(member) ?? '')
    return others !== undefined && others.size > most ? others.values().next().value : undefined
  }

  setOperator(member: Member, on: boolean): void {
    if (member.isOperator !== on) this.operators += on ? 1 : -1
    member.isOperator = on
  }

  setInvisible(member: Member, on: boolean): void {
    if (member.isInvisible !== on) this.invisible += on ? 1 : -1
    member.isInvisible = on
  }

  // Rooms

  /** A new room, or undefined where there are too many. A room that has long been empty makes way. */
  open(name: string, nowMs: number): { room: Room; gone: Room | undefined } | undefined {
    let gone: Room | undefined
    if (this.rooms.size >= this.settings.rooms) {
      gone = this.#empty.values().next().value
      if (gone === undefined) return undefined
      this.drop(gone)
    }
    const room = newRoom(name, roomKey(name), nowMs)
    this.rooms.set(room.key, room)
    return { room, gone }
  }

  /** Its room is kept for an account, unless that has as many as one may. */
  found(room: Room, account: string): void {
    const count = this.#founded.get(account) ?? 0
    if (count >= this.settings.roomsPerMember) return
    this.#founded.set(account, count + 1)
    room.founder = account
  }

  /** The account is gone: its rooms, which this gives, are nobody's. */
  disown(account: string): Room[] {
    this.#founded.delete(account)
    const rooms = [...this.rooms.values()].filter(({ founder }) => founder === account)
    for (const room of rooms) room.founder = undefined
    return rooms
  }

  restore(room: Room): void {
    this.rooms.set(room.key, room)
    if (room.members.size === 0) this.#empty.add(room)
    if (room.founder !== undefined) this.#founded.set(room.founder, (this.#founded.get(room.founder) ?? 0) + 1)
  }

  join(room: Room, member: Member, bits: number): void {
    room.members.set(member, bits)
    member.rooms.add(room)
    this.#empty.delete(room)
  }

  /** True when the room is gone with its last member: it stays where it is the default one or has a founder. */
  leave(room: Room, member: Member): boolean {
    room.members.delete(member)
    member.rooms.delete(room)
    return this.dropIfUnused(room)
  }

  dropIfUnused(room: Room): boolean {
    if (room.members.size > 0 || room === this.defaultRoom) return false
    if (room.founder !== undefined) {
      this.#empty.add(room)
      return false
    }
    this.drop(room)
    return true
  }

  /** Rooms without members, the longest empty first, as often as there are too many rooms. */
  dropTooMany(): Room[] {
    const gone = [...this.#empty].slice(0, Math.max(0, this.rooms.size - this.settings.rooms))
    for (const room of gone) this.drop(room)
    return gone
  }

  drop(room: Room): void {
    this.rooms.delete(room.key)
    this.#empty.delete(room)
    if (room.founder === undefined) return
    const left = (this.#founded.get(room.founder) ?? 1) - 1
    if (left > 0) this.#founded.set(room.founder, left)
    else this.#founded.delete(room.founder)
  }

  /** The newest with that nick; those of one key may be others. */
  formerly(key: string, count: number): (Whowas & { readonly key: string })[] {
    return this.whowas
      .filter((entry) => entry.key === key)
      .slice(-count)
      .reverse()
  }

  lastWho(key: string): Who | undefined {
    return this.whowas.findLast((entry) => entry.key === key)?.who
  }
}
