/**
 * The contract of the chat service: what members ask, what is answered, and what everybody hears of it.
 *
 *   peer ─▶ front (its protocol, in a lane) ─▶ Request ─▶ owner: Rooms, limits, store ─▶ Answer to the asker
 *   peers ◀── front: one encoding a form ◀── Hearing ◀── bus ◀──────────┘              ─▶ Hearings to all
 *
 * One owner decides for all lanes, so nicks are unique and the messages of a room have one order. All of it is data that JSON carries.
 */

import type { Fault } from './fault-types.ts'

export type * from './fault-types.ts'

/** How a member is connected; `irc` comes over TCP too. */
export type Transport = 'udp' | 'tcp' | 'ws' | 'irc'

/** Who did something, at the time when it was done. */
export interface Who {
  /** Of this member's stay, never given again while the server runs. */
  readonly id: string
  readonly nick: string
  /** What IRC calls user or ident: `alice` of `nick!alice@host`; the transport where the protocol has none. */
  readonly user: string
  /** A name that does not tell the address: a keyed hash of it, the same for one address as long as the server keeps its history. */
  readonly host: string
  readonly account?: string
}

/** What everybody may know of a member. */
export interface MemberInfo extends Who {
  readonly realname: string
  readonly transport: Transport
  /** The text of /away; absent while present. */
  readonly away?: string
  /** Of the server: may kill, see hidden rooms, speak to all. */
  readonly isOperator: boolean
  readonly isInvisible: boolean
  readonly hearsWallops: boolean
  /** Milliseconds since 1970. */
  readonly sinceMs: number
  /** Since when it has its nick, or has it without an account; absent where that is as long as it has been here. */
  readonly nickSinceMs?: number
  /** Its last message. */
  readonly activeMs: number
}

/** A member's place in a room: an operator moderates, a voice speaks where only voices may. */
export type Rank = 'operator' | 'voice'

/** message: to be read. notice: never answered by programs. action: `* alice waves`. tags: no text, client tags only (TAGMSG). */
export type SayKind = 'message' | 'notice' | 'action' | 'tags'

/**
 * What a room may be; names and letters of IRC's modes. moderated m: only ranks speak. inviteOnly i. topicLocked t: operators alone set the
 * topic. noOutside n: members alone speak. secret s: not listed. key k: a password. limit l: members at most. ban b, except e,
 * invited I: masks, `nick!user@host` or `account:NAME`. mute q: masks that may stay and not speak. operator o, voice v: ranks.
 */
export type ModeName =
  | 'moderated'
  | 'inviteOnly'
  | 'topicLocked'
  | 'noOutside'
  | 'secret'
  | 'key'
  | 'limit'
  | 'ban'
  | 'except'
  | 'invited'
  | 'mute'
  | 'operator'
  | 'voice'

export interface ModeChange {
  readonly mode: ModeName
  readonly on: boolean
  /** The key, the limit, the mask, or the nick of who gets the rank; none where nothing is needed. */
  readonly value?: string
}

/** Requests, by name, with what each is answered. Rooms and nicks are as typed; the answers have them as they are written. */
export interface Requests {
  /** A member comes. Without a nick, or with one that is taken and `isFlexible`, it gets a free one. */
  enter: { ask: Enter; answer: Entered }
  /** It leaves everything. */
  quit: { ask: { reason: string }; answer: Done }
  nick: { ask: { nick: string }; answer: { nick: string } }
  /** Makes the room where there is none; who makes it is its operator. The answer tells `mostMembers` of who is there, and how many there are. */
  join: { ask: { room: string; key?: string; mostMembers?: number }; answer: RoomView }
  part: { ask: { room: string; reason?: string }; answer: Done }
  /** To a room (`#name`) or a member (a nick). Answered when it is stored, with `away` where its receiver is. */
  say: { ask: Say; answer: Said }
  /** Without `topic`: what it is. An empty one takes it away. */
  topic: { ask: { room: string; topic?: string }; answer: { topic?: Topic } }
  mode: {
    ask: { room: string; changes: readonly ModeChange[] }
    answer: { applied: readonly ModeChange[]; refused: readonly Fault[] }
  }
  /** What is set: modes, or masks of a list. */
  modes: { ask: { room: string; list?: 'ban' | 'except' | 'invited' | 'mute' }; answer: RoomModes }
  /** The member's own: invisible, wallops, and `operator` off. */
  ownMode: { ask: { invisible?: boolean; wallops?: boolean; operator?: false }; answer: MemberInfo }
  kick: { ask: { room: string; nick: string; reason?: string }; answer: Done }
  invite: { ask: { room: string; nick: string }; answer: { away?: string } }
  /** Without a text: back again. */
  away: { ask: { text?: string }; answer: Done }
  realname: { ask: { text: string }; answer: Done }
  /** Who is there; `undefined` where the room may not be seen. */
  names: { ask: { room: string }; answer: RoomView | undefined }
  /** Rooms that may be seen. */
  list: {
    ask: { rooms?: readonly string[]; mask?: string; membersAtLeast?: number; membersAtMost?: number }
    answer: readonly ListedRoom[]
  }
  who: { ask: { mask: string; operatorsOnly?: boolean }; answer: readonly WhoLine[] }
  whois: { ask: { nick: string }; answer: Whois }
  whowas: { ask: { nick: string; count?: number }; answer: readonly Whowas[] }
  counts: { ask: Empty; answer: ServerCounts }
  history: { ask: HistoryQuery; answer: readonly StoredSaying[] }
  /** Rooms and nicks with messages between two times, oldest first. */
  targets: {
    ask: { afterMs: number; beforeMs: number; limit: number }
    answer: readonly { target: string; latestMs: number }[]
  }
  login: { ask: { account: string; password: string }; answer: { account: string } }
  logout: { ask: Empty; answer: Done }
  register: { ask: { account: string; password: string }; answer: { account: string } }
  /** To be an operator of the server. */
  operator: { ask: { name: string; password: string }; answer: MemberInfo }
  /** Operators of the server only: ends a member's stay. */
  kill: { ask: { nick: string; reason: string }; answer: Done }
  /** Operators only: to all that hear it. */
  wallops: { ask: { text: string }; answer: Done }
  /** It is still there, though it says nothing. */
  alive: { ask: Empty; answer: Done }
}

export type RequestName = keyof Requests
export type Ask<Name extends RequestName> = Requests[Name]['ask']
export type Reply<Name extends RequestName> = Requests[Name]['answer']
// oxlint-disable-next-line typescript/no-empty-object-type -- what asks nothing
export type Empty = {}
export type Done = Empty

export interface Enter {
  readonly nick?: string
  /** Another nick will do where this one is taken or not allowed. */
  readonly isFlexible?: boolean
  readonly user: string
  readonly realname: string
  readonly transport: Transport
  /** Numeric address, without the port; limits and bans count by it, nobody is shown it. */
  readonly address: string
  /** Of UDP: address and port, by which a successor of the lane knows it again. */
  readonly place?: string
  /** Where it has logged in before it came (SASL). */
  readonly account?: string
  /** The secret of a stay that broke off: it goes on, with nick and rooms. */
  readonly resume?: string
}

export interface Entered {
  readonly me: MemberInfo
  /** For `resume`. */
  readonly secret: string
  /** Where it is already, after a resume. */
  readonly rooms: readonly RoomView[]
  readonly isResumed: boolean
  /** Its former lane is there still, and tells it what is heard until this one listens to its rooms. */
  readonly isMoving?: boolean
}

export interface Say {
  readonly to: string
  readonly kind: SayKind
  /** One line; controls are taken out or shown before anybody sees it. Of a datagram that is no UTF-8: left out. */
  readonly text?: string
  /** Base64 of a datagram that is no UTF-8. */
  readonly bytes?: string
  /** Client-only tags of IRC (`+typing`), relayed to who asked for them. */
  readonly tags?: Readonly<Record<string, string>>
  /**
   * The client's name of this message, to ask again when the answer was lost: what its stay has said under this name is not said again, and
   * answered as before. The last 32 are remembered.
   */
  readonly once?: string
}

export interface Said {
  readonly id: string
  readonly atMs: number
  /** The room, or the nick, as it is written. */
  readonly to: string
  readonly away?: string
}

/** A message as it is heard and stored. */
export interface Saying {
  /** Sorts as the messages were said: 16 hex digits, milliseconds since 1970 and a counter. */
  readonly id: string
  readonly atMs: number
  readonly by: Who
  /** The room, or the nick of who it is for. */
  readonly to: string
  readonly kind: SayKind
  /** Clean: no control characters. Of bytes that are no UTF-8 with `\xNN` for each that is none. */
  readonly text: string
  /** With the formatting codes of IRC (bold, colours, CTCP's \x01 at its ends), only where there are some; no other control characters. */
  readonly formatted?: string
  /** Base64: the bytes as they came, for UDP; only where they are no UTF-8. */
  readonly bytes?: string
  readonly tags?: Readonly<Record<string, string>>
}

export type StoredSaying = Saying

/** Newest last. `after` and `before` are ids or milliseconds, and not among what is given. */
export interface HistoryQuery {
  /** A room, or a nick: the private messages with it. */
  readonly target: string
  readonly after?: string | number
  readonly before?: string | number
  /** Half before, half after it. */
  readonly around?: string | number
  /** From `after` on forwards (true), else the newest before `before`. */
  readonly isForward?: boolean
  readonly limit: number
}

export interface Topic {
  readonly text: string
  /** `nick!user@host`. */
  readonly by: string
  readonly atMs: number
}

/** A room as a member sees it. */
export interface RoomView {
  readonly room: string
  readonly createdMs: number
  readonly topic?: Topic
  readonly modes: RoomModes
  readonly members: readonly RoomMember[]
  /** How many there are, where `members` has not all of them. */
  readonly count?: number
}

export interface RoomMember extends MemberInfo {
  readonly ranks: readonly Rank[]
}

export interface RoomModes {
  readonly room: string
  readonly createdMs: number
  /** Those without masks and ranks; the key is shown to members only. */
  readonly set: readonly ModeChange[]
  /** Of the list that was asked for. */
  readonly masks?: readonly { mask: string; by: string; atMs: number }[]
}

export interface ListedRoom {
  readonly room: string
  readonly members: number
  readonly topic?: string
  readonly createdMs: number
}

export interface WhoLine {
  /** The room by which it was found, or one that both are in. */
  readonly room?: string
  readonly member: RoomMember
}

export interface Whois {
  readonly member: MemberInfo
  /** Rooms that the asker may see. */
  readonly rooms: readonly { room: string; ranks: readonly Rank[] }[]
  /** The address, for itself and operators of the server. */
  readonly address?: string
}

export interface Whowas {
  readonly who: Who
  readonly realname: string
  readonly leftMs: number
}

export interface ServerCounts {
  readonly members: number
  readonly invisible: number
  readonly operators: number
  readonly rooms: number
  readonly mostMembers: number
  readonly startedMs: number
}

/** What others hear. `rooms` and `room` are names as they are written. */
export type Hearing =
  | ({ readonly event: 'said' } & Saying)
  | {
      readonly event: 'joined'
      readonly room: string
      readonly by: Who
      readonly member: RoomMember
      readonly atMs: number
    }
  | {
      readonly event: 'parted'
      readonly room: string
      readonly by: Who
      readonly reason?: string
      readonly atMs: number
    }
  | {
      readonly event: 'kicked'
      readonly room: string
      readonly by: Who
      readonly whom: Who
      readonly reason?: string
      readonly atMs: number
    }
  | { readonly event: 'topic'; readonly room: string; readonly by: Who; readonly topic: string; readonly atMs: number }
  | {
      readonly event: 'mode'
      readonly room: string
      readonly by: Who | undefined
      readonly changes: readonly ModeChange[]
      readonly atMs: number
    }
  | { readonly event: 'invited'; readonly room: string; readonly by: Who; readonly whom: Who; readonly atMs: number }
  /** Of those below everyone hears who shares a room with the member, once, and the member itself. */
  | { readonly event: 'quit'; readonly by: Who; readonly reason: string; readonly atMs: number }
  | { readonly event: 'renamed'; readonly by: Who; readonly nick: string; readonly atMs: number }
  | { readonly event: 'away'; readonly by: Who; readonly away?: string; readonly atMs: number }
  | { readonly event: 'account'; readonly by: Who; readonly account?: string; readonly atMs: number }
  /** `user` or `host` are others now; `by` has the former ones. */
  | {
      readonly event: 'rehosted'
      readonly by: Who
      readonly user: string
      readonly host: string
      readonly atMs: number
    }
  | { readonly event: 'realname'; readonly by: Who; readonly realname: string; readonly atMs: number }
  | { readonly event: 'wallops'; readonly by: Who; readonly text: string; readonly atMs: number }
  /** To one member: its stay is over (kill, limits, somebody resumed it); the lane closes its connection. */
  | { readonly event: 'ended'; readonly reason: string; readonly atMs: number }
  /** To one member: what it is now (modes, account, operator). */
  | { readonly event: 'self'; readonly me: MemberInfo; readonly atMs: number }

/** Who hears it. `room`: its members. `near`: all who share one of these rooms, each once, and `also`. `members`: these. `wallops`: who hears wallops. */
export type Audience =
  | { readonly to: 'room'; readonly room: string }
  | { readonly to: 'near'; readonly rooms: readonly string[]; readonly also?: string }
  | { readonly to: 'members'; readonly members: readonly string[] }
  | { readonly to: 'wallops' }

export interface Heard {
  readonly audience: Audience
  readonly hearing: Hearing
  /** The request that brought it about: the asker's front tells its own words from others' by it. */
  readonly ref?: string
}
