/** Above the stream: the talk's name, its topic, and the ways to the sides on narrow screens. */
import { element } from '../../element.ts'
import { currentTalk, isModerator, memberByNick } from '../model.ts'
import { icon } from '../icons.ts'
import { avatar } from '../person.ts'
import type { Session } from '../session.ts'
import { texts } from '../texts.ts'
import { written } from '../written.ts'
import { iconButton, setText } from './places-view.ts'
import type { View } from './view.ts'

export interface HeaderHooks {
  places(): void
  people(): void
  editTopic(): void
  person(nick: string): void
}

export function headerView(
  session: Session,
  hooks: HeaderHooks,
): View & { peopleButton: HTMLButtonElement; placesButton: HTMLButtonElement } {
  const { store } = session
  const placesButton = iconButton('menu', texts.menu, hooks.places, 'narrow-only')
  const badge = element('span', { class: 'menu-badge', hidden: true, 'aria-hidden': 'true' })
  placesButton.append(badge)
  placesButton.setAttribute('aria-controls', 'places')
  const sign = element('span', { class: 'header-sign', 'aria-hidden': 'true' })
  const name = element('h1', { dir: 'auto' })
  const topic = element('p', { class: 'topic', dir: 'auto' })
  const edit = iconButton('edit', texts.editTopic, hooks.editTopic, 'small')
  const count = element('span', { class: 'count' })
  const peopleButton = element(
    'button',
    { type: 'button', class: 'people-button', 'aria-controls': 'people' },
    icon('people'),
    count,
  )
  peopleButton.addEventListener('click', () => {
    const talk = currentTalk(store)
    if (talk?.kind === 'private') hooks.person(talk.name)
    else hooks.people()
  })
  const node = element(
    'header',
    { class: 'room-head' },
    placesButton,
    sign,
    element('div', { class: 'room-title' }, element('div', { class: 'name-row' }, name, edit), topic),
    peopleButton,
  )
  let shownTopic: string | undefined

  function showTopic(text: string): void {
    if (text === shownTopic) return
    shownTopic = text
    topic.replaceChildren(...written(text))
    topic.title = text
  }

  return {
    node,
    peopleButton,
    placesButton,
    render() {
      const talk = currentTalk(store)
      const unread = [...store.talks.values()].reduce((sum, other) => sum + (other === talk ? 0 : other.unread), 0)
      badge.hidden = unread === 0
      placesButton.setAttribute('aria-label', unread === 0 ? texts.menu : `${texts.menu}, ${texts.unread(unread)}`)
      node.classList.toggle('is-empty', talk === undefined)
      edit.hidden =
        talk?.kind !== 'room' || !(isModerator(store, talk) || talk.modes.every(({ mode }) => mode !== 'topicLocked'))
      peopleButton.hidden = talk === undefined
      if (talk === undefined) {
        setText(name, store.hello?.network ?? texts.title)
        return showTopic(texts.noRooms)
      }
      setText(name, talk.kind === 'room' ? talk.name.slice(1) : talk.name)
      const wanted = talk.kind === 'room' ? '#' : talk.name
      if (sign.dataset['for'] !== wanted) {
        sign.dataset['for'] = wanted
        sign.replaceChildren(talk.kind === 'room' ? '#' : avatar(talk.name))
      }
      if (talk.kind === 'room') showTopic(talk.topic?.text ?? texts.noTopic)
      else {
        const member = memberByNick(store, talk.name)
        showTopic(member?.away === undefined ? texts.privateWith(talk.name) : texts.away(member.away))
      }
      topic.classList.toggle('is-none', talk.kind === 'room' && talk.topic === undefined)
      setText(count, talk.kind === 'room' ? talk.count.toLocaleString() : '')
      peopleButton.setAttribute('aria-label', talk.kind === 'room' ? texts.memberCount(talk.count) : talk.name)
    },
  }
}
