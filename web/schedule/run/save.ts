/** Keeps the run as a file: the page with the record in it, which opens anywhere without a network. */
import type { RunRecord } from '../../../src/batch/types.ts'
import { pageWith } from '../../../src/schedule/index.ts'
import { element } from '../../element.ts'

/** A button that saves; a page that is such a file has none. */
export function saveButton(isLive: boolean, recordNow: () => RunRecord | undefined): HTMLElement {
  const said = element('span', { role: 'status', class: 'soft' })
  const button = element('button', { type: 'button', id: 'save' }, 'Save this run as a page')
  button.addEventListener('click', () => {
    const record = recordNow()
    if (record === undefined) return
    void save(record).then(
      () => (said.textContent = ''),
      () => (said.textContent = 'It could not be saved: the batch does not answer.'),
    )
  })
  return element('div', { class: 'save', hidden: !isLive }, button, said)
}

async function save(record: RunRecord): Promise<void> {
  const answer = await fetch('saved.html')
  if (!answer.ok) throw new Error(String(answer.status))
  const text = pageWith(await answer.text(), { record })
  const url = URL.createObjectURL(new Blob([text], { type: 'text/html' }))
  element('a', { href: url, download: 'run.html' }).click()
  setTimeout(() => URL.revokeObjectURL(url), 10_000)
}
