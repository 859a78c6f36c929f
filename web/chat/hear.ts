/** What is heard, worked into the model. */
import type { PageHearing } from '../../src/services/chat/page/protocol.ts'
import type { ModeChange, Rank, Who } from '../../src/services/chat/types.ts'
import { isRoom, type Store, talkKey, talkOf, openTalk } from './model.ts'
import { addComing, addLine, addSaying, type Message, settle, type Talk } from './talk.ts'
import { texts } from './texts.ts'

export interface HearHooks {
  /** The one of these whose answer this is, if it was sent by this page and is still pending. */
  pending(ref: string | undefined): { readonly talk: Talk; readonly message: Message } | undefined
  /** A message of somebody else that is new. */
  arrived(talk: Talk, message: { nick: string; text: string; isMention: boolean }): void
  /** The room is no longer this member's. */
  left(talk: Talk): void
  warn(text: string, action?: { label: string; run(): void }): void
  join(room: string): void
  ended(reason: string): void
}

type Said = Extract<PageHearing, { event: 'said' }>

export function hear(store: Store, hooks: HearHooks, hearing: PageHearing): void {
  const { me } = store
  if (me === undefined) return
  switch (hearing.event) {
    case 'said':
      return said(store, hooks, hearing)
    case 'joined':
      return inRoom(store, hearing.room, (talk) => {
        if (!talk.members.has(hearing.member.id)) talk.count++
        talk.members.set(hearing.member.id, hearing.member)
        if (store.showsJoins && hearing.by.id !== me.id) addComing(talk, 'joined', hearing.by.nick, hearing.atMs)
      })
    case 'parted':
      return inRoom(store, hearing.room, (talk) => {
        if (hearing.by.id === me.id) hooks.left(talk)
        else gone(store, talk, hearing.by, hearing.atMs)
      })
    case 'kicked':
      return kicked(store, hooks, hearing)
    case 'quit':
      return everywhere(store, hearing.by, (talk) => gone(store, talk, hearing.by, hearing.atMs))
    case 'renamed':
      return renamed(store, hearing)
    case 'away':
      return everywhere(store, hearing.by, (talk) => {
        const { away: _away, ...member } = talk.members.get(hearing.by.id) ?? {
          id: hearing.by.id,
          nick: hearing.by.nick,
        }
        talk.members.set(member.id, { ...member, ...(hearing.away !== undefined && { away: hearing.away }) })
      })
    case 'topic':
      return inRoom(store, hearing.room, (talk) => {
        const { topic: text, by, atMs } = hearing
        talk.topic = text === '' ? undefined : { text, by: by.nick, atMs }
        addLine(talk, texts.setTopic(by.nick, text), atMs)
      })
    case 'mode':
      return inRoom(store, hearing.room, (talk) => {
        for (const change of hearing.changes) applyMode(talk, change)
        const changes = hearing.changes.map(modeText).join(', ')
        addLine(talk, texts.setModes(hearing.by?.nick ?? texts.server, changes), hearing.atMs)
      })
    case 'invited': {
      if (hearing.whom.id !== me.id) return
      const { room } = hearing
      return hooks.warn(texts.invitedYou(hearing.by.nick, room), { label: texts.join, run: () => hooks.join(room) })
    }
    case 'wallops':
      return hooks.warn(texts.announced(hearing.by.nick, hearing.text))
    case 'self':
      store.me = hearing.me
      return
    case 'ended':
      return hooks.ended(hearing.reason)
    case 'account':
    case 'rehosted':
    case 'realname':
      return
  }
}

function said(store: Store, hooks: HearHooks, saying: Said): void {
  const { me } = store
  if (me === undefined) return
  const isOwn = saying.by.id === me.id
  const name = isRoom(saying.to) ? saying.to : isOwn ? saying.to : saying.by.nick
  const talk = isRoom(name) ? talkOf(store, name) : openTalk(store, name)
  if (talk === undefined) return
  const own = isOwn ? hooks.pending(saying.ref) : undefined
  if (own !== undefined) return settle(own.talk, own.message, saying.id, saying.atMs)
  const message = addSaying(talk, saying, me)
  if (message === undefined || isOwn) return
  const isMention = talk.kind === 'private' || message.isMention
  if (talkKey(talk.name) !== store.current || document.hidden || !document.hasFocus()) {
    if (talk.unread === 0) talk.firstUnread = saying.id
    talk.unread++
    if (isMention) talk.mentions++
  }
  hooks.arrived(talk, { nick: saying.by.nick, text: saying.text, isMention })
}

function inRoom(store: Store, room: string, change: (talk: Talk) => void): void {
  const talk = talkOf(store, room)
  if (talk !== undefined) change(talk)
}

/** In all rooms where this member is known to be. */
function everywhere(store: Store, who: Who, change: (talk: Talk) => void): void {
  for (const talk of store.talks.values()) if (talk.members.has(who.id)) change(talk)
}

function gone(store: Store, talk: Talk, who: Who, atMs: number): void {
  talk.members.delete(who.id)
  talk.count = Math.max(talk.members.size, talk.count - 1)
  if (store.showsJoins) addComing(talk, 'left', who.nick, atMs)
}

function kicked(store: Store, hooks: HearHooks, hearing: Extract<PageHearing, { event: 'kicked' }>): void {
  const { room, by, whom, reason = '', atMs } = hearing
  inRoom(store, room, (talk) => {
    if (whom.id === store.me?.id) {
      hooks.left(talk)
      hooks.warn(texts.youWereKicked(room, by.nick, reason))
      return
    }
    talk.members.delete(whom.id)
    talk.count = Math.max(talk.members.size, talk.count - 1)
    addLine(talk, texts.wasKicked(whom.nick, by.nick, reason), atMs)
  })
}

function renamed(store: Store, { by, nick, atMs }: Extract<PageHearing, { event: 'renamed' }>): void {
  if (by.id === store.me?.id) store.me = { ...store.me, nick }
  everywhere(store, by, (talk) => {
    const member = talk.members.get(by.id)
    if (member !== undefined) talk.members.set(by.id, { ...member, nick })
    addLine(talk, texts.isNow(by.nick, nick), atMs)
  })
  const former = talkKey(by.nick)
  const talk = store.talks.get(former)
  if (talk === undefined || store.talks.has(talkKey(nick))) return
  store.talks.delete(former)
  talk.name = nick
  store.talks.set(talkKey(nick), talk)
  if (store.current === former) store.current = talkKey(nick)
  addLine(talk, texts.isNow(by.nick, nick), atMs)
}

function applyMode(talk: Talk, change: ModeChange): void {
  const { mode, on, value } = change
  if (mode === 'operator' || mode === 'voice') {
    for (const member of talk.members.values())
      if (value !== undefined && talkKey(member.nick) === talkKey(value))
        talk.members.set(member.id, { ...member, ranks: changedRanks(member.ranks ?? [], mode, on) })
    return
  }
  if (['ban', 'except', 'invited', 'mute'].includes(mode)) return
  const others = talk.modes.filter((set) => set.mode !== mode)
  talk.modes = on ? [...others, change] : others
}

function changedRanks(ranks: readonly Rank[], rank: Rank, on: boolean): readonly Rank[] {
  const others = ranks.filter((other) => other !== rank)
  if (!on) return others
  return rank === 'operator' ? [rank, ...others] : [...others, rank]
}

function modeText({ mode, on, value }: ModeChange): string {
  return `${on ? '+' : '−'}${mode}${value === undefined ? '' : ` ${value}`}`
}
