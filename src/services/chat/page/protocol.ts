/**
 * What the chat page and the server say to each other: JSON in WebSocket text frames. Both ends compile against these types;
 * docs/chat-page-protocol.md tells it in words.
 *
 *   page ─▶ { do: 'enter', ref: '1', nick: 'alice' }          server ─▶ { ref: '1', event: 'hello', me, secret, rooms, ... }
 *   page ─▶ { do: 'say', ref: '2', to: '#lobby', ... }        server ─▶ { event: 'said', ref: '2', id, by, text, ... } to its asker
 *                                                             server ─▶ { ref: '2', ok: { id, atMs, to } }
 */
import type { RateRule } from '../options.ts'
import type {
  Ask,
  Fault,
  Hearing,
  LimitAction,
  MemberInfo,
  ModeChange,
  Rank,
  Reply,
  RequestName,
  RoomMember,
  Saying,
  Topic,
} from '../types.ts'

/** Raised when a page of an older version could no longer follow. */
export const protocolVersion = 1

/** Messages of a history answer at most. */
export const historyMost = 200

/** Rooms, and lines of `who`, in an answer at most; the largest rooms are kept. */
export const listMost = 500

/** Rooms and conversations that `seen` may name. */
export const seenMost = 60

/** What the page asks to come in. The server adds address and transport itself. */
export interface PageEnter {
  readonly nick?: string
  /** Another nick will do. */
  readonly isFlexible?: boolean
  readonly realname?: string
  /** The secret of the stay that broke off. */
  readonly resume?: string
  /** After a resume: the last message that the page has, by room or nick; what came later is sent as `missed`. */
  readonly seen?: Readonly<Record<string, string>>
}

/** Requests that differ from the service's own: only what a page may say of itself. */
interface PageAsks {
  readonly enter: PageEnter
}

export type PageAsk<Name extends RequestName> = Name extends keyof PageAsks ? PageAsks[Name] : Ask<Name>

/** Client to server. */
export type PageRequest = {
  [Name in RequestName]: { readonly do: Name; readonly ref?: string } & PageAsk<Name>
}[RequestName]

/** A member as a room's list shows it; what is not said is false or absent. */
export interface PageMember {
  readonly id: string
  readonly nick: string
  readonly ranks?: readonly Rank[]
  readonly away?: string
  readonly isOperator?: true
}

/** A room as the page gets it. */
export interface PageRoom {
  readonly room: string
  readonly createdMs: number
  readonly topic?: Topic
  readonly modes: readonly ModeChange[]
  /** As many as are in it, whether or not they are all in `members`. */
  readonly count: number
  /** Not all where `isPartial`: `names` gives them. */
  readonly members: readonly PageMember[]
  readonly isPartial?: true
}

/** Stored messages, oldest first. */
export interface PageHistory {
  readonly sayings: readonly PageSaying[]
  /** There were more than the answer holds, on the side that was asked for. */
  readonly hasMore: boolean
}

/** Without what only other protocols show: raw bytes, tags and formatting codes. */
export type PageSaying = Omit<Saying, 'bytes' | 'tags' | 'formatted'>

interface PageReplies {
  readonly enter: Record<never, never>
  readonly join: PageRoom
  readonly names: PageRoom | null
  readonly history: PageHistory
}

export type PageReply<Name extends RequestName> = Name extends keyof PageReplies ? PageReplies[Name] : Reply<Name>

/** Besides the service's faults: what is no message of this protocol. Ten of them end the connection with 1008. */
export type PageFault =
  | Fault
  | { readonly code: 'bad-message'; readonly message: string; readonly about?: string; readonly waitMs?: number }

/** The page is in; the answer to `enter`. */
export interface Hello {
  readonly event: 'hello'
  readonly ref?: string
  readonly version: number
  readonly me: MemberInfo
  /** For `resume`; nobody else may see it. */
  readonly secret: string
  readonly isResumed: boolean
  /** Where the member is already: after a resume. */
  readonly rooms: readonly PageRoom[]
  /** The server's name, and its network's. */
  readonly name: string
  readonly network: string
  readonly motd: string
  /** The room to begin with. */
  readonly room: string
  readonly limits: { readonly peer: RateRule | 'none'; readonly action: LimitAction }
  readonly textBytes: number
  readonly hasHistory: boolean
  readonly canRegister: boolean
  /** How long a broken connection's stay is kept. */
  readonly resumeSeconds: number
  /** The server's clock, milliseconds since 1970. */
  readonly nowMs: number
}

/** What is heard, as the service tells it; `ref` only to who asked for it. */
export type PageHearing =
  | (Exclude<Hearing, { event: 'said' | 'joined' }> & { readonly ref?: string })
  | ({ readonly event: 'said'; readonly ref?: string } & PageSaying)
  | (Omit<Extract<Hearing, { event: 'joined' }>, 'member'> & { readonly member: PageMember; readonly ref?: string })

/** Server to client. */
export type PageMessage =
  | Hello
  | PageHearing
  /** What was said in `target` while the page was away. With `hasMore` it is the beginning only: load anew. */
  | ({ readonly event: 'missed'; readonly target: string } & PageHistory)
  /** A message waits for the rate limit, and is said by itself then. */
  | { readonly event: 'waiting'; readonly ref?: string; readonly waitMs: number }
  /** The server restarts (`lost`), and is there again (`back`): what was heard meanwhile is missing. */
  | { readonly event: 'connection'; readonly state: 'lost' | 'back' }
  | { readonly ref?: string; readonly ok: unknown }
  | { readonly ref?: string; readonly fault: PageFault }

/** A member as pages are shown it. */
export function pageMember(member: RoomMember | MemberInfo): PageMember {
  const { id, nick, away, isOperator } = member
  const ranks = 'ranks' in member && member.ranks.length > 0 ? member.ranks : undefined
  return {
    id,
    nick,
    ...(ranks !== undefined && { ranks }),
    ...(away !== undefined && { away }),
    ...(isOperator && { isOperator }),
  }
}
