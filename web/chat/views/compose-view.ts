/** Where messages are written: sends with Enter, completes with Tab, counts bytes near the limit, and seconds after one was too fast. */
import { element } from '../../element.ts'
import { runCommand, type CommandContext } from '../commands.ts'
import { completer } from '../completion.ts'
import { icon } from '../icons.ts'
import { currentTalk } from '../model.ts'
import type { Session } from '../session.ts'
import type { Talk } from '../talk.ts'
import { texts } from '../texts.ts'
import { secondsUntil } from '../times.ts'
import { setText } from './places-view.ts'
import type { View } from './view.ts'

/** So many bytes before the limit the count is shown. */
const warnBytes = 200
const encoder = new TextEncoder()

export interface ComposeView extends View {
  focus(): void
  /** Opens a line with this name. */
  address(nick: string): void
}

export function composeView(
  session: Session,
  context: Omit<CommandContext, 'session' | 'talk'>,
  hooks: { announce(text: string): void; sent(): void },
): ComposeView {
  const { store } = session
  const field = element('textarea', { id: 'compose', rows: 1, autocomplete: 'off', enterkeyhint: 'send', dir: 'auto', 'aria-describedby': 'compose-note' }) // prettier-ignore
  const send = element(
    'button',
    { type: 'submit', class: 'send', 'aria-label': texts.send, title: texts.send },
    icon('send'),
  )
  const note = element('p', { class: 'compose-note', id: 'compose-note', role: 'status' })
  const node = element('form', { class: 'compose' }, element('div', { class: 'compose-box' }, field, send), note)
  const completion = completer()
  let shown: Talk | undefined
  let lastSaid = ''
  let problem = ''
  let hasEscaped = false

  function render(): void {
    const talk = currentTalk(store)
    node.hidden = store.me === undefined
    if (talk !== shown) change(talk)
    const label = talk === undefined ? '/join #room' : texts.writeIn(talk.name)
    if (field.placeholder !== label) {
      field.placeholder = label
      field.setAttribute('aria-label', label)
    }
    showNote()
  }

  function change(talk: Talk | undefined): void {
    const early = shown === undefined ? field.value : ''
    if (shown !== undefined) shown.draft = field.value
    shown = talk
    problem = ''
    // What was written before there was a place for it stays.
    setValue(talk === undefined || talk.draft === '' ? early : talk.draft)
  }

  function setValue(text: string): void {
    field.value = text
    if (shown !== undefined) shown.draft = text
    fit()
  }

  /** As high as its text, up to a third of the screen. */
  function fit(): void {
    field.style.height = 'auto'
    field.style.height = `${Math.min(field.scrollHeight, Math.max(120, window.innerHeight / 3))}px`
  }

  function showNote(): void {
    const seconds = secondsUntil(store.blockedUntilMs)
    const most = store.hello?.textBytes ?? 2_000
    const over = longestLine(field.value) - most
    const isOver = over > 0 && !field.value.startsWith('/')
    send.disabled = field.value.trim() === '' || isOver || seconds > 0
    const count = isOver ? texts.tooLong(over) : over > -warnBytes ? texts.bytesLeft(-over) : ''
    setText(note, seconds > 0 ? texts.slowDown(seconds) : count === '' ? problem : count)
    note.classList.toggle('is-warning', seconds > 0 || isOver || problem !== '')
    node.classList.toggle('is-blocked', seconds > 0)
  }

  function submit(): void {
    if (field.value.trim() === '' || send.disabled) return
    const text = field.value
    const isCommand = /^\/[^/\s]/.test(text) && !text.includes('\n')
    if (!isCommand && shown === undefined) return
    lastSaid = text
    problem = ''
    completion.reset()
    setValue('')
    if (isCommand) void command(text)
    else if (shown !== undefined) session.say(shown, text.replace(/^\/\//, '/'))
    hooks.sent()
    render()
  }

  async function command(text: string): Promise<void> {
    const told = await runCommand({ ...context, session, talk: shown }, text)
    if (told === undefined) return
    problem = told
    if (field.value === '') setValue(text)
    render()
  }

  function complete(event: KeyboardEvent): void {
    const found = completion.next(field.value, field.selectionStart, shown)
    if (found === undefined) return
    event.preventDefault()
    setValue(found.text)
    field.setSelectionRange(found.caret, found.caret)
    hooks.announce(texts.completed(found.name))
    showNote()
  }

  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return
    if (event.key === 'Enter' && !event.shiftKey) {
      event.preventDefault()
      submit()
    } else if (event.key === 'Tab' && !event.shiftKey && !event.ctrlKey && !hasEscaped) complete(event)
    else if (event.key === 'ArrowUp' && field.value === '' && !event.altKey && lastSaid !== '') {
      event.preventDefault()
      setValue(lastSaid)
      field.setSelectionRange(lastSaid.length, lastSaid.length)
      render()
    }
    hasEscaped = event.key === 'Escape'
  })
  field.addEventListener('input', () => {
    problem = ''
    completion.reset()
    if (shown !== undefined) shown.draft = field.value
    fit()
    showNote()
  })
  node.addEventListener('submit', (event) => {
    event.preventDefault()
    submit()
    field.focus()
  })
  session.onReturned((talk, lines) => {
    talk.draft = lines.join('\n')
    if (talk === shown) setValue(talk.draft)
    render()
  })
  return {
    node,
    render,
    focus: () => field.focus(),
    address(nick) {
      setValue(field.value === '' ? `${nick}: ` : `${field.value.trimEnd()} ${nick} `)
      field.focus()
    },
  }
}

/** Each line is a message of its own. */
function longestLine(text: string): number {
  let most = 0
  for (const line of text.split('\n')) most = Math.max(most, encoder.encode(line).length)
  return most
}
