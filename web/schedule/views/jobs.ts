/** What became of each job, as a table. */
import { type JobResult, numberText } from '../../../src/schedule/index.ts'
import { chip } from '../chips.ts'
import { card, element, scrolling, table } from '../../element.ts'
import type { View } from '../view.ts'

const columns: readonly (readonly [string, (job: JobResult) => string])[] = [
  ['arrival', ({ arrival }) => numberText(arrival)],
  ['start', ({ start }) => numberText(start, '–')],
  ['finish', ({ finish }) => numberText(finish, '–')],
  ['turnaround', ({ turnaround }) => numberText(turnaround, '–')],
  ['waiting', ({ waiting }) => numberText(waiting)],
  ['response', ({ response }) => numberText(response, '–')],
  ['slowdown', ({ slowdown }) => numberText(slowdown, '–')],
  ['CPU', ({ cpu }) => numberText(cpu)],
  ['blocked', ({ blocked }) => numberText(blocked)],
  ['switches', ({ switches }) => String(switches)],
]

/** `caption` says what unit the times have. */
export function jobsView(caption = 'Times in the unit of the workload'): View {
  const box = element('div')
  return {
    node: card('jobs', 'Each job', box),
    show({ simulation, looks }) {
      const late = simulation.jobs.some(({ missedDeadline }) => missedDeadline)
      const ended = simulation.jobs.some(({ end }) => end !== 'done')
      const rows = simulation.jobs.map((job) => [
        chip(looks.of(job.name)),
        ...columns.map(([, text]) => text(job)),
        ...(late ? [job.missedDeadline ? 'missed' : ''] : []),
        ...(ended ? [job.end] : []),
      ])
      const heading = [
        'job',
        ...columns.map(([name]) => name),
        ...(late ? ['deadline'] : []),
        ...(ended ? ['end'] : []),
      ]
      box.replaceChildren(scrolling('Results of each job', table(caption, heading, rows)))
    },
  }
}
