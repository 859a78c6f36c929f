/**
 * The memory map over time: addresses downwards, time to the right, each job's place in its colour.
 *
 *      0  A━━━━━━━━━━━━━━━D━━━━
 *     64  B━━━━━━━━━━··········
 *    128  ··········C━━━━━━━━━━
 */
import type { MemorySpan, Simulation } from '../machine/simulation.ts'
import { axisLines, chartFor, chartOptions, type ChartOptions, endOf, labelText, recordOf } from './chart.ts'
import { columnsOf, runsOf } from './columns.ts'
import { type JobKey, keysIn, legendLines, wrapped } from './keys.ts'
import { type Drawing, drawingOf } from './options.ts'
import { numberText } from './scale.ts'
import { padText, textWidth } from './text-width.ts'
import { invalid } from '../checks.ts'
import { checkInteger } from '../../core/index.ts'

export interface MemoryChartOptions extends ChartOptions {
  /** Size of the machine's memory. @default as far as the jobs reach */
  readonly size?: number | undefined
  /** Rows for the addresses, at most. @default 16 */
  readonly rows?: number | undefined
}

export interface Band {
  readonly from: number
  readonly to: number
}

/**
 * Addresses in at most `most` bands. Where no more edges than that exist, each band lies between two of them and each job
 * is seen, with rows as its size demands; otherwise all bands are equally high.
 */
export function memoryBands(spans: readonly MemorySpan[], size: number, most: number): Band[] {
  const edges = [...new Set([0, size, ...spans.flatMap(({ base, size }) => [base, base + size])])].sort((a, b) => a - b)
  if (edges.length - 1 > most)
    return Array.from({ length: most }, (_, band) => ({ from: (band * size) / most, to: ((band + 1) * size) / most }))
  const parts = edges.slice(1).map((to, index) => ({ from: edges[index] ?? 0, to, rows: 1 }))
  for (let left = most - parts.length; left > 0; left--) {
    const tallest = parts.reduce((a, b) => ((b.to - b.from) / b.rows > (a.to - a.from) / a.rows ? b : a))
    tallest.rows++
  }
  return parts.flatMap(({ from, to, rows }) =>
    Array.from({ length: rows }, (_, row) => ({
      from: from + ((to - from) * row) / rows,
      to: from + ((to - from) * (row + 1)) / rows,
    })),
  )
}

/** Draws who had which memory, and when; says so where no job asked for any. Throws as `drawGantt` does. */
export function drawMemory(simulation: Simulation, options: MemoryChartOptions = {}): string {
  const drawing = drawingOf('drawMemory', options, [...chartOptions, 'size', 'rows'])
  const spans = recordOf(simulation).memory
  const reach = Math.max(0, ...spans.map(({ base, size }) => base + size))
  const { size = reach, rows = 16 } = options
  if (!(size >= 0 && Number.isFinite(size))) throw invalid('size', 'a finite number, 0 or more', size)
  checkInteger('rows', rows, 1, 1000)
  if (spans.length === 0) return 'No job asked for memory.'
  const keys = keysIn(simulation, drawing)
  const bands = memoryBands(spans, Math.max(size, reach), rows)
  const widest = Math.max(...bands.map(({ from }) => textWidth(numberText(from))))
  const labels = bands.map(({ from }) => padText(numberText(from), widest, 'start'))
  const chart = chartFor(simulation, labels, options, drawing)
  const named = new Set<MemorySpan>()
  const lines = bands.map((band, row) => {
    const middle = (band.from + band.to) / 2
    const here = spans.filter(({ base, size }) => base <= middle && middle < base + size)
    const columns = columnsOf(here, { ...chart, to: endOf(chart) }, (a, b) => a.job === b.job)
    const cells = runsOf(columns).map(({ column, length }) =>
      cellText(column.mixed ? undefined : column.span, column.mixed, length, keys, named, drawing),
    )
    return labelText(labels[row] ?? '', chart, drawing) + cells.join('')
  })
  const free = `${drawing.paint.dim(drawing.signs.free)} free`
  return [
    ...lines,
    ...axisLines(chart, drawing),
    ...legendLines(keys.values(), drawing),
    ...wrapped([{ width: 6, text: free }], drawing.width),
  ].join('\n')
}

function cellText(
  span: MemorySpan | undefined,
  mixed: boolean,
  length: number,
  keys: ReadonlyMap<string, JobKey>,
  named: Set<MemorySpan>,
  { signs, paint, show, color }: Drawing,
): string {
  if (mixed) return paint.dim(signs.mixed.repeat(length))
  if (span === undefined) return paint.dim(signs.free.repeat(length))
  const key = keys.get(span.job)
  const name = show(span.job)
  const text = named.has(span) ? (color ? '' : (key?.key ?? '')) : textWidth(name) <= length ? name : (key?.key ?? '?')
  named.add(span)
  return paint.block(key?.index ?? 0)(padText(text, length, 'end', color ? ' ' : signs.line))
}
