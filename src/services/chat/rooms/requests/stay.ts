/** A member's stay: it comes, comes back, changes, and goes. */
import { createHash } from 'node:crypto'
import type { Answer, Done, Enter, Entered, MemberInfo } from '../../types.ts'
import { checkNick, nickKey, nickLook } from '../../text/nick.ts'
import { cleanText, clipText } from '../../text/clean-text.ts'
import { refuse } from '../faults.ts'
import { checkNickFor, freeNick } from '../free-nick.ts'
import { asWho, infoOf, type Member } from '../member.ts'
import { viewOf } from '../room.ts'
import type { RoomSources } from '../types.ts'
import { type Handler, hear, hearAlone, hearNear, type Turn } from '../turn.ts'
import { keepsFromAccount, keepsFromNick } from '../speech.ts'

export const longestReasonBytes = 390
export const longestRealnameBytes = 150
const longestUser = 20

/** Only the hash is kept, so that who reads memory or snapshots cannot resume. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 22)
}

/** A member comes, or comes back to its stay: by its secret, its place, or as the account that a broken stay belongs to. */
export function enter(turn: Turn, ask: Enter, sources: RoomSources): Answer<Entered> {
  const { state } = turn
  const resumed = ask.resume === undefined ? undefined : state.bySecret(hashOf(ask.resume))
  if (resumed !== undefined) return goOn(turn, resumed, ask, sources, ask.resume)
  const here = ask.place === undefined ? undefined : state.byPlace(ask.place)
  if (here !== undefined) return comeAgain(turn, here, sources)
  const own = brokenStay(turn, ask)
  if (own !== undefined) return goOn(turn, own, ask, sources)
  // Who may never come back makes way for who is here.
  const waiting = state.members.size < state.settings.members ? undefined : state.lostMembers().next().value
  if (waiting === undefined && state.members.size >= state.settings.members) return refuse('server-full')
  const nick = ask.nick === undefined || ask.isFlexible === true ? freeNick(state, ask.nick) : ask.nick.normalize('NFC')
  const fault = checkNickFor(state, nick)
  if (fault !== undefined) return { fault }
  if (waiting?.lost !== undefined) leaveAll(turn, waiting, waiting.lost.reason)
  const secret = sources.newSecret()
  const member = newMember(turn, ask, nick, sources.hostOf(ask.address), hashOf(secret))
  state.add(member)
  return { ok: { me: infoOf(member), secret, rooms: [], isResumed: false } }
}

/** A stay whose connection broke, of the account that comes now and wants its nick. */
function brokenStay({ state }: Turn, { nick, account }: Enter): Member | undefined {
  if (nick === undefined || account === undefined || checkNick(nick) !== undefined) return undefined
  const holder = state.byNick(nick)
  return holder?.lost !== undefined && holder.who.account === account ? holder : undefined
}

/** The stay goes on from another connection; the former one hears that it has ended. */
function goOn(turn: Turn, member: Member, ask: Enter, sources: RoomSources, known?: string): Answer<Entered> {
  const { state, nowMs } = turn
  if (member.lost === undefined) hearAlone(turn, [member], { event: 'ended', reason: 'Resumed elsewhere', atMs: nowMs })
  const there = ask.place === undefined ? undefined : state.byPlace(ask.place)
  if (there !== undefined && there !== member) leaveAll(turn, there, `Goes on as ${member.who.nick}`, true)
  state.setLost(member, undefined)
  member.transport = ask.transport
  state.setPlace(member, ask.place)
  moveTo(turn, member, ask.address, sources.hostOf(ask.address))
  return entered(turn, member, sources, known)
}

/** A datagram from where a member is already: it has forgotten, or its lane has. */
function comeAgain(turn: Turn, member: Member, sources: RoomSources): Answer<Entered> {
  turn.state.setLost(member, undefined)
  return entered(turn, member, sources)
}

function entered({ state }: Turn, member: Member, sources: RoomSources, known?: string): Answer<Entered> {
  const secret = known ?? sources.newSecret()
  if (known === undefined) state.setSecret(member, hashOf(secret))
  const rooms = [...member.rooms].map((room) => viewOf(room, member))
  return { ok: { me: infoOf(member), secret, rooms, isResumed: true } }
}

function moveTo(turn: Turn, member: Member, address: string, host: string): void {
  member.address = address
  const by = member.who
  if (by.host === host) return
  hearNear(turn, member, { event: 'rehosted', by, user: by.user, host, atMs: turn.nowMs })
  member.who = asWho(by.id, by.nick, by.user, host, by.account)
}

function newMember({ state, nowMs }: Turn, ask: Enter, nick: string, host: string, secretHash: string): Member {
  const user =
    cleanText(ask.user)
      .replace(/[\s!@*?:,]/g, '')
      .slice(0, longestUser) || ask.transport
  return {
    who: asWho(state.ids.next(nowMs), nick, user, host, ask.account),
    key: nickKey(nick),
    look: nickLook(nick),
    realname: clipText(cleanText(ask.realname), longestRealnameBytes),
    transport: ask.transport,
    address: ask.address,
    place: ask.place,
    secretHash,
    away: undefined,
    isOperator: false,
    isInvisible: false,
    hearsWallops: false,
    sinceMs: nowMs,
    nickSinceMs: nowMs,
    activeMs: nowMs,
    rooms: new Set(),
    invites: undefined,
    lost: undefined,
  }
}

/** It leaves all rooms. Who shared one hears it, and so does itself unless `isTold` already. */
export function leaveAll(turn: Turn, member: Member, reason: string, isTold = false): void {
  const { state, nowMs } = turn
  const rooms = [...member.rooms].map((room) => room.name)
  const audience = { to: 'near', rooms, ...(isTold ? {} : { also: member.who.id }) } as const
  hear(turn, audience, { event: 'quit', by: member.who, reason, atMs: nowMs })
  for (const room of state.remove(member, nowMs)) turn.changed.add(room.name)
}

export const quit: Handler<'quit'> = (turn, member, { reason }): Answer<Done> => {
  leaveAll(turn, member, clipText(cleanText(reason), longestReasonBytes))
  return { ok: {} }
}

export const nick: Handler<'nick'> = (turn, member, ask) => {
  const next = ask.nick.normalize('NFC')
  const fault = checkNickFor(turn.state, next, member) ?? keepsFromNick(member)
  if (fault !== undefined) return { fault }
  if (next === member.who.nick) return { ok: { nick: next } }
  hearNear(turn, member, { event: 'renamed', by: member.who, nick: next, atMs: turn.nowMs })
  turn.state.rename(member, next, turn.nowMs)
  return { ok: { nick: next } }
}

export const away: Handler<'away'> = (turn, member, { text }) => {
  const said = clipText(cleanText(text ?? ''), longestReasonBytes)
  const next = said === '' ? undefined : said
  if (next === member.away) return { ok: {} }
  member.away = next
  const hearing = { event: 'away', by: member.who, atMs: turn.nowMs } as const
  hearNear(turn, member, next === undefined ? hearing : { ...hearing, away: next })
  return { ok: {} }
}

export const realname: Handler<'realname'> = (turn, member, { text }) => {
  const next = clipText(cleanText(text), longestRealnameBytes)
  if (next === '') return refuse('text-missing')
  if (next === member.realname) return { ok: {} }
  member.realname = next
  hearNear(turn, member, { event: 'realname', by: member.who, realname: next, atMs: turn.nowMs })
  return { ok: {} }
}

export const ownMode: Handler<'ownMode'> = (turn, member, ask): Answer<MemberInfo> => {
  if (ask.invisible !== undefined) turn.state.setInvisible(member, ask.invisible)
  if (ask.wallops !== undefined) member.hearsWallops = ask.wallops
  if (ask.operator === false) turn.state.setOperator(member, false)
  return tellSelf(turn, member)
}

/** It hears what it is now. */
export function tellSelf(turn: Turn, member: Member): Answer<MemberInfo> {
  const me = infoOf(member)
  hearAlone(turn, [member], { event: 'self', me, atMs: turn.nowMs })
  return { ok: me }
}

/** It has logged in, or (undefined) out. */
export function setAccount(turn: Turn, member: Member, account: string | undefined): void {
  const by = member.who
  const hearing = { event: 'account', by, atMs: turn.nowMs } as const
  turn.state.setAccount(member, account, turn.nowMs)
  hearNear(turn, member, account === undefined ? hearing : { ...hearing, account })
  tellSelf(turn, member)
}

export const logout: Handler<'logout'> = (turn, member) => {
  const fault = keepsFromAccount(member, undefined)
  if (fault !== undefined) return { fault }
  if (member.who.account !== undefined) setAccount(turn, member, undefined)
  return { ok: {} }
}

export const alive: Handler<'alive'> = () => ({ ok: {} })
