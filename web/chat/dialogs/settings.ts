/** Name, presence, colours and language. */
import { element } from '../../element.ts'
import { away } from '../commands.ts'
import { keep } from '../kept.ts'
import type { Session } from '../session.ts'
import { chooseLanguage, faultText, type Language, language, languages, texts } from '../texts.ts'
import { chooseTheme, theme, type Theme } from '../theme.ts'
import { button, dialog, labelled } from './dialog.ts'

export function openSettings(session: Session, done: () => void): void {
  const { store } = session
  const nick = element('input', {
    class: 'field',
    maxlength: 32,
    required: true,
    dir: 'auto',
    'aria-describedby': 'settings-problem',
  })
  nick.value = store.me?.nick ?? ''
  const status = element('input', { class: 'field', maxlength: 200, dir: 'auto' })
  status.value = store.me?.away ?? ''
  const problem = element('p', { class: 'problem', id: 'settings-problem', role: 'alert' })
  const colours = choice<Theme>(texts.themes, theme(), chooseTheme)
  const tongue = choice<Language>(languages, language, (next) => {
    chooseLanguage(next)
    location.reload()
  })
  const joins = element('input', { type: 'checkbox' })
  joins.checked = store.showsJoins
  joins.addEventListener('change', () => {
    store.showsJoins = joins.checked
    keep('joins', joins.checked ? 'yes' : 'no')
  })
  const save = element('button', { type: 'submit', class: 'button primary' }, texts.save)
  const form = element(
    'form',
    { class: 'settings-form' },
    labelled('settings-nick', texts.nick, nick),
    problem,
    labelled('settings-away', texts.awayField, status),
    element(
      'div',
      { class: 'pair' },
      labelled('settings-theme', texts.theme, colours),
      labelled('settings-language', texts.language, tongue),
    ),
    element('label', { class: 'check' }, joins, texts.showJoins),
    element(
      'div',
      { class: 'actions end' },
      button(texts.cancel, () => close()),
      save,
    ),
  )
  const { node, open, close } = dialog(texts.settings, 'settings', form)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void apply()
  })

  async function apply(): Promise<void> {
    const wanted = nick.value.trim()
    if (wanted !== store.me?.nick) {
      const answer = await session.ask('nick', { nick: wanted })
      if ('fault' in answer) {
        problem.textContent = faultText(answer.fault)
        nick.focus()
        return
      }
      keep('nick', answer.ok.nick)
    }
    const text = status.value.trim()
    if (text !== (store.me?.away ?? '')) await away({ session }, text === '' ? undefined : text)
    close()
  }

  node.addEventListener('close', done)
  open()
}

function choice<Value extends string>(
  options: Readonly<Record<Value, string>>,
  value: Value,
  chosen: (value: Value) => void,
): HTMLSelectElement {
  const select = element(
    'select',
    { class: 'field' },
    ...Object.entries<string>(options).map(([name, text]) =>
      element('option', { value: name, selected: name === value }, text),
    ),
  )
  select.addEventListener('change', () => chosen(select.value as Value))
  return select
}
