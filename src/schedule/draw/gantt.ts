/**
 * The Gantt chart for the terminal: who had which CPU and which device, and when.
 *
 *   CPU 0  A━━━━━━━B━━━━━━━A━━━C━━━━━━━····
 *   disk   ········A━━━━━━━··············
 *          ┬───────┬───────┬───────┬─────
 *          0       2       4       6
 */
import type { CpuSpan, DeviceSpan, Simulation } from '../machine/simulation.ts'
import {
  axisLines,
  type Chart,
  chartFor,
  chartOptions,
  type ChartOptions,
  endOf,
  labelText,
  recordOf,
} from './chart.ts'
import { columnsOf, rowsOf, type Run, runsOf } from './columns.ts'
import { type JobKey, keysIn, legendLines, wrapped } from './keys.ts'
import { type Drawing, drawingOf } from './options.ts'
import { numberText } from './scale.ts'
import { cutText, padText, textWidth } from './text-width.ts'

/** A CPU's or a device's time, cut into spans of threads; `kind` is absent at devices. */
export interface GanttSpan {
  readonly from: number
  readonly to: number
  readonly thread: string
  readonly job: string
  readonly kind: 'run' | 'switch-in' | 'switch-out' | 'io'
  readonly level?: number | undefined
  readonly warm?: boolean | undefined
}

export interface GanttRow {
  readonly label: string
  readonly spans: readonly GanttSpan[]
}

/** Rows of a Gantt chart: each CPU, then each device with as many rows as it served requests at the same time. */
export function ganttRows(simulation: Simulation): GanttRow[] {
  const { cpu, devices } = recordOf(simulation)
  const byCpu = Array.from({ length: simulation.system.cpus }, (): CpuSpan[] => [])
  for (const span of cpu) byCpu[span.cpu]?.push(span)
  const byDevice = new Map<string, DeviceSpan[]>()
  for (const span of devices) {
    const list = byDevice.get(span.device)
    if (list === undefined) byDevice.set(span.device, [span])
    else list.push(span)
  }
  return [
    ...byCpu.map((spans, index) => ({ label: byCpu.length === 1 ? 'CPU' : `CPU ${index}`, spans })),
    ...[...byDevice].flatMap(([device, spans]) => deviceRows(device, spans)),
  ]
}

const deviceRowLimit = 8

function deviceRows(device: string, spans: readonly DeviceSpan[]): GanttRow[] {
  const rows = rowsOf(spans)
  const shown = rows.slice(0, deviceRowLimit)
  return shown.map((row, index) => ({
    label: rows.length === 1 ? device : `${device} ${index + 1}${index === deviceRowLimit - 1 ? '+' : ''}`,
    spans: row.map((span) => ({ ...span, kind: 'io' })),
  }))
}

/**
 * Draws CPUs and devices over time, with an axis and, where names do not fit, a legend of keys. Throws OPTION_INVALID for
 * a simulation without a record.
 *
 * @example
 * drawGantt(simulate([{ name: 'A', bursts: [{ cpu: 3 }] }], { policy: fcfs() }), { width: 60 })
 */
export function drawGantt(simulation: Simulation, options: ChartOptions = {}): string {
  const drawing = drawingOf('drawGantt', options, chartOptions)
  const rows = ganttRows(simulation)
  const keys = keysIn(simulation, drawing)
  const labels = rows.map(({ label }) => drawing.show(label))
  const chart = chartFor(simulation, labels, options, drawing)
  const used = new Used()
  const lines = rows.map(({ spans }, index) => {
    const columns = columnsOf(spans, { ...chart, to: endOf(chart) }, sameOwner)
    const cells = runsOf(columns).map((run) => runText(run, keys, drawing, used))
    return labelText(labels[index] ?? '', chart, drawing) + cells.join('')
  })
  return [...lines, ...axisLines(chart, drawing), ...remarks(chart, keys, used, drawing)].join('\n')
}

/** What the chart shows, and the legend has to say. */
class Used {
  readonly signs = new Map<string, string>()
  keys = false
}

function sameOwner(a: GanttSpan, b: GanttSpan): boolean {
  return a.thread === b.thread && a.kind === b.kind
}

function runText(
  { column, length }: Run<GanttSpan>,
  keys: ReadonlyMap<string, JobKey>,
  drawing: Drawing,
  used: Used,
): string {
  const { signs, paint } = drawing
  const { span } = column
  const filled = (sign: string, meaning: string): string => {
    used.signs.set(sign, meaning)
    return paint.dim(sign.repeat(length))
  }
  if (span === undefined) return filled(signs.idle, 'idle')
  if (column.mixed) return filled(signs.mixed, 'several in one column')
  if (span.kind === 'switch-in') return filled(signs.switchIn, 'switch in')
  if (span.kind === 'switch-out') return filled(signs.switchOut, 'switch out')
  const key = keys.get(span.job)
  const name = drawing.show(span.thread)
  const fits = textWidth(name) <= length && name !== ''
  if (!fits) used.keys = true
  const text = fits ? name : cutText(key?.key ?? '?', length)
  return paint.block(key?.index ?? 0)(padText(text, length, 'end', drawing.color ? ' ' : signs.line))
}

function remarks(chart: Chart, keys: ReadonlyMap<string, JobKey>, used: Used, drawing: Drawing): string[] {
  const units = (endOf(chart) - chart.from) / chart.count
  const meanings = [...used.signs].map(([sign, meaning]) => ({
    width: meaning.length + 2,
    text: `${drawing.paint.dim(sign)} ${meaning}`,
  }))
  if (units > 1) {
    const text = `a column is ${numberText(units)} units of time`
    meanings.push({ width: text.length, text: drawing.paint.dim(text) })
  }
  return [...(used.keys ? legendLines(keys.values(), drawing) : []), ...wrapped(meanings, drawing.width)]
}
