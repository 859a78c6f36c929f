/**
 * The members that a lane has, by member and by room, and what they hear: each hearing is read once, and encoded once for all that hear it
 * in the same form.
 */
import { prepare, type Prepared } from '../../../server/index.ts'
import { roomKey } from '../text/room-name.ts'
import type { Audience, Heard, Hearing, MemberInfo, Rank, RoomView } from '../types.ts'
import type { LaneDesk } from './desk.ts'
import type { SharedForms } from './front.ts'

export class Lobby {
  readonly #members = new Map<string, LaneDesk>()
  readonly #rooms = new Map<string, Set<LaneDesk>>()

  get size(): number {
    return this.#members.size
  }

  desks(): IterableIterator<LaneDesk> {
    return this.#members.values()
  }

  member(id: string): LaneDesk | undefined {
    return this.#members.get(id)
  }

  /** Whether somebody of this lane is in the room. */
  isOccupied(key: string): boolean {
    return this.#rooms.has(key)
  }

  occupied(): IterableIterator<string> {
    return this.#rooms.keys()
  }

  /** A desk has a member now. */
  add(desk: LaneDesk, rooms: readonly Pick<RoomView, 'room'>[]): void {
    if (desk.me === undefined) return
    this.#members.set(desk.me.id, desk)
    for (const { room } of rooms) this.#enter(desk, room)
  }

  /** It has no member any more; gives the keys of rooms that nobody of this lane is in since. */
  remove(desk: LaneDesk): string[] {
    if (desk.me === undefined || this.#members.get(desk.me.id) !== desk) return []
    this.#members.delete(desk.me.id)
    desk.me = undefined
    return [...desk.rooms.keys()].filter((key) => this.#leave(desk, key))
  }

  /** Members are others to a new owner: by the ids that they had. */
  identify(changed: readonly { readonly former: string; readonly me: MemberInfo }[]): void {
    // All at once, as one may get the id that another had.
    const desks = changed.map(({ former, me }) => ({ desk: this.#members.get(former), former, me }))
    for (const { former } of desks) this.#members.delete(former)
    for (const { desk, me } of desks) {
      if (desk === undefined) continue
      desk.me = me
      this.#members.set(me.id, desk)
    }
  }

  /**
   * Gives a hearing to whom it concerns; `asker` is the desk whose request brought it about, with its own word for that. Gives
   * how many heard it, and the keys of rooms that nobody of this lane is in since.
   */
  hear(heard: Heard, asker: LaneDesk | undefined, ref: string | undefined): { listeners: number; left: string[] } {
    const { audience, hearing } = heard
    if (hearing.event === 'joined') this.#joined(hearing.room, hearing.member.id, hearing.member.ranks)
    const shared = formsOf()
    const { ref: _, ...plain } = heard
    const isEnd = hearing.event === 'ended'
    let listeners = 0
    for (const desk of this.#audience(audience)) {
      listeners += 1
      // What its protocol makes of that is not to end what goes on elsewhere.
      if (isEnd) desk.isOver = true
      const own = desk === asker && ref !== undefined ? { ...plain, ref } : plain
      desk.hear(own, shared)
    }
    return { listeners, left: this.#after(hearing) }
  }

  #audience(audience: Audience): Iterable<LaneDesk> {
    switch (audience.to) {
      case 'room':
        return [...(this.#rooms.get(roomKey(audience.room)) ?? [])]
      case 'near':
        return this.#near(audience.rooms, audience.also)
      case 'members':
        return audience.members.flatMap((id) => this.#members.get(id) ?? [])
      case 'wallops':
        return [...this.#members.values()].filter(({ me }) => me?.hearsWallops === true)
    }
  }

  #near(rooms: readonly string[], also: string | undefined): Set<LaneDesk> {
    const desks = new Set<LaneDesk>()
    for (const room of rooms) for (const desk of this.#rooms.get(roomKey(room)) ?? []) desks.add(desk)
    const extra = also === undefined ? undefined : this.#members.get(also)
    if (extra !== undefined) desks.add(extra)
    return desks
  }

  #joined(room: string, id: string, ranks: readonly Rank[]): void {
    const desk = this.#members.get(id)
    if (desk === undefined) return
    this.#enter(desk, room)
    desk.ranks.set(roomKey(room), new Set(ranks))
  }

  /** What the hearing changes of what this lane knows, once everybody has heard it. */
  #after(hearing: Hearing): string[] {
    switch (hearing.event) {
      case 'parted':
        return this.#left(hearing.room, hearing.by.id)
      case 'kicked':
        return this.#left(hearing.room, hearing.whom.id)
      case 'mode':
        this.#ranked(hearing)
        return []
      default:
        return []
    }
  }

  #ranked({ room, changes }: Extract<Hearing, { event: 'mode' }>): void {
    const key = roomKey(room)
    const ranks = changes.filter(({ mode }) => mode === 'operator' || mode === 'voice')
    if (ranks.length === 0) return
    for (const desk of this.#rooms.get(key) ?? []) {
      for (const { mode, on, value } of ranks) {
        if (value !== desk.me?.nick) continue
        const own = desk.ranks.get(key) ?? new Set()
        desk.ranks.set(key, own)
        if (on) own.add(mode as Rank)
        else own.delete(mode as Rank)
      }
    }
  }

  #left(room: string, id: string): string[] {
    const desk = this.#members.get(id)
    const key = roomKey(room)
    return desk !== undefined && this.#leave(desk, key) ? [key] : []
  }

  #enter(desk: LaneDesk, room: string): void {
    const key = roomKey(room)
    desk.rooms.set(key, room)
    const desks = this.#rooms.get(key)
    if (desks === undefined) this.#rooms.set(key, new Set([desk]))
    else desks.add(desk)
  }

  /** True when nobody of this lane is in the room any more. */
  #leave(desk: LaneDesk, key: string): boolean {
    desk.rooms.delete(key)
    desk.ranks.delete(key)
    const desks = this.#rooms.get(key)
    if (desks === undefined || !desks.delete(desk) || desks.size > 0) return false
    this.#rooms.delete(key)
    return true
  }
}

/** Encodings of one hearing, by form. */
export function formsOf(): SharedForms {
  const made = new Map<string, Prepared | undefined>()
  /** Most members hear it in the form of the one before. */
  let lastForm: string | undefined
  let last: Prepared | undefined
  return {
    once: (form, encode) => {
      if (form === lastForm) return last
      lastForm = form
      last = made.get(form)
      if (last !== undefined || made.has(form)) return last
      const bytes = encode()
      last = bytes.length === 0 ? undefined : prepare(bytes)
      made.set(form, last)
      return last
    },
  }
}
