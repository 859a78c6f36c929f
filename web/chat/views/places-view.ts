/** The left side: rooms, conversations, and oneself. */
import { element } from '../../element.ts'
import { icon, type IconName } from '../icons.ts'
import { memberByNick, orderedTalks, type Store, talkKey } from '../model.ts'
import { avatar } from '../person.ts'
import type { Session } from '../session.ts'
import type { Talk } from '../talk.ts'
import { texts } from '../texts.ts'
import { arrowKeys, keyedList } from './keyed-list.ts'
import type { View } from './view.ts'

export interface PlacesHooks {
  chosen(): void
  switchTo(): void
  browse(): void
  settings(): void
  help(): void
  close(): void
}

export function iconButton(name: IconName, label: string, run: () => void, kind = ''): HTMLButtonElement {
  const button = element(
    'button',
    { type: 'button', class: `icon-button ${kind}`, 'aria-label': label, title: label },
    icon(name),
  )
  button.addEventListener('click', run)
  return button
}

export function placesView(session: Session, hooks: PlacesHooks): View {
  const { store } = session
  const brand = element('p', { class: 'brand', dir: 'auto' })
  const find = element(
    'button',
    { type: 'button', class: 'find' },
    icon('search'),
    element('span', {}, texts.find),
    element('kbd', {}, 'Ctrl K'),
  )
  find.addEventListener('click', hooks.switchTo)
  const rooms = section(session, hooks, 'rooms', texts.rooms, texts.noRooms)
  rooms.heading.append(iconButton('plus', texts.browse, hooks.browse, 'small'))
  const people = section(session, hooks, 'conversations', texts.conversations, texts.noConversations)
  const self = ownPart(store, hooks)
  const node = element(
    'nav',
    { class: 'places', id: 'places', 'aria-label': texts.menu },
    element('div', { class: 'brand-row' }, brand, iconButton('close', texts.close, hooks.close, 'narrow-only')),
    find,
    element('div', { class: 'places-lists' }, rooms.node, people.node),
    self.node,
  )
  arrowKeys(node, '.place')
  return {
    node,
    render() {
      const talks = orderedTalks(store)
      brand.textContent = store.hello?.network ?? texts.title
      rooms.show(talks.filter(({ kind }) => kind === 'room'))
      people.show(talks.filter(({ kind }) => kind === 'private'))
      self.render()
    },
  }
}

interface Section {
  readonly node: HTMLElement
  readonly heading: HTMLElement
  show(talks: readonly Talk[]): void
}

function section(session: Session, hooks: PlacesHooks, id: string, title: string, none: string): Section {
  const list = element('ul', { class: 'place-list' })
  const hint = element('p', { class: 'hint' }, none)
  const heading = element('div', { class: 'section-head' }, element('h2', { id: `${id}-title` }, title))
  const keyed = keyedList<Talk, HTMLLIElement>(
    list,
    ({ name }) => talkKey(name),
    (talk) => place(session, hooks, talk),
    (node, talk) => updatePlace(session.store, node, talk),
  )
  return {
    node: element('section', { 'aria-labelledby': `${id}-title` }, heading, list, hint),
    heading,
    show(talks) {
      hint.hidden = talks.length > 0
      list.hidden = talks.length === 0
      keyed.show(talks)
    },
  }
}

function place(session: Session, hooks: PlacesHooks, talk: Talk): HTMLLIElement {
  const sign = talk.kind === 'room' ? element('span', { class: 'hash', 'aria-hidden': 'true' }, '#') : avatar(talk.name)
  const button = element(
    'button',
    { type: 'button', class: 'place' },
    sign,
    element('bdi', { class: 'place-name' }),
    element('span', { class: 'badge', 'aria-hidden': 'true' }),
    element('span', { class: 'unseen unread-text' }),
  )
  button.addEventListener('click', () => {
    session.show(talk)
    hooks.chosen()
  })
  const label = talk.kind === 'room' ? texts.leaveNamed(talk.name) : texts.closeNamed(talk.name)
  const leave = iconButton('close', label, () => void session.leave(talk), 'small place-leave')
  return element('li', {}, button, leave)
}

function updatePlace(store: Store, node: HTMLLIElement, talk: Talk): void {
  const button = node.firstElementChild as HTMLElement
  const isCurrent = store.current === talkKey(talk.name)
  if (isCurrent) button.setAttribute('aria-current', 'page')
  else button.removeAttribute('aria-current')
  button.classList.toggle('has-unread', talk.unread > 0)
  const member = talk.kind === 'private' ? memberByNick(store, talk.name) : undefined
  button.classList.toggle('is-here', member !== undefined && member.away === undefined)
  const parts = button.children
  setText(parts[1], talk.kind === 'room' ? talk.name.slice(1) : talk.name)
  setText(parts[2], talk.unread === 0 ? '' : talk.unread > 99 ? '99+' : String(talk.unread))
  parts[2]?.classList.toggle('is-mention', talk.mentions > 0)
  const unread = talk.unread === 0 ? '' : `, ${texts.unread(talk.unread)}`
  setText(parts[3], talk.mentions > 0 ? `${unread}, ${texts.mentions(talk.mentions)}` : unread)
}

/** Sets a text only where it is another, so that nothing is read aloud or laid out in vain. */
export function setText(node: Element | undefined | null, text: string): void {
  if (node !== undefined && node !== null && node.textContent !== text) node.textContent = text
}

function ownPart(store: Store, hooks: PlacesHooks): View {
  const sign = element('span', { class: 'own-sign' })
  const nick = element('bdi', { class: 'own-nick' })
  const status = element('span', { class: 'own-status' })
  const node = element(
    'div',
    { class: 'own' },
    sign,
    element('div', { class: 'own-text' }, nick, status),
    iconButton('help', texts.help, hooks.help),
    iconButton('settings', texts.settings, hooks.settings),
  )
  return {
    node,
    render() {
      const { me } = store
      if (me === undefined) return
      if (nick.textContent !== me.nick) sign.replaceChildren(avatar(me.nick))
      setText(nick, me.nick)
      setText(status, me.away === undefined ? (store.hello?.name ?? '') : texts.away(me.away))
      node.classList.toggle('is-away', me.away !== undefined)
    },
  }
}
