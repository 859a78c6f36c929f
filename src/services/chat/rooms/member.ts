/** A member: what is known of it, and where it is. */
import type { MemberInfo, Transport, Who } from '../types.ts'
import type { Room } from './room.ts'

export interface Member {
  /** As others see it; made anew when something of it changes. */
  who: Who
  /** What makes nicks the same, and what this one looks like as it is written. */
  key: string
  look: string
  realname: string
  transport: Transport
  address: string
  place: string | undefined
  secretHash: string
  away: string | undefined
  isOperator: boolean
  isInvisible: boolean
  hearsWallops: boolean
  sinceMs: number
  /** Since when it is this nick that its private messages are kept by. */
  nickSinceMs: number
  activeMs: number
  readonly rooms: Set<Room>
  /** Where it joined or spoke last; it may have left since. */
  latest: Room | undefined
  /** Rooms that it may join once, whatever stands in its way. */
  invites: Set<Room> | undefined
  /** Its connection is gone, and it has until then to come back. */
  lost: { readonly reason: string; readonly untilMs: number } | undefined
}

/** Who somebody is, without an account where there is none. */
export function asWho(id: string, nick: string, user: string, host: string, account?: string): Who {
  return account === undefined ? { id, nick, user, host } : { id, nick, user, host, account }
}

type Writable<Value> = { -readonly [Name in keyof Value]: Value[Name] }

/** Field by field: a view of a large room makes one of these for each member. */
export function infoOf(member: Member): Writable<MemberInfo> {
  const { who } = member
  const info: Writable<MemberInfo> = {
    id: who.id,
    nick: who.nick,
    user: who.user,
    host: who.host,
    realname: member.realname,
    transport: member.transport,
    isOperator: member.isOperator,
    isInvisible: member.isInvisible,
    hearsWallops: member.hearsWallops,
    sinceMs: member.sinceMs,
    activeMs: member.activeMs,
  }
  if (who.account !== undefined) info.account = who.account
  if (member.nickSinceMs !== member.sinceMs) info.nickSinceMs = member.nickSinceMs
  if (member.away !== undefined) info.away = member.away
  return info
}

/** `nick!user@host`. */
export function nameOf({ nick, user, host }: Who): string {
  return `${nick}!${user}@${host}`
}

/** By what private messages are kept: the account, else the nick. */
export function identityOf(member: Member): string {
  return member.who.account === undefined ? `n:${member.key}` : `a:${member.who.account}`
}
