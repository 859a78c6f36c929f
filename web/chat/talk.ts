/** A talk: a room or a private conversation, as the page holds it. Pure data and what changes it. */
import type { PageMember, PageRoom, PageSaying } from '../../src/services/chat/page/protocol.ts'
import type { ModeChange, SayKind, Topic } from '../../src/services/chat/types.ts'

/** sending: not answered yet. waiting: for the rate limit. failed: its writer decides what becomes of it. */
export type MessageState = 'sent' | 'sending' | 'waiting' | 'failed'

export interface Message {
  readonly type: 'message'
  /** The server's; of one that is not sent yet its ref. */
  id: string
  atMs: number
  readonly by: { readonly id: string; readonly nick: string }
  readonly kind: SayKind
  readonly text: string
  readonly isOwn: boolean
  readonly isMention: boolean
  state: MessageState
  /** It has left this page at least once: it may have arrived though no answer did. */
  hasLeft: boolean
  untilMs?: number
  why?: string
  /** Counts changes of what is shown. */
  version: number
}

/** Something that happened. Names of who joins or leaves one after the other are kept in one line. */
export interface Line {
  readonly type: 'line'
  readonly id: string
  atMs: number
  readonly what: 'joined' | 'left' | 'text'
  readonly names: string[]
  readonly text: string
  version: number
}

export type Item = Message | Line

export interface Talk {
  name: string
  readonly kind: 'room' | 'private'
  /** Oldest first; what is not sent yet stands last. */
  items: Item[]
  readonly ids: Set<string>
  /** A page of its history has been asked for and is there. */
  isLoaded: boolean
  isLoading: boolean
  hasOlder: boolean
  unread: number
  mentions: number
  /** Where what is new begins, for as long as it is looked at. */
  firstUnread: string | undefined
  draft: string
  members: Map<string, PageMember>
  count: number
  isPartial: boolean
  topic: Topic | undefined
  modes: readonly ModeChange[]
}

/** Messages of a talk that are kept; beyond it the oldest can be loaded again. */
const itemsMost = 10_000
const lineJoinMs = 5 * 60_000
let lineCount = 0

export function makeTalk(name: string, kind: Talk['kind']): Talk {
  return {
    name,
    kind,
    items: [],
    ids: new Set(),
    isLoaded: false,
    isLoading: false,
    hasOlder: true,
    unread: 0,
    mentions: 0,
    firstUnread: undefined,
    draft: '',
    members: new Map(),
    count: 0,
    isPartial: false,
    topic: undefined,
    modes: [],
  }
}

export function setRoom(talk: Talk, view: PageRoom): void {
  talk.name = view.room
  talk.members = new Map(view.members.map((member) => [member.id, member]))
  talk.count = view.count
  talk.isPartial = view.isPartial === true
  talk.topic = view.topic
  talk.modes = view.modes
}

/** A stored or heard message; undefined where it is there already. */
export function addSaying(talk: Talk, saying: PageSaying, me: { id: string; nick: string }): Message | undefined {
  if (talk.ids.has(saying.id)) return undefined
  const isOwn = saying.by.id === me.id
  const message: Message = {
    type: 'message',
    id: saying.id,
    atMs: saying.atMs,
    by: saying.by,
    kind: saying.kind,
    text: saying.text,
    isOwn,
    isMention: !isOwn && mentions(saying.text, me.nick),
    state: 'sent',
    hasLeft: true,
    version: 0,
  }
  insert(talk, message)
  return message
}

/** A message that its own writer sees before the server does. */
export function addPending(talk: Talk, ref: string, by: Message['by'], text: string, kind: SayKind): Message {
  const message: Message = {
    type: 'message',
    id: ref,
    atMs: Date.now(),
    by,
    kind,
    text,
    isOwn: true,
    isMention: false,
    state: 'sending',
    hasLeft: false,
    version: 0,
  }
  talk.items.push(message)
  return message
}

/** The server has it: it gets its place among the others, unless the same was heard already. */
export function settle(talk: Talk, message: Message, id: string, atMs: number): void {
  remove(talk, message)
  if (talk.ids.has(id)) return
  Object.assign(message, { id, atMs, state: 'sent', version: message.version + 1 })
  insert(talk, message)
}

export function remove(talk: Talk, item: Item): void {
  talk.items = talk.items.filter((other) => other !== item)
  talk.ids.delete(item.id)
}

export function fail(message: Message, why: string): void {
  message.state = 'failed'
  message.why = why
  message.version++
}

export function addLine(talk: Talk, text: string, atMs = Date.now()): void {
  insert(talk, { type: 'line', id: `line-${++lineCount}`, atMs, what: 'text', names: [], text, version: 0 })
}

/** Who joins or leaves goes into the last line of its kind, if nothing else has happened since. */
export function addComing(talk: Talk, what: 'joined' | 'left', nick: string, atMs: number): void {
  const last = talk.items.findLast((item) => isSettled(item))
  if (last?.type === 'line' && last.what === what && atMs - last.atMs < lineJoinMs) {
    if (!last.names.includes(nick)) last.names.push(nick)
    last.version++
    return
  }
  insert(talk, { type: 'line', id: `line-${++lineCount}`, atMs, what, names: [nick], text: '', version: 0 })
}

/** Nothing of it is known any more but what is not sent: its newest page is loaded anew. */
export function forget(talk: Talk): void {
  talk.items = talk.items.filter((item) => !isSettled(item))
  talk.ids.clear()
  talk.hasOlder = true
}

export function lastId(talk: Talk): string | undefined {
  return talk.items.findLast((item) => item.type === 'message' && item.state === 'sent')?.id
}

export function firstId(talk: Talk): string | undefined {
  return talk.items.find((item) => item.type === 'message' && item.state === 'sent')?.id
}

/** Puts an item where it belongs; nearly always that is the end. */
function insert(talk: Talk, item: Item): void {
  let index = talk.items.length
  while (index > 0 && isLater(talk.items[index - 1] as Item, item)) index--
  talk.items.splice(index, 0, item)
  talk.ids.add(item.id)
  if (talk.items.length <= itemsMost) return
  for (const dropped of talk.items.splice(0, itemsMost / 5)) talk.ids.delete(dropped.id)
  talk.hasOlder = true
}

/** The ids of messages are in order even where the server's clock was set back. */
function isLater(other: Item, item: Item): boolean {
  if (!isSettled(other)) return true
  if (other.type === 'message' && item.type === 'message') return other.id > item.id
  return other.atMs > item.atMs
}

function isSettled(item: Item): boolean {
  return item.type === 'line' || item.state === 'sent'
}

/** The nick as a word of its own, whatever its case. */
export function mentions(text: string, nick: string): boolean {
  const low = text.toLowerCase()
  const wanted = nick.toLowerCase()
  const isWord = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}_]/u.test(character)
  for (let at = low.indexOf(wanted); at !== -1; at = low.indexOf(wanted, at + 1)) {
    const isHan = /\p{Script=Han}/u.test(wanted)
    if (isHan || (!isWord(low[at - 1]) && !isWord(low[at + wanted.length]))) return true
  }
  return false
}
