/** Dialogs: the browser's own, so focus stays inside, Esc closes, and focus goes back to where it was. */
import { type Child, element } from '../../element.ts'
import { texts } from '../texts.ts'
import { iconButton } from '../views/places-view.ts'

export interface Dialog {
  readonly node: HTMLDialogElement
  readonly body: HTMLElement
  open(): void
  close(): void
}

let dialogs = 0

/** A dialog with a heading; it goes from the page when it is closed. */
export function dialog(title: string, kind: string, ...children: readonly Child[]): Dialog {
  const id = `dialog-${++dialogs}`
  const body = element('div', { class: 'dialog-body' }, ...children)
  const node = element(
    'dialog',
    { class: `dialog ${kind}`, 'aria-labelledby': id },
    element(
      'div',
      { class: 'dialog-head' },
      element('h2', { id, dir: 'auto' }, title),
      iconButton('close', texts.close, () => node.close()),
    ),
    body,
  )
  node.addEventListener('close', () => node.remove())
  // A press on what lies around it closes it.
  node.addEventListener('pointerdown', (event) => {
    if (event.target === node) node.close()
  })
  return {
    node,
    body,
    open() {
      document.body.append(node)
      node.showModal()
    },
    close: () => node.close(),
  }
}

/** A field with its label. */
export function labelled(id: string, label: string, field: HTMLElement): HTMLElement {
  field.id = id
  return element('div', { class: 'labelled' }, element('label', { for: id }, label), field)
}

export function button(label: string, run: () => void, kind = ''): HTMLButtonElement {
  const made = element('button', { type: 'button', class: `button ${kind}` }, label)
  made.addEventListener('click', run)
  return made
}
