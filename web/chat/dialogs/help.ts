/** Commands and keys. */
import { element } from '../../element.ts'
import { commands } from '../commands.ts'
import type { Session } from '../session.ts'
import { texts } from '../texts.ts'
import { dialog } from './dialog.ts'

export function openHelp(session: Session, done: () => void): void {
  const rate = session.store.hello?.limits.peer
  const limit =
    rate !== undefined && rate !== 'none' && 'messages' in rate ? texts.limitsHint(rate.messages, rate.seconds) : ''
  const { node, body, open } = dialog(
    texts.help,
    'help',
    element('p', { class: 'hint' }, `${texts.helpHint} ${limit}`),
    element('h3', {}, texts.commands),
    rows(commands.map(({ usage, name }) => [usage, texts.commandHelp[name] ?? ''])),
    element('h3', {}, texts.keys),
    rows(texts.keyHelp),
  )
  // It is long, and holds nothing else that the keyboard could scroll it by.
  body.tabIndex = 0
  node.addEventListener('close', done)
  open()
}

function rows(pairs: readonly (readonly [string, string])[]): HTMLElement {
  return element(
    'dl',
    { class: 'help-rows' },
    ...pairs.map(([name, text]) =>
      element('div', {}, element('dt', {}, element('kbd', {}, name)), element('dd', {}, text)),
    ),
  )
}
