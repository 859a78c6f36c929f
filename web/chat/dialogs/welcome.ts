/** The first screen: a name, and in. */
import { element } from '../../element.ts'
import { kept } from '../kept.ts'
import type { Session } from '../session.ts'
import { faultText, texts } from '../texts.ts'
import { labelled } from './dialog.ts'

export function welcomeView(session: Session): { node: HTMLElement; render(): void } {
  const field = element('input', {
    class: 'field large',
    autocomplete: 'nickname',
    autocapitalize: 'off',
    spellcheck: 'false',
    maxlength: 32,
    required: true,
    'aria-describedby': 'nick-problem',
    dir: 'auto',
  })
  field.value = kept('nick') ?? ''
  const enter = element('button', { type: 'submit', class: 'button primary large' }, texts.enter)
  const problem = element('p', { class: 'problem', id: 'nick-problem', role: 'alert' })
  const form = element(
    'form',
    { class: 'welcome-card' },
    element('div', { class: 'welcome-sign', 'aria-hidden': 'true' }, '#'),
    element('h1', {}, texts.welcome),
    element('p', { class: 'hint' }, texts.welcomeHint),
    labelled('nick', texts.nick, field),
    problem,
    enter,
  )
  const node = element('main', { class: 'welcome' }, form)
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void come()
  })
  field.addEventListener('input', () => problem.replaceChildren())

  async function come(): Promise<void> {
    const nick = field.value.trim()
    if (nick === '') return
    problem.replaceChildren()
    const fault = await session.enter(nick)
    if (fault === undefined) return
    problem.replaceChildren(faultText(fault))
    field.focus()
    field.select()
  }

  return {
    node,
    render() {
      const isComing = session.store.connection.kind !== 'closed'
      enter.disabled = isComing
      enter.textContent = isComing ? texts.entering : texts.enter
    },
  }
}
