/** What interrupts: the bar of a lost connection, and short notes that go by themselves. */
import { element } from '../../element.ts'
import type { Session } from '../session.ts'
import { texts } from '../texts.ts'
import { secondsUntil } from '../times.ts'
import { keyedList } from './keyed-list.ts'
import { iconButton, setText } from './places-view.ts'
import type { Toast } from '../model.ts'
import type { View } from './view.ts'

export function connectionBar(session: Session): View {
  const { store } = session
  const text = element('span', { role: 'status' })
  const seconds = element('span', { class: 'bar-seconds' })
  const action = element('button', { type: 'button', class: 'bar-button' })
  const node = element(
    'div',
    { class: 'bar', hidden: true },
    element('span', { class: 'bar-dot' }),
    text,
    seconds,
    action,
  )
  action.addEventListener('click', () => {
    if (store.connection.kind === 'closed' && store.me !== undefined) void session.enter(store.me.nick)
    else session.retryNow()
  })
  return {
    node,
    render() {
      const { connection, me } = store
      node.hidden = connection.kind === 'open' || me === undefined
      node.dataset['state'] = connection.kind
      action.hidden = connection.kind !== 'lost' && connection.kind !== 'closed'
      setText(action, connection.kind === 'closed' ? texts.enterAgain : texts.retryNow)
      setText(seconds, connection.kind === 'lost' ? texts.retryIn(secondsUntil(connection.retryAtMs)) : '')
      setText(text, barText(connection))
    },
  }
}

function barText(connection: Session['store']['connection']): string {
  switch (connection.kind) {
    case 'lost':
      return texts.lost
    case 'connecting':
      return texts.connecting
    case 'restarting':
      return texts.restarting
    case 'closed':
      return texts.ended(connection.reason ?? '')
    case 'open':
      return ''
  }
}

export function toastsView(session: Session): View {
  const list = element('ul', { class: 'toasts', 'aria-live': 'polite' })
  const keyed = keyedList<Toast, HTMLLIElement>(
    list,
    ({ id }) => String(id),
    (toast) => toastRow(session, toast),
    () => {},
  )
  return { node: list, render: () => keyed.show(session.store.toasts) }
}

function toastRow(session: Session, { id, text, isWarning, action }: Toast): HTMLLIElement {
  const row = element(
    'li',
    { class: isWarning ? 'toast is-warning' : 'toast' },
    element('span', { class: 'toast-text', dir: 'auto' }, text),
  )
  if (action !== undefined) {
    const button = element('button', { type: 'button', class: 'text-button' }, action.label)
    button.addEventListener('click', () => {
      session.dismiss(id)
      action.run()
    })
    row.append(button)
  }
  row.append(iconButton('close', texts.close, () => session.dismiss(id), 'small'))
  return row
}
