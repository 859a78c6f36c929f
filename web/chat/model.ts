/** What the page knows, and who is told when it changes. Views read it; only the session writes it. */
import type { Hello, PageMember } from '../../src/services/chat/page/protocol.ts'
import type { MemberInfo } from '../../src/services/chat/types.ts'
import { makeTalk, type Talk } from './talk.ts'

/** closed: nobody has entered, or the stay is over. */
export type ConnectionState =
  | { readonly kind: 'closed'; readonly reason?: string }
  | { readonly kind: 'connecting' }
  | { readonly kind: 'open' }
  | { readonly kind: 'restarting' }
  | { readonly kind: 'lost'; readonly retryAtMs: number }

export interface Toast {
  readonly id: number
  readonly text: string
  readonly isWarning: boolean
  readonly action?: { readonly label: string; run(): void }
}

export interface Model {
  me: MemberInfo | undefined
  hello: Hello | undefined
  connection: ConnectionState
  /** By key; rooms and conversations in the order in which they were opened. */
  readonly talks: Map<string, Talk>
  current: string | undefined
  /** By Date.now(): nothing can be said before. */
  blockedUntilMs: number
  toasts: readonly Toast[]
  showsJoins: boolean
}

export interface Store extends Model {
  /** Called soon after a change, once for all changes of one moment. */
  onChange(listener: () => void): void
  changed(): void
}

export function makeStore(showsJoins: boolean): Store {
  const listeners: (() => void)[] = []
  let isDue = false
  function tell(): void {
    isDue = false
    for (const listener of listeners) listener()
  }
  return {
    me: undefined,
    hello: undefined,
    connection: { kind: 'closed' },
    talks: new Map(),
    current: undefined,
    blockedUntilMs: 0,
    toasts: [],
    showsJoins,
    onChange: (listener) => void listeners.push(listener),
    changed() {
      if (isDue) return
      isDue = true
      // Browsers draw no frames of a page that nobody sees, but its title counts on.
      if (document.hidden) setTimeout(tell, 200)
      else requestAnimationFrame(tell)
    },
  }
}

/** Names that are the same talk have the same key; the server says how a name is written. */
export function talkKey(name: string): string {
  return name.normalize('NFC').toLowerCase()
}

export function isRoom(name: string): boolean {
  return name.startsWith('#')
}

export function talkOf(store: Store, name: string): Talk | undefined {
  return store.talks.get(talkKey(name))
}

/** The talk of this name, made where there is none. */
export function openTalk(store: Store, name: string): Talk {
  const key = talkKey(name)
  const known = store.talks.get(key)
  if (known !== undefined) return known
  const talk = makeTalk(name, isRoom(name) ? 'room' : 'private')
  store.talks.set(key, talk)
  return talk
}

export function currentTalk(store: Store): Talk | undefined {
  return store.current === undefined ? undefined : store.talks.get(store.current)
}

/** The other end of a private conversation, as far as a common room shows it. */
export function memberByNick(store: Store, nick: string): PageMember | undefined {
  for (const { members } of store.talks.values())
    for (const member of members.values()) if (member.nick === nick) return member
  return undefined
}

export function orderedTalks(store: Store): Talk[] {
  const talks = [...store.talks.values()]
  return [...talks.filter(({ kind }) => kind === 'room'), ...talks.filter(({ kind }) => kind === 'private')]
}

/** Whether this member may moderate in the room. */
export function isModerator(store: Store, talk: Talk): boolean {
  const own = store.me === undefined ? undefined : talk.members.get(store.me.id)
  return store.me?.isOperator === true || own?.ranks?.includes('operator') === true
}
