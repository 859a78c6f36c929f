/**
 * Timelines of states: each thread's way through new, ready, running and blocked, one thread a row.
 *
 *   A  ████░░░░████╌╌╌╌╌╌████
 *   B  ░░░░████░░░░██████
 */
import type { JobState, Simulation } from '../machine/simulation.ts'
import { axisLines, chartFor, chartOptions, type ChartOptions, endOf, labelText, recordOf } from './chart.ts'
import { columnsOf, runsOf } from './columns.ts'
import { keysIn, wrapped } from './keys.ts'
import { type Drawing, drawingOf, type Signs } from './options.ts'
import { threadOwners } from './owners.ts'

export interface StateSpan {
  readonly from: number
  readonly to: number
  readonly state: JobState
}

/** What state each thread was in, and when; threads in the order of their first transition. Done is no span. */
export function stateSpans(simulation: Simulation): Map<string, StateSpan[]> {
  const { transitions } = recordOf(simulation)
  const open = new Map<string, { state: JobState; from: number }>()
  const spans = new Map<string, StateSpan[]>()
  const close = (thread: string, to: number): void => {
    const { state, from } = open.get(thread) ?? { state: 'done', from: to }
    if (state !== 'done' && to > from) spans.get(thread)?.push({ from, to, state })
  }
  for (const { thread, at, to } of transitions) {
    if (!spans.has(thread)) spans.set(thread, [])
    close(thread, at)
    open.set(thread, { state: to, from: at })
  }
  for (const thread of open.keys()) close(thread, simulation.system.makespan)
  return spans
}

const legend: readonly (readonly [keyof Signs, string])[] = [
  ['waiting', 'new'],
  ['ready', 'ready'],
  ['run', 'running'],
  ['blocked', 'blocked'],
]

/** Draws the states of every thread over time. Throws OPTION_INVALID for a simulation without a record. */
export function drawStates(simulation: Simulation, options: ChartOptions = {}): string {
  const drawing = drawingOf('drawStates', options, chartOptions)
  const threads = [...stateSpans(simulation)]
  const owners = threadOwners(simulation)
  const keys = keysIn(simulation, drawing)
  const labels = threads.map(([thread]) => drawing.show(thread))
  const chart = chartFor(simulation, labels, options, drawing)
  const lines = threads.map(([thread, spans], row) => {
    const columns = columnsOf(spans, { ...chart, to: endOf(chart) }, (a, b) => a.state === b.state)
    const index = keys.get(owners.get(thread) ?? '')?.index ?? 0
    const cells = runsOf(columns).map(({ column, length }) =>
      stateText(column.mixed ? 'mixed' : column.span?.state, length, index, drawing),
    )
    return (labelText(labels[row] ?? '', chart, drawing) + cells.join('')).trimEnd()
  })
  return [...lines, ...axisLines(chart, drawing), ...legendOf(drawing, lines)].join('\n')
}

function stateText(state: JobState | 'mixed' | undefined, length: number, index: number, drawing: Drawing): string {
  const { signs, paint } = drawing
  switch (state) {
    case 'running':
      return paint.ink(index)(signs.run.repeat(length))
    case 'ready':
      return paint.ink(index)(signs.ready.repeat(length))
    case 'blocked':
      return paint.ink(index)(signs.blocked.repeat(length))
    case 'mixed':
      return paint.ink(index)(signs.mixed.repeat(length))
    case 'new':
      return paint.dim(signs.waiting.repeat(length))
    default:
      return ' '.repeat(length)
  }
}

function legendOf({ signs, paint, width }: Drawing, lines: readonly string[]): string[] {
  const mixed: (readonly [keyof Signs, string])[] = lines.some((line) => line.includes(signs.mixed))
    ? [['mixed', 'several in one column']]
    : []
  const entries = [...legend, ...mixed].map(([sign, meaning]) => ({
    width: meaning.length + 2,
    text: `${paint.dim(signs[sign])} ${meaning}`,
  }))
  return wrapped(entries, width)
}
