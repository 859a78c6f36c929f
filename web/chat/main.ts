/**
 * The chat page: rooms over one WebSocket. Nothing is loaded but what lies beside this page, and nobody's words become markup.
 *
 *   socket ─▶ session (the only writer) ─▶ store ─▶ views        keys, clicks ─▶ session ─▶ socket
 */
import { element } from '../element.ts'
import { announcer } from './announcer.ts'
import { openBrowse } from './dialogs/browse.ts'
import { openHelp } from './dialogs/help.ts'
import { openMember } from './dialogs/member-card.ts'
import { openSettings } from './dialogs/settings.ts'
import { openSwitcher } from './dialogs/switcher.ts'
import { openTopic } from './dialogs/topic.ts'
import { welcomeView } from './dialogs/welcome.ts'
import { kept, leaveStay } from './kept.ts'
import { currentTalk, makeStore, orderedTalks, talkKey } from './model.ts'
import { type Session, sessionOf } from './session.ts'
import { sides } from './sides.ts'
import { language, texts } from './texts.ts'
import { showTheme } from './theme.ts'
import { composeView } from './views/compose-view.ts'
import { headerView } from './views/header-view.ts'
import { membersView } from './views/members-view.ts'
import { connectionBar, toastsView } from './views/notice-view.ts'
import { placesView } from './views/places-view.ts'
import { streamView } from './views/stream-view.ts'

showTheme()
document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'

/** The socket lies beside the page: `chat`, whatever stands before it. */
const socketUrl = new URL('chat', location.href)
socketUrl.protocol = location.protocol === 'https:' ? 'wss:' : 'ws:'
socketUrl.search = ''
socketUrl.hash = ''

const store = makeStore(kept('joins') !== 'no')
const session: Session = sessionOf(store, socketUrl.href)
const page = document.querySelector<HTMLElement>('#page') as HTMLElement

const focusField = (): void => {
  if (document.querySelector('dialog[open]') === null) compose.focus()
}
const showMember = (nick: string): void => openMember(session, nick, focusField)
const showHelp = (): void => openHelp(session, focusField)
const showRooms = (): void => openBrowse(session, focusField)
const showSwitcher = (): void => openSwitcher(session, focusField)

const speaker = announcer()
const bar = connectionBar(session)
const toasts = toastsView(session)
const stream = streamView(session, showMember)
const compose = composeView(session, { showHelp, showRooms, showMember }, { announce: speaker.say, sent: stream.toEnd })
const header = headerView(session, {
  places: () => drawers.toggle('places'),
  people: () => drawers.toggle('people'),
  editTopic: () => {
    const talk = currentTalk(store)
    if (talk !== undefined) openTopic(session, talk, focusField)
  },
  person: showMember,
})
const places = placesView(session, {
  chosen() {
    drawers.close()
    compose.focus()
  },
  switchTo: showSwitcher,
  browse: showRooms,
  settings: () => openSettings(session, focusField),
  help: showHelp,
  close: () => drawers.close(),
})
const members = membersView(session, { person: showMember, close: () => drawers.close() })
const skip = element('a', { class: 'skip', href: '#compose' }, texts.writeIn(''))
skip.addEventListener('click', (event) => {
  event.preventDefault()
  compose.focus()
})
const room = element('main', { class: 'room' }, header.node, bar.node, stream.node, compose.node)
const chat = element('div', { class: 'chat' }, skip, places.node, room, members.node)
const drawers = sides(
  chat,
  { places: places.node, people: members.node },
  { places: header.placesButton, people: header.peopleButton },
)
chat.append(drawers.veil)
const welcome = welcomeView(session)

function render(): void {
  const isIn = store.me !== undefined
  const isComing =
    !isIn && store.connection.kind === 'connecting' && kept('nick') !== undefined && welcome.node.parentNode === null
  const shown = isIn ? chat : welcome.node
  if (shown.parentNode !== page && !isComing) {
    page.replaceChildren(shown)
    if (isIn) compose.focus()
    else welcome.node.querySelector('input')?.focus()
  }
  if (!isIn) return welcome.render()
  chat.classList.toggle('has-people', currentTalk(store)?.kind === 'room')
  for (const view of [places, header, bar, stream, compose, members, toasts]) view.render()
  sayConnection()
  showTitle()
}

let wasLost = false

/** The bar says it to who sees it. */
function sayConnection(): void {
  const isLost = store.connection.kind === 'lost' || store.connection.kind === 'restarting'
  if (wasLost && store.connection.kind === 'open') speaker.say(texts.back)
  wasLost = isLost || (wasLost && store.connection.kind === 'connecting')
}

function showTitle(): void {
  const unread = [...store.talks.values()].reduce((sum, talk) => sum + talk.unread, 0)
  const name = currentTalk(store)?.name ?? texts.title
  document.title = `${unread === 0 ? '' : `(${unread}) `}${name} · ${store.hello?.network ?? texts.title}`
}

/** The room before or after this one. */
function step(by: number): void {
  const talks = orderedTalks(store)
  const index = talks.findIndex((talk) => talkKey(talk.name) === store.current)
  session.show(talks[(index + by + talks.length) % talks.length])
}

document.addEventListener('keydown', (event) => {
  if (store.me === undefined) return
  const hasDialog = document.querySelector('dialog[open]') !== null
  if ((event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === 'k') {
    event.preventDefault()
    if (!hasDialog) showSwitcher()
  } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown') && !hasDialog) {
    event.preventDefault()
    step(event.key === 'ArrowDown' ? 1 : -1)
  } else if (event.key === 'Escape' && !hasDialog) {
    if (drawers.isOpen) drawers.close()
    else compose.focus()
  }
})

/** What was said while nobody looked has been seen now. */
window.addEventListener('focus', () => {
  const talk = currentTalk(store)
  if (talk !== undefined && talk.unread > 0) session.show(talk)
})
document.addEventListener('visibilitychange', () => {
  if (!document.hidden && store.connection.kind === 'lost') session.retryNow()
})
window.addEventListener('pagehide', leaveStay)
window.addEventListener('online', () => {
  if (store.connection.kind === 'lost') session.retryNow()
})

/** Seconds that are counted down on the page. */
let wasCounting = false
setInterval(() => {
  const isCounting = store.connection.kind === 'lost' || store.blockedUntilMs > Date.now()
  const isWaiting =
    currentTalk(store)?.items.some((item) => item.type === 'message' && item.state === 'waiting') === true
  // Once more after the end, however late this machine is.
  if (isCounting || isWaiting || wasCounting) store.changed()
  wasCounting = isCounting
}, 500)

session.onArrival((talk, nick, text) => {
  if (talk === currentTalk(store)) speaker.message(talk.name, nick, text)
})
store.onChange(render)
document.body.append(toasts.node, speaker.node)
session.comeBack()
render()
