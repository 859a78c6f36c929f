/**
 * The jobs of a run as they stand, with buttons that pause, resume and cancel them and a field for their priority. Rows stay the same elements while their numbers
 * change, so that nobody loses the button that he is about to press.
 */
import type { PageAction } from '../../../src/batch/seen/page/messages.ts'
import { cpuMs, isBad, leftText, sizeText, stateOrder, timeText } from '../../../src/batch/seen/words.ts'
import type { JobStatus, RunRecord } from '../../../src/batch/types.ts'
import { numberText, visibleText } from '../../../src/schedule/index.ts'
import { signed, type Looks } from '../chips.ts'
import { card, element, scrolling } from '../../element.ts'
import { priorityField, type PriorityField } from './priority-field.ts'

export interface RunJobs {
  readonly node: HTMLElement
  show(record: RunRecord, looks: Looks): void
}

interface Row {
  readonly node: HTMLTableRowElement
  readonly sign: HTMLElement
  readonly cells: readonly HTMLElement[]
  readonly buttons: ReadonlyMap<PageAction['kind'], HTMLButtonElement>
  /** In a run that is kept the priority is only told. */
  readonly priority: PriorityField | undefined
}

const rowsMost = 300
const headings = ['job', 'no', 'state', 'CPU time', 'in', 'memory', 'switches', 'left', 'priority', 'why'] as const
const priorityColumn = headings.indexOf('priority')
const actions = [
  ['pause', 'Pause'],
  ['resume', 'Resume'],
  ['cancel', 'Cancel'],
] as const

/** `act` resolves to whether the batch did it; without one there are no buttons and fields. */
export function runJobs(act?: (action: PageAction, job: JobStatus) => Promise<boolean>): RunJobs {
  const rows = new Map<number, Row>()
  const body = element('tbody')
  const caption = element('caption', {}, 'No jobs yet')
  const heads = act === undefined ? headings : [...headings.slice(0, -1), 'actions', 'why']
  const made = element(
    'table',
    {},
    caption,
    element('thead', {}, element('tr', {}, ...heads.map((text) => element('th', { scope: 'col' }, text)))),
    body,
  )
  const latest = new Map<number, JobStatus>()

  function rowFor({ id }: JobStatus): Row {
    const known = rows.get(id)
    if (known !== undefined) return known
    const cells = headings.map((_, column) => element(column === 0 ? 'th' : 'td', column === 0 ? { scope: 'row' } : {}))
    cells.at(-1)?.classList.add('reason')
    const buttons = new Map(
      (act === undefined ? [] : actions).map(([kind, text]) => {
        const button = element('button', { type: 'button', class: 'link' }, text)
        button.addEventListener('click', () => {
          const job = latest.get(id)
          if (job !== undefined) void act?.({ kind }, job)
        })
        return [kind, button] as const
      }),
    )
    const last = act === undefined ? [] : [element('td', { class: 'acts' }, ...buttons.values())]
    const sign = element('span', { class: 'swatch', 'aria-hidden': 'true' })
    cells[0]?.append(element('span', { class: 'chip' }, sign, element('span', { class: 'chip-name' })))
    const priority =
      act === undefined
        ? undefined
        : priorityField(async (wanted) => {
            const job = latest.get(id)
            return job !== undefined && act({ kind: 'priority', priority: wanted }, job)
          })
    if (priority !== undefined) cells[priorityColumn]?.append(priority.node)
    const row = {
      node: element('tr', {}, ...cells.slice(0, -1), ...last, ...cells.slice(-1)),
      sign,
      cells,
      buttons,
      priority,
    }
    rows.set(id, row)
    return row
  }

  function fill(row: Row, job: JobStatus, looks: Looks, nowAt: number): void {
    latest.set(job.id, job)
    const name = visibleText(job.name)
    const [head, ...cells] = row.cells
    const chipName = head?.querySelector('.chip-name')
    if (chipName != null && chipName.textContent !== name) chipName.textContent = name
    signed(row.sign, looks.of(job.name))
    const texts = textsOf(job, nowAt)
    for (const [index, cell] of cells.entries()) {
      const isField = row.priority !== undefined && index + 1 === priorityColumn
      if (!isField && cell.textContent !== texts[index]) cell.textContent = texts[index] ?? ''
    }
    row.priority?.show(name, job.request.priority, job.state !== 'ended')
    cells[1]?.classList.toggle('bad', isBad(job))
    const can = {
      pause: !['paused', 'ended'].includes(job.state),
      resume: job.state === 'paused',
      cancel: job.state !== 'ended',
      priority: false,
    }
    for (const [kind, button] of row.buttons) {
      button.setAttribute('aria-label', `${button.textContent} ${name}`)
      // The focus must not fall out of the table; what cannot be done is said to be so.
      button.setAttribute('aria-disabled', String(!can[kind]))
    }
  }

  return {
    node: card('run-jobs', 'Jobs', scrolling('Jobs', made)),
    show({ jobs, startedAt, until }, looks) {
      const shown = ordered(jobs).slice(0, rowsMost)
      const kept = new Set(shown.map(({ id }) => id))
      for (const [id, { node }] of rows) {
        if (kept.has(id)) continue
        node.remove()
        rows.delete(id)
        latest.delete(id)
      }
      for (const [index, job] of shown.entries()) {
        const row = rowFor(job)
        fill(row, job, looks, startedAt + until)
        if (body.children[index] !== row.node) body.insertBefore(row.node, body.children[index] ?? null)
      }
      const text = countsOf(jobs) + (jobs.length > shown.length ? `; the first ${shown.length} are shown` : '')
      if (caption.textContent !== text) caption.textContent = text
    },
  }
}

function textsOf(job: JobStatus, nowAt: number): string[] {
  const { id, state, outcome, times, use, dispatches, why } = job
  const memory = state === 'ended' ? use?.peakRssBytes : use?.rssBytes
  return [
    String(id),
    state === 'ended' ? (outcome ?? state) : state,
    timeText(cpuMs(job)),
    timeText(Object.values(times).reduce((sum, time) => sum + time, 0)),
    memory === undefined || memory === 0 ? '–' : sizeText(memory),
    String(dispatches),
    leftText(job, nowAt),
    numberText(job.request.priority),
    visibleText(why),
  ]
}

function countsOf(jobs: readonly JobStatus[]): string {
  const counts = stateOrder.flatMap((state) => {
    const count = jobs.filter((job) => job.state === state).length
    return count === 0 ? [] : [`${count} ${state}`]
  })
  return counts.length === 0 ? 'No jobs yet' : counts.join(', ')
}

/** By number, those that ended last: rows move only once. */
function ordered(jobs: readonly JobStatus[]): JobStatus[] {
  return jobs.toSorted((a, b) => Number(a.state === 'ended') - Number(b.state === 'ended') || a.id - b.id)
}
