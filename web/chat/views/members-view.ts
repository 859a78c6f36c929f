/** The right side: who is in the room, by rank and name. Only rows that are seen are in the page, whatever the number of members. */
import type { PageMember } from '../../../src/services/chat/page/protocol.ts'
import { element } from '../../element.ts'
import { currentTalk, type Store } from '../model.ts'
import { avatar, tintOf } from '../person.ts'
import type { Session } from '../session.ts'
import type { Talk } from '../talk.ts'
import { locale, texts } from '../texts.ts'
import { setChildren } from './keyed-list.ts'
import { iconButton, setText } from './places-view.ts'
import type { View } from './view.ts'

const rowPx = 40
const spareRows = 10
const collator = new Intl.Collator(locale, { sensitivity: 'base', numeric: true })

export function rankOf(member: PageMember): number {
  if (member.ranks?.includes('operator') === true) return 0
  return member.ranks?.includes('voice') === true ? 1 : 2
}

export function membersView(session: Session, hooks: { person(nick: string): void; close(): void }): View {
  const { store } = session
  const title = element('h2', { id: 'people-title' }, texts.members)
  const count = element('span', { class: 'count' })
  const filter = element('input', { type: 'search', class: 'field', 'aria-label': texts.filterMembers, placeholder: texts.filterMembers }) // prettier-ignore
  const list = element('ul', { class: 'member-list' })
  const box = element('div', { class: 'member-box' }, list)
  const none = element('p', { class: 'hint', hidden: true }, texts.nothingFound)
  const node = element(
    'aside',
    { class: 'people', id: 'people', 'aria-labelledby': 'people-title' },
    element(
      'div',
      { class: 'section-head' },
      title,
      count,
      iconButton('close', texts.close, hooks.close, 'drawer-only'),
    ),
    filter,
    none,
    box,
  )
  const rows = new Map<string, HTMLLIElement>()
  let shown: readonly PageMember[] = []
  let sorted: readonly PageMember[] = []
  let sortedText: string | undefined
  let focused: string | undefined

  function render(): void {
    const talk = currentTalk(store)
    if (talk?.kind !== 'room') return
    setText(count, talk.count.toLocaleString(locale))
    filter.hidden = talk.count < 12
    sortIfNeeded(talk)
    draw()
  }

  /** Sorting ten thousand names takes a while: not for every message, but for each change of who is there. */
  function sortIfNeeded(talk: Talk): void {
    const text = filter.hidden ? '' : filter.value.trim().toLowerCase()
    const all = [...talk.members.values()]
    if (sortedText === text && sameMembers(all)) return
    sorted = all
    sortedText = text
    const found = text === '' ? all : all.filter(({ nick }) => nick.toLowerCase().includes(text))
    shown = found.toSorted((a, b) => rankOf(a) - rankOf(b) || collator.compare(a.nick, b.nick))
    none.hidden = shown.length > 0
  }

  function sameMembers(all: readonly PageMember[]): boolean {
    return all.length === sorted.length && all.every((member, index) => member === sorted[index])
  }

  function draw(): void {
    list.style.height = `${shown.length * rowPx}px`
    const from = Math.max(0, Math.floor(box.scrollTop / rowPx) - spareRows)
    const to = Math.min(shown.length, Math.ceil((box.scrollTop + (box.clientHeight || 800)) / rowPx) + spareRows)
    const seen = shown.slice(from, to)
    for (const id of rows.keys()) if (!seen.some((member) => member.id === id)) rows.delete(id)
    setChildren(
      list,
      seen.map((member, index) => row(member, from + index)),
    )
  }

  function row(member: PageMember, index: number): HTMLLIElement {
    const state = JSON.stringify([member, store.me?.id === member.id])
    let made = rows.get(member.id)
    if (made === undefined || made.dataset['state'] !== state) {
      const hadFocus = made?.contains(document.activeElement) === true
      const replaced = memberRow(store, member, hooks.person)
      if (hadFocus) requestAnimationFrame(() => replaced.querySelector('button')?.focus())
      made = replaced
      made.dataset['state'] = state
      rows.set(member.id, made)
    }
    made.style.setProperty('--y', `${index * rowPx}px`)
    made.setAttribute('aria-setsize', String(shown.length))
    made.setAttribute('aria-posinset', String(index + 1))
    const isEntry =
      focused === undefined || !shown.some(({ id }) => id === focused) ? index === 0 : member.id === focused
    made.querySelector('button')?.setAttribute('tabindex', isEntry ? '0' : '-1')
    return made
  }

  /** One of them is in the order of Tab; the arrow keys go on from there. */
  function keys(event: KeyboardEvent): void {
    const id = (document.activeElement?.closest('li') as HTMLElement | null)?.dataset['member']
    const index = shown.findIndex((member) => member.id === id)
    const pageRows = Math.max(1, Math.floor(box.clientHeight / rowPx) - 1)
    const steps: Readonly<Record<string, number>> = { ArrowDown: 1, ArrowUp: -1, PageDown: pageRows, PageUp: -pageRows, Home: -shown.length, End: shown.length } // prettier-ignore
    const step = steps[event.key]
    if (index === -1 || step === undefined) return
    event.preventDefault()
    focusOn(Math.max(0, Math.min(shown.length - 1, index + step)))
  }

  function focusOn(index: number): void {
    const member = shown[index]
    if (member === undefined) return
    focused = member.id
    const y = index * rowPx
    if (y < box.scrollTop) box.scrollTop = y
    else if (y + rowPx > box.scrollTop + box.clientHeight) box.scrollTop = y + rowPx - box.clientHeight
    draw()
    rows.get(member.id)?.querySelector('button')?.focus()
  }

  filter.addEventListener('input', render)
  filter.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowDown') return
    event.preventDefault()
    focusOn(0)
  })
  list.addEventListener('keydown', keys)
  box.addEventListener('scroll', draw, { passive: true })
  new ResizeObserver(draw).observe(box)
  return { node, render }
}

function memberRow(store: Store, member: PageMember, open: (nick: string) => void): HTMLLIElement {
  const { nick, away, isOperator } = member
  const rank = [texts.operator, texts.voice, ''][rankOf(member)] ?? ''
  const marks = [isOperator === true ? texts.serverOperator : rank, store.me?.id === member.id ? texts.you : '']
  const button = element(
    'button',
    {
      type: 'button',
      class: `member${away === undefined ? '' : ' is-away'}`,
      title: away === undefined ? nick : `${nick} · ${texts.away(away)}`,
    },
    avatar(nick),
    element('bdi', { class: `member-name ${tintOf(nick)}` }, nick),
    ...(away === undefined ? [] : [element('span', { class: 'unseen' }, texts.away(away))]),
    ...marks.filter((mark) => mark !== '').map((mark) => element('span', { class: 'tag' }, mark)),
  )
  button.addEventListener('click', () => open(nick))
  return element('li', { class: 'member-row', 'data-member': member.id }, button)
}
