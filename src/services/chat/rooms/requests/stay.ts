/** A member's stay: it comes, comes back, changes, and goes. */
import { createHash } from 'node:crypto'
import type { Answer, Done, Enter, Entered, MemberInfo } from '../../types.ts'
import { checkNick, isSameNick, nickKey, nickLook } from '../../text/nick.ts'
import { cleanText, clipText } from '../../text/clean-text.ts'
import { refuse } from '../faults.ts'
import { checkNickFor, clearNick, freeNick } from '../free-nick.ts'
import { leaveAll, rename } from '../leave.ts'
import { asWho, infoOf, type Member } from '../member.ts'
import { viewOf } from '../room.ts'
import type { State } from '../state.ts'
import { networkOf } from '../../rate/network.ts'
import type { RoomSources } from '../types.ts'
import { type Handler, hearAlone, hearNear, type Turn } from '../turn.ts'
import { keepsFromAccount, keepsFromNick } from '../speech.ts'

export const longestReasonBytes = 390
export const longestRealnameBytes = 150
const longestUser = 20

/** Only the hash is kept, so that who reads memory or snapshots cannot resume. */
export function hashOf(secret: string): string {
  return createHash('sha256').update(secret).digest('base64url').slice(0, 22)
}

/** A member comes, or comes back to its stay: by its secret, its place, or as the account that a stay with its nick belongs to. */
export function enter(turn: Turn, ask: Enter, sources: RoomSources): Answer<Entered> {
  const { state } = turn
  const found = stayOf(state, ask)
  if (found?.by === 'secret') return goOn(turn, found.member, ask, sources, ask.resume)
  if (found?.by === 'place') return comeAgain(turn, found.member, sources)
  if (found !== undefined) return goOn(turn, found.member, ask, sources)
  // Who may never come back makes way for who is here.
  const waiting = state.members.size < state.settings.members ? undefined : state.lostMembers().next().value
  if (waiting === undefined && state.members.size >= state.settings.members) return refuse('server-full')
  const { account, isFlexible = ask.nick === undefined } = ask
  const nick = isFlexible ? freeNick(state, ask.nick, account) : (ask.nick ?? '').normalize('NFC')
  const fault = checkNickFor(state, nick, undefined, account)
  if (fault !== undefined) return { fault }
  clearNick(turn, nick, account)
  if (waiting?.lost !== undefined) leaveAll(turn, waiting, waiting.lost.reason)
  const secret = sources.newSecret()
  const member = newMember(turn, ask, nick, sources.hostOf(ask.address), hashOf(secret))
  state.add(member)
  return { ok: { me: infoOf(member), secret, rooms: [], isResumed: false } }
}

/** The stay with which who asks to enter goes on, and how it is known to be its own; undefined where a new one begins. */
export function stayOf(
  state: State,
  ask: Enter,
): { readonly member: Member; readonly by: 'secret' | 'place' | 'account' } | undefined {
  const resumed = ask.resume === undefined ? undefined : state.bySecret(hashOf(ask.resume))
  if (resumed !== undefined) return { member: resumed, by: 'secret' }
  const here = ask.place === undefined ? undefined : state.byPlace(ask.place)
  if (here !== undefined) return { member: here, by: 'place' }
  const own = ownStay(state, ask)
  return own && { member: own, by: 'account' }
}

/** A stay of the account that comes now and wants its nick: its connection broke, or has not been seen to be broken yet. */
function ownStay(state: State, { nick, account }: Enter): Member | undefined {
  if (nick === undefined || account === undefined || checkNick(nick) !== undefined) return undefined
  const holder = state.byNick(nick)
  return holder?.who.account === account && isSameNick(holder.who.nick, nick) ? holder : undefined
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
    latest: undefined,
    invites: undefined,
    lost: undefined,
  }
}

/** Those who come to say something in their goodbye, and come again: nobody hears it of who has been here for less; loopback is exempt. */
const briefMs = 30_000

export function maySayGoodbye(member: Member, nowMs: number): boolean {
  return nowMs - member.sinceMs >= briefMs || networkOf(member.address) === undefined
}

export const quit: Handler<'quit'> = (turn, member, { reason }): Answer<Done> => {
  const words = maySayGoodbye(member, turn.nowMs) ? clipText(cleanText(reason), longestReasonBytes) : ''
  leaveAll(turn, member, words)
  return { ok: {} }
}

/** The nick is its own from now on; `checkNickFor` has found nothing against it. */
function takeNick(turn: Turn, member: Member, next: string): void {
  clearNick(turn, next, member.who.account, member)
  rename(turn, member, next)
}

/** Who has logged in, and was given a number because its nick belongs to its account, or another stay of it has it, gets it now. */
export function regainNick(turn: Turn, member: Member): void {
  const { nick: now, account } = member.who
  if (account === undefined || turn.state.ownerOf(account) !== account) return
  const isNumbered = nickKey(now.replace(/-\d+$/, '')) === nickKey(account) && member.key !== nickKey(account)
  if (!isNumbered || (checkNickFor(turn.state, account, member) ?? keepsFromNick(member)) !== undefined) return
  takeNick(turn, member, account)
}

export const nick: Handler<'nick'> = (turn, member, ask) => {
  const next = ask.nick.normalize('NFC')
  const fault = checkNickFor(turn.state, next, member) ?? keepsFromNick(member)
  if (fault !== undefined) return { fault }
  if (next === member.who.nick) return { ok: { nick: next } }
  takeNick(turn, member, next)
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
