/** Gantt chart and state timelines as SVG, for documents and pages, light and dark. */
import type { Simulation } from '../machine/simulation.ts'
import { ganttRows, type GanttSpan } from './gantt.ts'
import { keysOf } from './keys.ts'
import { threadOwners } from './owners.ts'
import { numberText, percentText } from './scale.ts'
import { stateSpans } from './states.ts'
import {
  type BarKind,
  type ChartFrame,
  type ChartRow,
  chartSvg,
  frameOf,
  type LegendEntry,
  type SvgOptions,
} from './svg-chart.ts'

const legendLimit = 24
const descLimit = 40

/**
 * The Gantt chart as an SVG document: CPUs and devices downwards, time to the right. It has a title and a description for
 * screen readers, no script, and needs nothing from elsewhere. Throws OPTION_INVALID for a simulation without a record.
 */
export function ganttSvg(simulation: Simulation, options: SvgOptions = {}): string {
  return ganttPicture(simulation, options).svg
}

/** The same, with the place of its axes. */
export function ganttPicture(simulation: Simulation, options: SvgOptions = {}): { svg: string; frame: ChartFrame } {
  const keys = keysOf(simulation.jobs.map(({ name }) => name))
  const rows = ganttRows(simulation)
  const charted = rows.map(({ label, spans }) => ({
    label,
    bars: spans.map((span) => {
      const key = keys.get(span.job)
      return {
        from: span.from,
        to: span.to,
        kind: barKind(span),
        index: key?.index ?? 0,
        label: span.thread,
        key: key?.key ?? '',
        hint: `${span.thread} ${doing[span.kind]} ${label}, ${numberText(span.from)} to ${numberText(span.to)}${level(span)}`,
      }
    }),
  }))
  const frame = frameOf('ganttSvg', simulation, charted, options)
  const { policy, utilization } = simulation.system
  const title = options.title ?? `${policy}: who had which CPU, and when`
  const legend = [...jobLegend(simulation, keys), ...switchLegend(rows.flatMap(({ spans }) => spans))]
  const desc = `Utilization ${percentText(utilization)}. ${describe(charted)}`
  return { svg: chartSvg(frame, { rows: charted, legend, title, desc }, options), frame }
}

const doing = {
  run: 'runs on',
  io: 'is served by',
  'switch-in': 'is switched in on',
  'switch-out': 'is switched out on',
}

function barKind({ kind }: GanttSpan): BarKind {
  return kind === 'run' || kind === 'io' ? kind : 'switch'
}

function level({ level, warm }: GanttSpan): string {
  return (
    (level === undefined ? '' : `, level ${level}`) + (warm === undefined ? '' : warm ? ', cache warm' : ', cache cold')
  )
}

function jobLegend(simulation: Simulation, keys: ReturnType<typeof keysOf>): LegendEntry[] {
  const entries = simulation.jobs.map(({ name }, index) => {
    const key = keys.get(name)?.key ?? ''
    return { text: name, kind: 'run' as const, index, ...(key === '' || key === '*' || key === name ? {} : { key }) }
  })
  const more = entries.length - legendLimit
  if (more <= 0) return entries
  return [...entries.slice(0, legendLimit), { text: `and ${more} more`, kind: 'mixed', index: 0 }]
}

function switchLegend(spans: readonly GanttSpan[]): LegendEntry[] {
  return spans.some((span) => barKind(span) === 'switch') ? [{ text: 'context switch', kind: 'switch', index: 0 }] : []
}

function describe(rows: readonly ChartRow[]): string {
  return rows
    .map(({ label, bars }) => {
      const first = bars.slice(0, descLimit).map(({ hint }) => hint)
      const more = bars.length - first.length
      return `${label}: ${[...first, ...(more > 0 ? [`and ${more} more spans`] : [])].join('; ') || 'idle'}.`
    })
    .join(' ')
}

const stateKinds = { new: 'new', ready: 'ready', running: 'run', blocked: 'blocked', done: 'new' } as const

/**
 * The states of each thread as an SVG document: running fills the row, ready is a lighter bar of less height, blocked a
 * dashed line, waiting for memory (new) a dotted one. Throws as `ganttSvg` does.
 */
export function statesSvg(simulation: Simulation, options: SvgOptions = {}): string {
  return statesPicture(simulation, options).svg
}

/** The same, with the place of its axes. */
export function statesPicture(simulation: Simulation, options: SvgOptions = {}): { svg: string; frame: ChartFrame } {
  const owners = threadOwners(simulation)
  const places = new Map(simulation.jobs.map(({ name }, index) => [name, index]))
  const rows = [...stateSpans(simulation)].map(([thread, spans]) => ({
    label: thread,
    bars: spans.map(({ from, to, state }) => ({
      from,
      to,
      kind: stateKinds[state],
      index: places.get(owners.get(thread) ?? '') ?? 0,
      label: '',
      key: '',
      hint: `${thread} ${state}, ${numberText(from)} to ${numberText(to)}`,
    })),
  }))
  const frame = frameOf('statesSvg', simulation, rows, options)
  const legend: LegendEntry[] = [
    { text: 'running', kind: 'run', index: 0 },
    { text: 'ready', kind: 'ready', index: 0 },
    { text: 'blocked', kind: 'blocked', index: 0 },
    { text: 'new', kind: 'new', index: 0 },
  ]
  const title = options.title ?? `${simulation.system.policy}: the states of each thread`
  return { svg: chartSvg(frame, { rows, legend, title, desc: describe(rows) }, options), frame }
}
