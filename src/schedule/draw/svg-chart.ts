/**
 * A chart over time as SVG: rows with bars, an axis with grid lines, a legend. Gantt chart and state timelines are made of
 * it; a row with more bars than it has pixels is drawn in columns of one pixel, so that the picture stays small.
 */
import { checkChoice, checkKnownKeys } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { Simulation } from '../machine/simulation.ts'
import { columnsOf, runsOf } from './columns.ts'
import { jobColor } from './palette.ts'
import { numberText, ticksBetween } from './scale.ts'
import { type Theme, themeStyle } from './svg-theme.ts'
import { cutText, textWidth, visibleText } from './text-width.ts'
import { px, xmlText } from './xml.ts'

export interface SvgOptions {
  /** Width in pixels, 240 or more. @default 960 */
  readonly width?: number | undefined
  /** Colours: of the reader's preference, or always these. @default 'auto' */
  readonly theme?: Theme | undefined
  /** Title, for the head of the picture and for screen readers. @default the policy's name */
  readonly title?: string | undefined
  /** First and last instant. @default 0 and the makespan */
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Unique on its page: prefix of the ids in the picture. @default 'chart' */
  readonly id?: string | undefined
  /** False leaves out head, ground and style element, for a page that has its own. @default true */
  readonly standalone?: boolean | undefined
  /** Bars at most, over all rows: where there are more, several go into columns that are as wide as it takes. @default no limit */
  readonly bars?: number | undefined
}

/** How a bar looks: full height, half, a line; hatched. */
export type BarKind = 'run' | 'io' | 'ready' | 'blocked' | 'new' | 'switch' | 'mixed'

export interface Bar {
  readonly from: number
  readonly to: number
  readonly kind: BarKind
  /** The job's number, for its colour. */
  readonly index: number
  /** Written into the bar where it fits, else `key`, else nothing. */
  readonly label: string
  readonly key: string
  /** What a pointer over the bar says. */
  readonly hint: string
}

export interface ChartRow {
  readonly label: string
  readonly bars: readonly Bar[]
}

/** Where things are: for a page that puts a playhead over the chart. */
export interface ChartFrame {
  readonly width: number
  readonly height: number
  readonly left: number
  readonly right: number
  readonly top: number
  readonly bottom: number
  readonly from: number
  readonly to: number
}

export interface LegendEntry {
  readonly text: string
  /** Written on the sign. */
  readonly key?: string
  readonly kind: BarKind
  readonly index: number
}

export interface ChartContent {
  readonly rows: readonly ChartRow[]
  readonly legend: readonly LegendEntry[]
  readonly title: string
  readonly desc: string
}

const rowHeight = 30
const rowGap = 8
const letterWidth = 7.4
const labelLimit = 130
const known = ['width', 'theme', 'title', 'from', 'to', 'id', 'standalone', 'bars']

/** Checks the options and places the chart. Throws OPTION_INVALID. */
export function frameOf(
  name: string,
  simulation: Simulation,
  rows: readonly ChartRow[],
  options: SvgOptions,
): ChartFrame {
  checkKnownKeys(name, options, known)
  const { width = 960, theme = 'auto', standalone = true, id = 'chart' } = options
  if (!(Number.isFinite(width) && width >= 240 && width <= 20_000)) throw invalid('width', '240 to 20000', width)
  checkChoice('theme', theme, ['auto', 'light', 'dark'])
  if (options.bars !== undefined && !(options.bars >= 1)) throw invalid('bars', '1 or more', options.bars)
  if (!/^[A-Za-z][\w-]*$/.test(id)) throw invalid('id', 'a letter, then letters, digits, - and _', id)
  const from = options.from ?? 0
  const to = options.to ?? simulation.system.makespan
  for (const [option, value] of Object.entries({ from, to }))
    if (!Number.isFinite(value)) throw invalid(option, 'a finite number', value)
  if (to < from) throw invalid('to', `${from} (from) or more`, to)
  const widest = Math.max(24, ...rows.map(({ label }) => textWidth(visibleText(label)) * letterWidth))
  const side = standalone ? 20 : 0
  const top = standalone ? 48 : 4
  const bottom = top + rows.length * (rowHeight + rowGap)
  return {
    width,
    height: bottom + 28,
    left: side + Math.min(widest, labelLimit, width / 4) + 12,
    right: width - Math.max(side, 10),
    top,
    bottom,
    from,
    to: to === from ? from + 1 : to,
  }
}

/** Draws rows of bars into a frame. */
export function chartSvg(frame: ChartFrame, content: ChartContent, options: SvgOptions): string {
  const { id = 'chart', theme = 'auto', standalone = true } = options
  const legend = standalone ? legendSvg(content.legend, frame, id) : { svg: '', height: 0 }
  const height = frame.height + legend.height + (standalone ? 14 : 0)
  const size = `viewBox="0 0 ${px(frame.width)} ${px(height)}" width="${px(frame.width)}" height="${px(height)}"`
  const most = Math.max(2, Math.floor((options.bars ?? Infinity) / Math.max(1, content.rows.length)))
  const rows = content.rows.map((row, index) => rowSvg(row, frame.top + index * (rowHeight + rowGap), frame, id, most))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" ${size} role="img" class="lanework-${theme}" aria-labelledby="${id}-title ${id}-desc">`,
    `<title id="${id}-title">${xmlText(content.title)}</title><desc id="${id}-desc">${xmlText(content.desc)}</desc>`,
    standalone ? `<style>${themeStyle(theme)}</style>` : '',
    `<defs><pattern id="${id}-hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">` +
      '<rect class="hatched" width="6" height="6"/><path class="hatch" d="M1.5 0V6" stroke-width="1.5"/></pattern>' +
      `<pattern id="${id}-mixed" width="5" height="5" patternUnits="userSpaceOnUse">` +
      '<rect class="hatched" width="5" height="5"/><path class="hatch" d="M0 1H2M3 3.5H5" stroke-width="1.2"/></pattern></defs>',
    standalone
      ? `<rect class="ground" width="${px(frame.width)}" height="${px(height)}" rx="10"/>` +
        `<text class="text head" x="20" y="30">${xmlText(cutText(visibleText(content.title), Math.floor((frame.width - 40) / 8.4), '…'))}</text>`
      : '',
    gridSvg(frame),
    ...rows,
    legend.svg,
    '</svg>',
  ]
    .filter((part) => part !== '')
    .join('\n')
}

/** The horizontal place of a time. */
export function xOf(time: number, { from, to, left, right }: ChartFrame): number {
  return left + ((Math.min(to, Math.max(from, time)) - from) / (to - from)) * (right - left)
}

function gridSvg(frame: ChartFrame): string {
  const most = Math.max(2, Math.floor((frame.right - frame.left) / 64))
  return ticksBetween(frame.from, frame.to, most)
    .map((tick) => {
      const x = px(xOf(tick, frame))
      return (
        `<path class="grid" d="M${x} ${px(frame.top - 4)}V${px(frame.bottom)}"/>` +
        `<text class="soft num mid" x="${x}" y="${px(frame.bottom + 16)}">${numberText(tick)}</text>`
      )
    })
    .join('')
}

function rowSvg(row: ChartRow, y: number, frame: ChartFrame, id: string, most: number): string {
  const { left, right } = frame
  const pixels = Math.floor(right - left)
  const columns = Math.min(pixels, most)
  const bars = row.bars.length > Math.min(pixels / 2, most) ? inColumns(row.bars, frame, columns) : row.bars
  const label = cutText(visibleText(row.label), Math.max(3, Math.floor((left - 10) / letterWidth)), '…')
  return [
    `<g><text class="text end" x="${px(left - 10)}" y="${px(y + rowHeight / 2 + 4.5)}">${xmlText(label)}</text>`,
    `<rect class="track" x="${px(left)}" y="${px(y)}" width="${px(right - left)}" height="${rowHeight}" rx="4"/>`,
    ...bars.map((bar) => barSvg(bar, y, frame, id)),
    '</g>',
  ].join('')
}

/** Bars as columns of a pixel, and columns that show the same joined again. */
function inColumns(bars: readonly Bar[], frame: ChartFrame, count: number): Bar[] {
  const columns = columnsOf(bars, { ...frame, count }, (a, b) => a.index === b.index && a.kind === b.kind)
  const timeAt = (column: number): number => frame.from + ((frame.to - frame.from) * column) / count
  return runsOf(columns).flatMap(({ column, start, length }) => {
    if (column.span === undefined) return []
    const place = { from: timeAt(start), to: timeAt(start + length) }
    if (!column.mixed) return [{ ...column.span, ...place }]
    return [{ ...column.span, ...place, kind: 'mixed' as const, label: '', key: '', hint: 'several' }]
  })
}

function barSvg(bar: Bar, y: number, frame: ChartFrame, id: string): string {
  if (bar.to <= frame.from || bar.from >= frame.to) return ''
  const x = xOf(bar.from, frame)
  const width = xOf(bar.to, frame) - x
  const hint = bar.hint === '' ? '' : `<title>${xmlText(bar.hint)}</title>`
  return `<g>${hint}${shapeSvg(bar, x, y, width, rowHeight, id)}${labelSvg(bar, x, y, width)}</g>`
}

function shapeSvg(
  { kind, index }: Bar | LegendEntry,
  x: number,
  y: number,
  width: number,
  height: number,
  id: string,
): string {
  const color = jobColor(index)
  const middle = px(y + height / 2)
  const box = (top: number, high: number, look: string): string =>
    `<rect x="${px(x)}" y="${px(top)}" width="${px(width)}" height="${px(high)}" rx="${px(Math.min(3, width / 3))}" ${look}/>`
  switch (kind) {
    case 'run':
    case 'io':
      return box(y, height, `${width > 4 ? 'class="edge" ' : ''}fill="${color.fill}"`)
    case 'ready':
      return box(
        y + height * 0.3,
        height * 0.4,
        `fill="${color.fill}" fill-opacity="0.55" stroke="${color.edge}" stroke-opacity="0.6"`,
      )
    case 'blocked': {
      const line = `d="M${px(x)} ${middle}h${px(width)}" stroke-dasharray="5 4"`
      return `<path ${line} stroke="${color.edge}" stroke-width="4"/><path ${line} stroke="${color.fill}" stroke-width="2"/>`
    }
    case 'new':
      return `<path class="wait" d="M${px(x)} ${middle}h${px(width)}" stroke-width="1.5" stroke-dasharray="1 4"/>`
    case 'switch':
      return box(y, height, `fill="url(#${id}-hatch)"`)
    case 'mixed':
      return box(y, height, `fill="url(#${id}-mixed)"`)
  }
}

function labelSvg({ kind, label, key }: Bar, x: number, y: number, width: number): string {
  if (kind !== 'run' && kind !== 'io') return ''
  const text = [label, key].find((one) => one !== '' && textWidth(visibleText(one)) * letterWidth + 6 <= width)
  if (text === undefined) return ''
  return `<text class="ink mid" x="${px(x + width / 2)}" y="${px(y + rowHeight / 2 + 4.5)}">${xmlText(text)}</text>`
}

function legendSvg(entries: readonly LegendEntry[], frame: ChartFrame, id: string): { svg: string; height: number } {
  let x = 20
  let y = frame.height + 6
  const parts = entries.map((entry) => {
    const text = cutText(visibleText(entry.text), 28, '…')
    const width = 26 + textWidth(visibleText(text)) * letterWidth
    if (x + width > frame.width - 20 && x > 20) {
      x = 20
      y += 24
    }
    const svg =
      shapeSvg(entry, x, y, 18, 14, id) +
      (entry.key === undefined
        ? ''
        : `<text class="ink num mid" x="${px(x + 9)}" y="${px(y + 11)}">${xmlText(entry.key)}</text>`) +
      `<text class="soft" x="${px(x + 24)}" y="${px(y + 11.5)}">${xmlText(text)}</text>`
    x += width + 14
    return svg
  })
  return { svg: parts.join(''), height: entries.length === 0 ? 0 : y + 18 - frame.height }
}
