/** One line of the stream: a message with its writer and time, or something that happened. */
import { element } from '../../element.ts'
import { avatar, tintOf } from '../person.ts'
import type { Item, Line, Message } from '../talk.ts'
import { texts } from '../texts.ts'
import { fullText, secondsUntil, timeText } from '../times.ts'
import { written } from '../written.ts'

export interface RowHooks {
  person(nick: string): void
  retry(message: Message): void
  discard(message: Message): void
}

/** Messages of one writer within this time stand under one name. */
const groupMs = 5 * 60_000

export function rowOf(item: Item, hooks: RowHooks): HTMLLIElement {
  return item.type === 'line' ? lineRow(item) : messageRow(item, hooks)
}

/** Whether it stands under the name of the message before it. */
export function follows(item: Item, before: Item | undefined): boolean {
  if (item.type !== 'message' || before?.type !== 'message') return false
  if (item.kind !== 'message' || before.kind !== 'message') return false
  return item.by.nick === before.by.nick && item.isOwn === before.isOwn && item.atMs - before.atMs < groupMs
}

function lineRow(line: Line): HTMLLIElement {
  const text = { joined: texts.didJoin, left: texts.didLeave, text: () => line.text }[line.what](line.names)
  return element(
    'li',
    { class: 'line' },
    element('span', { class: 'line-text', dir: 'auto' }, ...written(text)),
    timeOf(line.atMs),
  )
}

function messageRow(message: Message, hooks: RowHooks): HTMLLIElement {
  const { by, kind, text, isMention, isOwn, state, atMs } = message
  const classes = ['message', `kind-${kind}`, `is-${state}`]
  if (isMention) classes.push('is-mention')
  if (isOwn) classes.push('is-own')
  const name = person(by.nick, hooks)
  const words = element('div', { class: 'words', dir: 'auto' })
  if (kind === 'action') words.append(element('bdi', { class: 'actor' }, by.nick), ' ')
  else words.append(element('span', { class: 'unseen again' }, `${by.nick}: `))
  words.append(...written(text))
  const head = element('div', { class: 'head' }, name, timeOf(atMs))
  if (kind === 'notice') head.append(element('span', { class: 'tag' }, texts.notice))
  return element(
    'li',
    { class: classes.join(' '), 'data-id': message.id },
    avatar(by.nick),
    element('div', { class: 'content' }, head, words, ...stateOf(message, hooks)),
    element('span', { class: 'side-time', 'aria-hidden': 'true' }, timeText(atMs)),
  )
}

/** For the mouse; by keyboard the list of members does the same. */
function person(nick: string, hooks: RowHooks): HTMLElement {
  const button = element(
    'button',
    { type: 'button', class: `nick ${tintOf(nick)}`, tabindex: -1 },
    element('bdi', {}, nick),
  )
  button.addEventListener('click', () => hooks.person(nick))
  return button
}

function timeOf(ms: number): HTMLTimeElement {
  return element('time', { datetime: new Date(ms).toISOString(), title: fullText(ms) }, timeText(ms))
}

function stateOf(message: Message, hooks: RowHooks): HTMLElement[] {
  if (message.state === 'sent') return []
  if (message.state === 'sending') return [element('div', { class: 'state' }, texts.sending)]
  if (message.state === 'waiting')
    return [element('div', { class: 'state' }, texts.waitingFor(secondsUntil(message.untilMs ?? 0)))]
  const retry = element('button', { type: 'button', class: 'text-button' }, texts.retry)
  retry.addEventListener('click', () => hooks.retry(message))
  const discard = element('button', { type: 'button', class: 'text-button' }, texts.discard)
  discard.addEventListener('click', () => hooks.discard(message))
  return [element('div', { class: 'state' }, texts.notSent(message.why ?? ''), ' ', retry, discard)]
}
