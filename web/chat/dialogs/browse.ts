/** The rooms of the server: to come into, or to make. */
import type { ListedRoom } from '../../../src/services/chat/types.ts'
import { element } from '../../element.ts'
import { talkKey, talkOf } from '../model.ts'
import type { Session } from '../session.ts'
import { faultText, texts } from '../texts.ts'
import { arrowKeys } from '../views/keyed-list.ts'
import { dialog } from './dialog.ts'

const shownMost = 200

export function openBrowse(session: Session, done: () => void): void {
  const field = element('input', {
    class: 'field',
    type: 'search',
    'aria-label': texts.filterRooms,
    placeholder: texts.filterRooms,
  })
  const list = element('ul', { class: 'room-list' })
  const status = element('p', { class: 'hint', role: 'status' }, texts.loading)
  const { open, close, node } = dialog(texts.browse, 'browse', field, status, list)
  let rooms: readonly ListedRoom[] = []

  function show(): void {
    const text = field.value.trim()
    const wanted = talkKey(text.replace(/^#/, ''))
    const found = rooms.filter(
      ({ room, topic = '' }) => talkKey(room).includes(wanted) || talkKey(topic).includes(wanted),
    )
    const named = `#${text.replace(/^#/, '')}`
    const isNew = wanted !== '' && !/[\s,]/.test(named) && !rooms.some(({ room }) => talkKey(room) === talkKey(named))
    list.replaceChildren(...found.slice(0, shownMost).map((room) => row(room)), ...(isNew ? [newRow(named)] : []))
    if (rooms.length > 0) status.textContent = found.length === 0 && !isNew ? texts.nothingFound : ''
  }

  function row({ room, members, topic }: ListedRoom): HTMLLIElement {
    const isIn = talkOf(session.store, room) !== undefined
    const choose = element(
      'button',
      { type: 'button', class: 'room-choice' },
      element('span', { class: 'hash', 'aria-hidden': 'true' }, '#'),
      element(
        'span',
        { class: 'room-text' },
        element('bdi', { class: 'room-name' }, room.slice(1)),
        element('span', { class: 'room-topic', dir: 'auto' }, topic ?? ''),
      ),
      element('span', { class: 'room-count' }, texts.memberCount(members)),
      element('span', { class: isIn ? 'tag' : 'tag is-strong' }, isIn ? texts.joined : texts.join),
    )
    choose.addEventListener('click', () => take(room))
    return element('li', {}, choose)
  }

  function newRow(room: string): HTMLLIElement {
    const choose = element('button', { type: 'button', class: 'room-choice' }, element('span', { class: 'hash', 'aria-hidden': 'true' }, '+'), element('bdi', { class: 'room-name' }, texts.createRoom(room))) // prettier-ignore
    choose.addEventListener('click', () => take(room))
    return element('li', {}, choose)
  }

  function take(room: string): void {
    close()
    const talk = talkOf(session.store, room)
    if (talk === undefined) void session.join(room)
    else session.show(talk)
  }

  arrowKeys(list, '.room-choice')
  field.addEventListener('input', show)
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown' && event.key !== 'Enter') return
    event.preventDefault()
    const first = list.querySelector('button')
    if (event.key === 'Enter') first?.click()
    else first?.focus()
  })
  node.addEventListener('close', done)
  open()
  field.focus()
  void session.ask('list', {}).then((answer) => {
    if ('ok' in answer) rooms = answer.ok
    status.textContent = 'fault' in answer ? faultText(answer.fault) : rooms.length === 0 ? texts.nothingFound : ''
    show()
  })
}
