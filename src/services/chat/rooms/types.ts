/** What `Rooms` takes and gives: pure requests, what comes of one, and what is kept of rooms and members. All of it is data that JSON carries. */
import type { Answer, Heard, MemberInfo, Rank, RequestName, Saying, Topic } from '../types.ts'

/** Requests that rooms decide alone. Of `operator` the password has been checked by who asks. */
export type PureRequest = Exclude<RequestName, 'login' | 'register' | 'history' | 'targets'>

/** What a request brings about, in this order: it is stored, then heard, then answered. */
export interface Outcome<Reply> {
  readonly answer: Answer<Reply>
  readonly heard: readonly Heard[]
  /** Messages, with the key of their history. */
  readonly stored: readonly { readonly key: string; readonly saying: Saying }[]
  /** Rooms, as written, whose record is another now (see `recordOf`), or gone. */
  readonly changedRooms: readonly string[]
}

export interface MaskRecord {
  readonly mask: string
  readonly by: string
  readonly atMs: number
}

/** A room as it is stored: all but who is in it. */
export interface RoomRecord {
  readonly room: string
  readonly createdMs: number
  /** The account that made it: its room is kept without members, and it is operator whenever it joins. */
  readonly founder?: string
  readonly topic?: Topic
  readonly moderated?: boolean
  readonly inviteOnly?: boolean
  readonly topicLocked?: boolean
  readonly noOutside?: boolean
  readonly secret?: boolean
  readonly key?: string
  readonly limit?: number
  readonly ban?: readonly MaskRecord[]
  readonly except?: readonly MaskRecord[]
  readonly invited?: readonly MaskRecord[]
  readonly mute?: readonly MaskRecord[]
}

/** A member as its lane holds it, for a restarted owner. */
export interface MemberSnapshot {
  readonly info: MemberInfo
  readonly address: string
  readonly place?: string
  /** Of the secret for resuming: who sees it cannot resume. */
  readonly secretHash: string
  /** First that in which it speaks; as the owner knows it, that in which it joined or spoke last. */
  readonly rooms: readonly { readonly room: string; readonly ranks: readonly Rank[] }[]
  /** Rooms that it may join once, whatever stands in its way. */
  readonly invites?: readonly string[]
}

export interface KnownAccount {
  readonly name: string
  readonly createdMs: number
}

export interface RoomSources {
  /** Text of 128 random bits or more. */
  newSecret(): string
  /** The name that is shown for an address. */
  hostOf(address: string): string
  /** The account of that name, written in any way. */
  accountOf?(name: string): KnownAccount | undefined
  /** Whether there are messages of a room, by its key; where it is absent there are none. */
  hasHistory?(key: string): boolean
}
