/** Ctrl+K: goes to a room or person by a few letters of its name. */
import { element } from '../../element.ts'
import { currentTalk, orderedTalks, talkKey } from '../model.ts'
import { avatar } from '../person.ts'
import type { Session } from '../session.ts'
import { texts } from '../texts.ts'
import { dialog } from './dialog.ts'

interface Choice {
  readonly label: string
  readonly sign: '#' | '@'
  readonly note: string
  run(): void
}

const choicesMost = 12

export function openSwitcher(session: Session, done: () => void): void {
  const field = element('input', {
    class: 'field large',
    role: 'combobox',
    'aria-expanded': 'true',
    'aria-controls': 'switch-list',
    'aria-autocomplete': 'list',
    'aria-label': texts.switchTo,
    placeholder: texts.switchHint,
    autocomplete: 'off',
  })
  const list = element('ul', { id: 'switch-list', role: 'listbox', class: 'switch-list', 'aria-label': texts.switchTo })
  const none = element('p', { class: 'hint', role: 'status' })
  const { open, close, node } = dialog(texts.switchTo, 'switcher', field, list, none)
  let choices: Choice[] = []
  let chosen = 0

  function show(): void {
    choices = choicesOf(session, field.value.trim()).slice(0, choicesMost)
    chosen = Math.min(chosen, Math.max(0, choices.length - 1))
    none.textContent = choices.length === 0 ? texts.nothingFound : ''
    list.hidden = choices.length === 0
    list.replaceChildren(...choices.map((choice, index) => option(choice, index)))
    mark()
  }

  function option(choice: Choice, index: number): HTMLLIElement {
    const sign =
      choice.sign === '#' ? element('span', { class: 'hash', 'aria-hidden': 'true' }, '#') : avatar(choice.label)
    const made = element('li', { role: 'option', id: `switch-${index}`, class: 'switch-option' }, sign, element('bdi', { class: 'switch-name' }, choice.label), element('span', { class: 'switch-note' }, choice.note)) // prettier-ignore
    made.addEventListener('click', () => take(choice))
    made.addEventListener('pointermove', () => {
      chosen = index
      mark()
    })
    return made
  }

  function mark(): void {
    for (const [index, child] of [...list.children].entries())
      child.setAttribute('aria-selected', String(index === chosen))
    list.children[chosen]?.scrollIntoView({ block: 'nearest' })
    if (choices.length > 0) field.setAttribute('aria-activedescendant', `switch-${chosen}`)
    else field.removeAttribute('aria-activedescendant')
  }

  function take(choice: Choice | undefined): void {
    if (choice === undefined) return
    close()
    choice.run()
    done()
  }

  field.addEventListener('input', () => {
    chosen = 0
    show()
  })
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return
    if (event.key === 'Enter') {
      event.preventDefault()
      return take(choices[chosen])
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined || choices.length === 0) return
    event.preventDefault()
    chosen = (chosen + step + choices.length) % choices.length
    mark()
  })
  node.addEventListener('close', done)
  open()
  show()
  field.focus()
}

/** Talks first, those with something unread before all; then members; then a room that may be made. */
function choicesOf(session: Session, text: string): Choice[] {
  const { store } = session
  const wanted = talkKey(text.replace(/^[#@]/, ''))
  const fits = (name: string): boolean => talkKey(name).includes(wanted)
  const here = currentTalk(store)
  const talks = orderedTalks(store)
    .filter((talk) => talk !== here && fits(talk.name))
    .toSorted((a, b) => Number(b.unread > 0) - Number(a.unread > 0))
  const choices = talks.map((talk): Choice => ({
    label: talk.kind === 'room' ? talk.name.slice(1) : talk.name,
    sign: talk.kind === 'room' ? '#' : '@',
    note: talk.unread > 0 ? texts.unread(talk.unread) : '',
    run: () => session.show(talk),
  }))
  if (wanted === '') return choices
  const known = new Set(talks.map(({ name }) => talkKey(name)))
  const members = new Map([...store.talks.values()].flatMap(({ members: all }) => [...all.values()].map(({ nick }) => [talkKey(nick), nick]))) // prettier-ignore
  for (const [key, nick] of members) {
    if (known.has(key) || !fits(nick) || nick === store.me?.nick) continue
    choices.push({ label: nick, sign: '@', note: texts.writeTo, run: () => void session.write(nick) })
    if (choices.length >= choicesMost) break
  }
  const room = `#${text.replace(/^#/, '')}`
  const isThere = store.talks.has(talkKey(room))
  if (!isThere && !/[\s,]/.test(room)) choices.splice(choicesMost - 1, Infinity, joinChoice(session, room))
  return choices
}

function joinChoice(session: Session, room: string): Choice {
  return { label: room.slice(1), sign: '#', note: texts.joinRoom(room), run: () => void session.join(room) }
}
