/** Reads new messages out by a live region: one after the other while there is time, and in a flood only their number. */
import { element } from '../element.ts'
import { texts } from './texts.ts'

export interface Announcer {
  readonly node: HTMLElement
  /** At once, in place of what was there. */
  say(text: string): void
  message(room: string, nick: string, text: string): void
}

const pauseMs = 2_000
const readMost = 3
const textMost = 300

export function announcer(): Announcer {
  const node = element('div', { class: 'unseen', role: 'log', 'aria-live': 'polite', 'aria-relevant': 'additions' })
  let waiting: { room: string; text: string }[] = []
  let count = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function add(text: string): void {
    node.append(element('p', {}, text))
    while (node.childElementCount > 6) node.firstElementChild?.remove()
  }

  function flush(): void {
    timer = undefined
    if (count === 0) return
    const room = waiting[0]?.room ?? ''
    if (count > readMost) add(texts.manyNew(count, room))
    else for (const { text } of waiting) add(text)
    waiting = []
    count = 0
    timer = setTimeout(flush, pauseMs)
  }

  return {
    node,
    say: add,
    message(room, nick, text) {
      count++
      if (waiting.length < readMost) waiting.push({ room, text: texts.spoken(nick, text.slice(0, textMost)) })
      timer ??= setTimeout(flush, 50)
    },
  }
}
