/** What all charts over time share: a column of labels, the chart, and below it an axis of time. */
import { fail } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { Simulation, SimulationRecord } from '../machine/simulation.ts'
import type { DrawOptions, Drawing } from './options.ts'
import { numberText, ticksBetween } from './scale.ts'
import { cutText, padText, textWidth } from './text-width.ts'

export interface ChartOptions extends DrawOptions {
  /** First instant that is drawn. @default 0 */
  readonly from?: number | undefined
  /** Last instant that is drawn. @default the makespan */
  readonly to?: number | undefined
}

export const chartOptions: readonly string[] = ['from', 'to']

export interface Chart {
  readonly from: number
  readonly to: number
  /** Columns of the chart itself. */
  readonly count: number
  /** Columns of the labels, the gap included. */
  readonly labels: number
}

const labelLimit = 16
const columnsPerUnit = 8

/**
 * A chart whose labels are these. Times that are whole numbers get a whole number of columns each, or a column a whole
 * number of units, so that equal times are drawn equally long.
 */
export function chartFor(
  simulation: Simulation,
  labels: readonly string[],
  options: ChartOptions,
  drawing: Drawing,
): Chart {
  const from = options.from ?? 0
  const to = options.to ?? simulation.system.makespan
  for (const [option, value] of Object.entries({ from, to }))
    if (typeof value !== 'number' || !Number.isFinite(value)) throw invalid(option, 'a finite number', value)
  if (to < from) throw invalid('to', `${from} (from) or more`, to)
  const widest = Math.max(0, ...labels.map(textWidth))
  const labelColumns = Math.min(widest, labelLimit, Math.floor(drawing.width / 3)) + 1
  return { from, to, count: countOf(to - from, drawing.width - labelColumns - 1), labels: labelColumns }
}

function countOf(span: number, room: number): number {
  if (!Number.isInteger(span) || span === 0) return room
  if (span <= room) return span * Math.min(columnsPerUnit, Math.floor(room / span))
  return Math.ceil(span / Math.ceil(span / room))
}

/** The recorded steps. Throws OPTION_INVALID for a summary, which has none. */
export function recordOf(simulation: Simulation): SimulationRecord {
  if (simulation.record !== undefined) return simulation.record
  throw fail('OPTION_INVALID', {
    option: 'record',
    rule: "'full', to draw the steps of a simulation",
    got: "'summary'",
  })
}

/** The time at the right end of the chart, which may lie a little after `to` where columns are whole units. */
export function endOf({ from, to, count }: Chart): number {
  const span = to - from
  if (Number.isInteger(span) && span > count) return from + count * Math.ceil(span / count)
  return span === 0 ? from + 1 : to
}

/** A label, cut and filled to the width of the label column. */
export function labelText(label: string, chart: Chart, drawing: Drawing): string {
  return padText(cutText(label, chart.labels - 1, drawing.signs.ellipsis), chart.labels)
}

/** Two lines: the axis with its ticks, and their numbers. */
export function axisLines(chart: Chart, drawing: Drawing): string[] {
  const end = endOf(chart)
  const perUnit = chart.count / (end - chart.from)
  const room = 1 + Math.floor(chart.count / (3 + Math.max(4, numberText(end).length)))
  const line = Array.from({ length: chart.count + 1 }, () => drawing.signs.axis)
  let numbers = ''
  for (const tick of ticksBetween(chart.from, end, room)) {
    const column = Math.round((tick - chart.from) * perUnit)
    const text = numberText(tick)
    line[column] = drawing.signs.tick
    const start = Math.min(column, chart.labels + chart.count + 1 - chart.labels - text.length)
    if (start > numbers.length || numbers === '') numbers = numbers.padEnd(start) + text
  }
  const margin = ' '.repeat(chart.labels)
  return [drawing.paint.dim(margin + line.join('')), drawing.paint.dim(margin + numbers)]
}
