/** The topic of a room, to be changed. */
import { element } from '../../element.ts'
import type { Session } from '../session.ts'
import type { Talk } from '../talk.ts'
import { faultText, texts } from '../texts.ts'
import { button, dialog, labelled } from './dialog.ts'

export function openTopic(session: Session, talk: Talk, done: () => void): void {
  const field = element('textarea', {
    class: 'field',
    rows: 3,
    maxlength: 1_000,
    dir: 'auto',
    'aria-describedby': 'topic-problem',
  })
  field.value = talk.topic?.text ?? ''
  const problem = element('p', { class: 'problem', id: 'topic-problem', role: 'alert' })
  const save = element('button', { type: 'submit', class: 'button primary' }, texts.save)
  const form = element(
    'form',
    {},
    labelled('topic', texts.topic, field),
    problem,
    element(
      'div',
      { class: 'actions end' },
      button(texts.cancel, () => close()),
      save,
    ),
  )
  const { node, open, close } = dialog(`${texts.topic}: ${talk.name}`, 'topic-dialog', form)
  field.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return
    event.preventDefault()
    form.requestSubmit()
  })
  form.addEventListener('submit', (event) => {
    event.preventDefault()
    void apply()
  })

  async function apply(): Promise<void> {
    const answer = await session.ask('topic', { room: talk.name, topic: field.value.replace(/[\r\n]+/g, ' ').trim() })
    if ('ok' in answer) close()
    else problem.textContent = faultText(answer.fault)
  }

  node.addEventListener('close', done)
  open()
}
