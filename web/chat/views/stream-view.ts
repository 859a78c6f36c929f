/**
 * The messages of a talk. Only a window of them is in the page, some screens around what is seen, so that ten thousand cost no more than
 * a hundred; near its ends it moves on, and at the top of what is known older messages are loaded. What the reader sees stays
 * where it is.
 *
 *   items    0 ······· [ top ──── seen ──── bottom ] ······· length        pinned: bottom is the end, and is what is seen
 */
import { element } from '../../element.ts'
import { icon } from '../icons.ts'
import { currentTalk } from '../model.ts'
import type { Session } from '../session.ts'
import type { Item, Talk } from '../talk.ts'
import { texts } from '../texts.ts'
import { dayText, startOfDay } from '../times.ts'
import { setChildren } from './keyed-list.ts'
import { follows, type RowHooks, rowOf } from './message-row.ts'
import { setText } from './places-view.ts'
import type { View } from './view.ts'

/** Rows in the page at first, at most, and how many come at once. */
const windowRows = 120
const windowMost = 240
const stepRows = 60
/** So near to an end in pixels the window moves on. */
const nearPx = 600
const endPx = 48

export interface StreamView extends View {
  readonly scroller: HTMLElement
  toEnd(): void
}

export function streamView(session: Session, openPerson: (nick: string) => void): StreamView {
  const { store } = session
  const rows = new Map<Item, { node: HTMLLIElement; version: number }>()
  const days = new Map<number, HTMLLIElement>()
  const newMark = element('li', { class: 'new-mark' }, element('span', {}, texts.newMessages))
  const list = element('ol', { class: 'messages' })
  const start = element('p', { class: 'start hint' })
  const scroller = element(
    'div',
    { class: 'stream', role: 'region', 'aria-label': texts.messages, tabindex: 0 },
    start,
    list,
  )
  const jumpText = element('span', {})
  const jump = element('button', { type: 'button', class: 'jump', hidden: true }, icon('down'), jumpText)
  const node = element('div', { class: 'stream-box' }, scroller, jump)

  let shown: Talk | undefined
  let top = 0
  let bottom = 0
  let isPinned = true
  let topItem: Item | undefined
  let lengthWhenLeft = 0

  const hooks: RowHooks = {
    person: openPerson,
    retry: (message) => shown !== undefined && session.outbox.retry(shown, message),
    discard: (message) => shown !== undefined && session.outbox.discard(shown, message),
  }

  function render(): void {
    const talk = currentTalk(store)
    node.hidden = talk === undefined
    if (talk === undefined) return
    const isOther = talk !== shown
    if (isOther) begin(talk)
    const anchor = isPinned ? undefined : anchorRow()
    place(talk)
    setText(start, talk.isLoading ? texts.loading : talk.hasOlder ? '' : talk.kind === 'room' ? texts.beginning(talk.name) : texts.privateWith(talk.name)) // prettier-ignore
    setChildren(list, nodesOf(talk))
    forgetRows(talk)
    if (isPinned) scroller.scrollTop = scroller.scrollHeight
    else if (anchor !== undefined) keepPlace(anchor)
    showJump(talk)
    // What came in above or below may leave the reader at the window's edge, where no scrolling tells.
    if (!isPinned) requestAnimationFrame(scrolled)
    else if (talk.isLoaded && talk.hasOlder && scroller.scrollHeight <= scroller.clientHeight)
      void session.loadOlder(talk)
  }

  function begin(talk: Talk): void {
    shown = talk
    isPinned = true
    topItem = undefined
    rows.clear()
    days.clear()
    list.replaceChildren()
    scroller.setAttribute('aria-label', `${texts.messages}: ${talk.name}`)
  }

  /** The window's ends are items, not numbers: the one at the top stays there while others come before it. */
  function place(talk: Talk): void {
    const { items } = talk
    const firstShown = topItem === undefined ? -1 : items.indexOf(topItem)
    if (isPinned) {
      bottom = items.length
      top = firstShown === -1 || bottom - firstShown > windowMost ? Math.max(0, bottom - windowRows) : firstShown
      if (bottom - top < windowRows) top = Math.max(0, bottom - windowRows)
      return
    }
    if (firstShown !== -1) {
      const size = bottom - top
      top = firstShown
      bottom = Math.min(items.length, top + size)
    }
  }

  function nodesOf(talk: Talk): HTMLLIElement[] {
    const nodes: HTMLLIElement[] = []
    const { items, firstUnread } = talk
    for (let index = top; index < bottom; index++) {
      const item = items[index] as Item
      const before = items[index - 1]
      const isNewDay = before === undefined || startOfDay(before.atMs) !== startOfDay(item.atMs)
      if (isNewDay) nodes.push(dayOf(item.atMs))
      const isFirstNew = item.id === firstUnread
      if (isFirstNew) nodes.push(newMark)
      const row = rowFor(item)
      row.classList.toggle('follows', !isNewDay && !isFirstNew && follows(item, before))
      nodes.push(row)
    }
    topItem = items[top]
    return nodes
  }

  function rowFor(item: Item): HTMLLIElement {
    const known = rows.get(item)
    if (known !== undefined && known.version === item.version && !isWaiting(item)) return known.node
    const made = rowOf(item, hooks)
    rows.set(item, { node: made, version: item.version })
    return made
  }

  function dayOf(ms: number): HTMLLIElement {
    const day = startOfDay(ms)
    const known = days.get(day) ?? element('li', { class: 'day' }, element('span', {}))
    days.set(day, known)
    setText(known.firstElementChild, dayText(day))
    return known
  }

  function forgetRows(talk: Talk): void {
    if (rows.size <= windowMost * 2) return
    const kept = new Set(talk.items.slice(top, bottom))
    for (const item of rows.keys()) if (!kept.has(item)) rows.delete(item)
  }

  /** The first row that is seen whole, and where. */
  function anchorRow(): { row: Element; y: number } | undefined {
    const edge = scroller.getBoundingClientRect().top
    for (const row of list.children) {
      const { top: y } = row.getBoundingClientRect()
      if (y >= edge && row.classList.contains('message')) return { row, y }
    }
    return undefined
  }

  function keepPlace({ row, y }: { row: Element; y: number }): void {
    if (row.isConnected) scroller.scrollTop += row.getBoundingClientRect().top - y
  }

  function showJump(talk: Talk): void {
    const isAway = !isPinned
    jump.hidden = !isAway
    if (isAway) setText(jumpText, texts.newest(Math.max(0, talk.items.length - lengthWhenLeft)))
  }

  function scrolled(): void {
    const talk = shown
    if (talk === undefined) return
    const { scrollTop, scrollHeight, clientHeight } = scroller
    const below = scrollHeight - scrollTop - clientHeight
    const wasPinned = isPinned
    // What has come since the last drawing does not unpin: it is drawn with the next.
    isPinned = below <= endPx && (wasPinned || bottom >= talk.items.length)
    if (wasPinned && !isPinned) lengthWhenLeft = talk.items.length
    const isNearTop = scrollTop < nearPx
    if (!isPinned && isNearTop && top > 0) return move(talk, Math.max(0, top - stepRows), bottom)
    if (!isPinned && below < nearPx && bottom < talk.items.length)
      return move(talk, top, Math.min(talk.items.length, bottom + stepRows))
    if (isNearTop && top === 0 && talk.isLoaded && talk.hasOlder) void session.loadOlder(talk)
    if (wasPinned !== isPinned) showJump(talk)
  }

  /** The window grows at one end and, when it is too large, gives up rows at the other. */
  function move(talk: Talk, nextTop: number, nextBottom: number): void {
    const grewUp = nextTop < top
    top = nextTop
    bottom = nextBottom
    if (bottom - top > windowMost && grewUp) bottom = top + windowMost
    else if (bottom - top > windowMost) top = bottom - windowMost
    topItem = talk.items[top]
    isPinned = false
    render()
  }

  function toEnd(): void {
    isPinned = true
    topItem = undefined
    render()
  }

  scroller.addEventListener('scroll', scrolled, { passive: true })
  jump.addEventListener('click', () => {
    toEnd()
    scroller.focus()
  })
  new ResizeObserver(() => {
    if (isPinned) scroller.scrollTop = scroller.scrollHeight
  }).observe(scroller)
  return { node, scroller, render, toEnd }
}

function isWaiting(item: Item): boolean {
  return item.type === 'message' && item.state === 'waiting'
}
