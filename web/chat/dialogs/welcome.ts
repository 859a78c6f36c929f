/** The first screen: a name, and in. */
import { element } from '../../element.ts'
import { kept } from '../kept.ts'
import type { Session } from '../session.ts'
import { faultText, texts } from '../texts.ts'
import { secondsUntil } from '../times.ts'
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
    if (fault.code === 'nick-taken') offer(nick)
    field.focus()
    field.select()
  }

  /** A name that is likely to be free. */
  function offer(nick: string): void {
    const other = `${nick.slice(0, 28)}-${2 + Math.floor(Math.random() * 98)}`
    const take = element('button', { type: 'button', class: 'text-button' }, texts.takeInstead(other))
    take.addEventListener('click', () => {
      field.value = other
      void come()
    })
    problem.append(' ', take)
  }

  return {
    node,
    render() {
      const { connection } = session.store
      const isComing = connection.kind !== 'closed'
      if (connection.kind === 'lost')
        problem.textContent = `${texts.noServer} ${texts.retryIn(secondsUntil(connection.retryAtMs))}`
      else if (connection.kind === 'connecting') problem.textContent = ''
      enter.disabled = isComing
      enter.textContent = isComing ? texts.entering : texts.enter
    },
  }
}
