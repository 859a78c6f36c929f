/**
 * A stay: entering, coming back, rooms and their history. It is the only one that talks to the server, and the only one that changes the
 * model.
 *
 *   closed ─ enter ─▶ connecting ─ hello ─▶ open ─ socket gone ─▶ lost ─ retry: resume by secret ─▶ open
 */
import type { Hello, PageFault, PageHistory, PageMessage } from '../../src/services/chat/page/protocol.ts'
import { protocolVersion } from '../../src/services/chat/page/protocol.ts'
import type { SayKind } from '../../src/services/chat/types.ts'
import { type Connection, connectionTo } from './connection.ts'
import { hear } from './hear.ts'
import { keep, keepInTab, kept, keptRooms, keptStay } from './kept.ts'
import { currentTalk, openTalk, orderedTalks, type Store, talkKey, talkOf } from './model.ts'
import { type Outbox, outboxOf } from './outbox.ts'
import { addLine, addSaying, firstId, forget, lastId, setRoom, type Talk } from './talk.ts'
import { faultText, texts } from './texts.ts'

export interface Session {
  readonly store: Store
  readonly outbox: Outbox
  readonly ask: Connection['ask']
  /** Comes in; the fault says why not. */
  enter(nick: string): Promise<PageFault | undefined>
  /** Comes in by what the tab remembers; false where there is nothing. */
  comeBack(): boolean
  retryNow(): void
  /** Leaves everything; the first screen comes back. */
  quit(reason: string): Promise<void>
  say(talk: Talk, text: string, kind?: SayKind): void
  join(room: string, key?: string): Promise<boolean>
  leave(talk: Talk, reason?: string): Promise<void>
  show(talk: Talk | undefined): void
  /** A conversation with this member. */
  write(nick: string): Talk
  loadOlder(talk: Talk): Promise<void>
  loadMembers(talk: Talk): Promise<void>
  toast(text: string, options?: { isWarning?: boolean; action?: { label: string; run(): void } }): void
  dismiss(id: number): void
  /** Tells whoever reads aloud. */
  onArrival(listener: (talk: Talk, nick: string, text: string) => void): void
  onReturned(listener: (talk: Talk, texts: readonly string[]) => void): void
}

const historyPage = 60
/** Faults that time heals. */
const passing: ReadonlySet<string> = new Set(['unavailable', 'server-full', 'limited'])
const toastMs = 8_000
/** Lines of the server's greeting that are shown. */
const motdMost = 20
const toastsMost = 4
let toastCount = 0

export function sessionOf(store: Store, url: string): Session {
  let entering: { nick: string; settle: (fault: PageFault | undefined) => void } | undefined
  let resume: string | undefined
  let arrival: (talk: Talk, nick: string, text: string) => void = () => {}
  let returned: (talk: Talk, lines: readonly string[]) => void = () => {}

  const connection = connectionTo(url, {
    opened: () => void enterNow(),
    heard,
    closed(retryAtMs) {
      outbox.pause()
      if (retryAtMs === undefined) return
      store.connection = { kind: 'lost', retryAtMs }
      store.changed()
    },
  })
  const outbox = outboxOf(store, connection, { returned: (talk, lines) => returned(talk, lines) })

  async function enterNow(): Promise<void> {
    const nick = entering?.nick ?? store.me?.nick ?? kept('nick')
    const isBack = resume !== undefined
    const answer = await connection.ask('enter', {
      ...(nick !== undefined && { nick }),
      // Whoever comes back has no choice to make: a nick that was taken meanwhile is replaced.
      ...(entering === undefined && { isFlexible: true }),
      ...(isBack && { resume: resume as string, seen: seenOf(store) }),
    })
    if ('ok' in answer) {
      entering?.settle(undefined)
      entering = undefined
      return
    }
    if (answer.isLost === true) return
    // Whoever was here waits until there is room again, with the stay.
    if (entering === undefined && passing.has(answer.fault.code)) return connection.retryLater()
    if (isBack) {
      resume = undefined
      keepInTab('stay', undefined)
      return enterNow()
    }
    over(faultText(answer.fault), answer.fault)
  }

  /** Nobody comes back by itself. */
  function over(reason: string, fault?: PageFault): void {
    store.connection = store.me === undefined ? { kind: 'closed' } : { kind: 'closed', reason }
    resume = undefined
    keepInTab('stay', undefined)
    connection.close()
    entering?.settle(fault ?? { code: 'unavailable', message: reason })
    entering = undefined
    store.changed()
  }

  function heard(message: Exclude<PageMessage, { ok: unknown } | { fault: unknown }>): void {
    if (message.event === 'hello') void welcomed(message)
    else if (message.event === 'missed') caughtUp(message.target, message)
    else if (message.event === 'waiting') outbox.waiting(message.ref, message.waitMs)
    else if (message.event === 'connection') serverState(message.state)
    else hear(store, hearHooks, message)
    if (message.event === 'renamed' && store.me !== undefined) keep('nick', store.me.nick)
    store.changed()
  }

  const hearHooks = {
    pending: outbox.pending,
    arrived: (talk: Talk, { nick, text }: { nick: string; text: string }) => arrival(talk, nick, text),
    left: (talk: Talk) => forgetTalk(talk),
    warn: (text: string, action?: { label: string; run(): void }) =>
      toast(text, { isWarning: true, ...(action !== undefined && { action }) }),
    join: (room: string) => void join(room),
    ended: (reason: string) => over(reason),
  }

  async function welcomed(hello: Hello): Promise<void> {
    if (hello.version !== protocolVersion) return over(texts.tooOld)
    const former = store.me
    store.me = hello.me
    store.hello = hello
    resume = hello.secret
    keep('nick', hello.me.nick)
    keepInTab('stay', JSON.stringify({ secret: hello.secret, resumeSeconds: hello.resumeSeconds }))
    for (const view of hello.rooms) setRoom(openTalk(store, view.room), view)
    const wanted = former === undefined ? keptRooms() : roomsOf(store)
    const missing = new Set(hello.isResumed ? [] : wanted.length > 0 ? wanted : [hello.room])
    for (const view of hello.rooms) missing.delete(view.room)
    // A member that is in no room looks at an empty page.
    if (hello.isResumed && hello.rooms.length === 0 && former === undefined) missing.add(hello.room)
    store.connection = { kind: 'open' }
    const current = store.current
    for (const room of missing) await join(room, undefined, false)
    // Its answer comes after all that was missed.
    const isThere = await connection.ask('alive', {})
    if ('fault' in isThere) return
    if (!hello.isResumed && former !== undefined) await loadAnew()
    // Whoever has chosen another place meanwhile stays there.
    const chosen = store.current === current ? undefined : currentTalk(store)
    const shown = chosen ?? store.talks.get(current ?? '') ?? orderedTalks(store)[0]
    show(shown)
    if (former === undefined && shown !== undefined)
      for (const line of hello.motd.split('\n').slice(0, motdMost)) if (line.trim() !== '') addLine(shown, line)
    outbox.resume(!hello.isResumed)
    store.changed()
  }

  /** A new stay in old talks: what was said between may be more than one page. */
  async function loadAnew(): Promise<void> {
    for (const talk of store.talks.values()) if (talk.isLoaded) await loadNewest(talk)
  }

  function caughtUp(target: string, { sayings, hasMore }: PageHistory): void {
    const talk = talkOf(store, target)
    if (talk === undefined) return
    for (const saying of sayings) receiveOld(talk, saying)
    if (!hasMore) return
    forget(talk)
    void loadNewest(talk)
  }

  function receiveOld(talk: Talk, saying: PageHistory['sayings'][number]): void {
    if (store.me === undefined || outbox.arrived(talk, saying)) return
    const message = addSaying(talk, saying, store.me)
    if (message === undefined || message.isOwn || !talk.isLoaded || talkKey(talk.name) === store.current) return
    if (message.id < (lastId(talk) ?? '')) return
    if (talk.unread === 0) talk.firstUnread = message.id
    talk.unread++
    if (message.isMention || talk.kind === 'private') talk.mentions++
  }

  function serverState(state: 'lost' | 'back'): void {
    store.connection = { kind: state === 'lost' ? 'restarting' : 'open' }
    if (state === 'lost') outbox.pause()
    else void backAgain()
  }

  async function backAgain(): Promise<void> {
    await loadAnew()
    for (const talk of store.talks.values()) if (talk.kind === 'room') await loadMembers(talk)
    outbox.resume(true)
  }

  async function loadNewest(talk: Talk): Promise<void> {
    if (talk.isLoading) return
    talk.isLoading = true
    const newest = lastId(talk)
    const answer = await connection.ask('history', { target: talk.name, limit: historyPage })
    talk.isLoading = false
    if ('ok' in answer) {
      const { sayings, hasMore } = answer.ok
      // A gap between what is here and what has come cannot be shown; what is older can be loaded again.
      if (newest !== undefined && hasMore && sayings.every(({ id }) => id > newest)) forget(talk)
      for (const saying of sayings) receiveOld(talk, saying)
      if (!talk.isLoaded || lastId(talk) === undefined) talk.hasOlder = hasMore
    } else if (answer.isLost !== true) talk.hasOlder = false
    talk.isLoaded = !('fault' in answer && answer.isLost === true)
    store.changed()
  }

  async function loadOlder(talk: Talk): Promise<void> {
    const before = firstId(talk)
    if (talk.isLoading || !talk.hasOlder || !connection.isOpen) return
    if (before === undefined) return loadNewest(talk)
    talk.isLoading = true
    store.changed()
    const answer = await connection.ask('history', { target: talk.name, before, limit: historyPage })
    talk.isLoading = false
    if ('ok' in answer) {
      for (const saying of answer.ok.sayings) if (store.me !== undefined) addSaying(talk, saying, store.me)
      talk.hasOlder = answer.ok.hasMore && answer.ok.sayings.length > 0
    } else if (answer.isLost !== true) talk.hasOlder = false
    store.changed()
  }

  async function loadMembers(talk: Talk): Promise<void> {
    const answer = await connection.ask('names', { room: talk.name })
    if ('ok' in answer && answer.ok !== null) setRoom(talk, answer.ok)
    store.changed()
  }

  async function join(room: string, key?: string, isShown = true): Promise<boolean> {
    const name = room.startsWith('#') ? room : `#${room}`
    const answer = await connection.ask('join', { room: name, ...(key !== undefined && { key }) })
    if ('fault' in answer) {
      if (answer.isLost !== true) toast(`${name}: ${faultText(answer.fault)}`, { isWarning: true })
      if (answer.isLost !== true && talkOf(store, name) !== undefined) forgetTalk(talkOf(store, name) as Talk)
      return false
    }
    const talk = openTalk(store, answer.ok.room)
    setRoom(talk, answer.ok)
    keep('rooms', JSON.stringify(roomsOf(store)))
    if (isShown) show(talk)
    store.changed()
    return true
  }

  async function leave(talk: Talk, reason?: string): Promise<void> {
    if (talk.kind === 'room') await connection.ask('part', { room: talk.name, ...(reason !== undefined && { reason }) })
    forgetTalk(talk)
  }

  function forgetTalk(talk: Talk): void {
    store.talks.delete(talkKey(talk.name))
    keep('rooms', JSON.stringify(roomsOf(store)))
    if (store.current === talkKey(talk.name)) show(orderedTalks(store)[0])
    store.changed()
  }

  function show(talk: Talk | undefined): void {
    const former = currentTalk(store)
    if (former !== undefined && former !== talk) former.firstUnread = undefined
    store.current = talk === undefined ? undefined : talkKey(talk.name)
    store.changed()
    if (talk === undefined) return
    talk.unread = 0
    talk.mentions = 0
    if (!talk.isLoaded && connection.isOpen) void loadNewest(talk)
    if (talk.isPartial && connection.isOpen) void loadMembers(talk)
  }

  function toast(text: string, options: { isWarning?: boolean; action?: { label: string; run(): void } } = {}): void {
    const id = ++toastCount
    const { isWarning = false, action } = options
    store.toasts = [...store.toasts, { id, text, isWarning, ...(action !== undefined && { action }) }].slice(
      -toastsMost,
    )
    setTimeout(() => dismiss(id), action === undefined ? toastMs : toastMs * 4)
    store.changed()
  }

  function dismiss(id: number): void {
    store.toasts = store.toasts.filter((other) => other.id !== id)
    store.changed()
  }

  return {
    store,
    outbox,
    ask: connection.ask,
    enter(nick) {
      resume = undefined
      store.connection = { kind: 'connecting' }
      store.changed()
      return new Promise((settle) => {
        entering = { nick, settle }
        if (connection.isOpen) void enterNow()
        else connection.open()
      })
    },
    comeBack() {
      const stay = keptStay()
      if (stay === undefined || kept('nick') === undefined) return false
      resume = stay.secret
      store.connection = { kind: 'connecting' }
      connection.open()
      return true
    },
    retryNow: () => connection.open(),
    async quit(reason) {
      await connection.ask('quit', { reason })
      resume = undefined
      keepInTab('stay', undefined)
      connection.close()
      location.reload()
    },
    say(talk, text, kind = 'message') {
      for (const line of text.split(/[\r\n]+/)) if (line.trim() !== '') outbox.say(talk, line, kind)
    },
    join,
    leave,
    show,
    write(nick) {
      const talk = openTalk(store, nick)
      show(talk)
      return talk
    },
    loadOlder,
    loadMembers,
    toast,
    dismiss,
    onArrival: (listener) => (arrival = listener),
    onReturned: (listener) => (returned = listener),
  }
}

function roomsOf(store: Store): string[] {
  return orderedTalks(store)
    .filter(({ kind }) => kind === 'room')
    .map(({ name }) => name)
}

/** The last message of each talk that the page has. */
function seenOf(store: Store): Record<string, string> {
  const seen: [string, string][] = []
  for (const talk of orderedTalks(store)) {
    const id = lastId(talk)
    if (id !== undefined) seen.push([talk.name, id])
  }
  return Object.fromEntries(seen.slice(0, 60))
}
