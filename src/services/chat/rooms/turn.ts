/** One request being decided: the state that it changes, when, and what comes of it besides the answer. */
import type { Answer, Ask, Audience, Heard, Hearing, Reply, RequestName, Saying } from '../types.ts'
import type { Member } from './member.ts'
import type { Room } from './room.ts'
import type { State } from './state.ts'
import type { Outcome } from './types.ts'

export interface Turn {
  readonly state: State
  readonly nowMs: number
  readonly ref: string | undefined
  readonly heard: Heard[]
  readonly stored: { readonly key: string; readonly saying: Saying }[]
  readonly changed: Set<string>
}

/** Decides a request of a member. */
export type Handler<Name extends RequestName> = (turn: Turn, member: Member, ask: Ask<Name>) => Answer<Reply<Name>>

/** Times do not run behind those in ids, also when the clock is set back: history is bounded by both. */
export function newTurn(state: State, wallMs: number, ref?: string): Turn {
  const nowMs = Math.max(wallMs, state.ids.lastMs)
  if (state.startedMs === undefined) {
    state.startedMs = nowMs
    state.defaultRoom.createdMs ||= nowMs
  }
  return { state, nowMs, ref, heard: [], stored: [], changed: new Set() }
}

export function outcomeOf<Value>(turn: Turn, answer: Answer<Value>): Outcome<Value> {
  return { answer, heard: turn.heard, stored: turn.stored, changedRooms: [...turn.changed] }
}

export function hear(turn: Turn, audience: Audience, hearing: Hearing): void {
  turn.heard.push(turn.ref === undefined ? { audience, hearing } : { audience, hearing, ref: turn.ref })
}

/** To the members of a room: of `parted` and `kicked` those before it, of `joined` those after it. */
export function hearInRoom(turn: Turn, room: Room, hearing: Hearing): void {
  hear(turn, { to: 'room', room: room.name }, hearing)
}

/** To who shares a room with a member, and to itself; make it before it leaves. */
export function hearNear(turn: Turn, member: Member, hearing: Hearing): void {
  hear(turn, { to: 'near', rooms: [...member.rooms].map((room) => room.name), also: member.who.id }, hearing)
}

export function hearAlone(turn: Turn, members: readonly Member[], hearing: Hearing): void {
  hear(turn, { to: 'members', members: [...new Set(members.map((member) => member.who.id))] }, hearing)
}
