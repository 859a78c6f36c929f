/** One picture of `lanework top`, as lines that fit the terminal: pure, so that every size and state can be looked at by a test. */
import { visibleText } from '../../schedule/index.ts'
import type { LaneStatus, ListenerStatus, ServerStatus } from '../../server/index.ts'
import { bytesText, countText, dropCount, durationText, microsText } from './figures.ts'
import { causesText, laneRate, listenerRate, stateText, titleOf, type Look } from './status-view.ts'

export const sortColumns = ['lane', 'state', 'msg/s', 'conns', 'memory', 'lag', 'restarts'] as const
export type SortColumn = (typeof sortColumns)[number]

export interface FrameOptions {
  readonly columns: number
  readonly rows: number
  readonly color: boolean
  readonly sort: SortColumn
  readonly descending: boolean
  /** Messages a second of each server at the last looks, the latest last. */
  readonly history: readonly (readonly number[])[]
}

interface Line {
  readonly text: string
  readonly style?: 'title' | 'heading' | 'bad' | 'dim'
}

const styles = { title: '1', heading: '7', bad: '31', dim: '2' } as const

/** At most `rows` lines of at most `columns` characters, escape sequences apart. */
export function topFrame(look: Look, options: FrameOptions): string[] {
  const { columns, rows } = options
  const lines = look.now.servers.flatMap((server, index) => serverLines(look, server, index, options))
  const shown = lines.slice(0, Math.max(0, rows - 1))
  const hidden = lines.length - shown.length
  const more = hidden > 0 ? `; ${hidden} lines more in a larger window` : ''
  const keys = { text: `q quits, left and right sort (${options.sort}), r reverses${more}`, style: 'dim' } as const
  return [...shown, keys].map((line) => styled(line, columns, options.color))
}

function serverLines(look: Look, server: ServerStatus, index: number, options: FrameOptions): Line[] {
  const rates = options.history[index] ?? []
  const { latency } = server
  const rate = rates.at(-1)
  const now = `${rate === undefined ? '?' : countText(rate)} msg/s`
  const quantiles = `p50 ${microsText(latency.p50Us)}  p99 ${microsText(latency.p99Us)}  p99.9 ${microsText(latency.p999Us)}`
  const figures = latency.count === 0 ? now : `${now.padEnd(12)}  ${quantiles}`
  const room = Math.max(0, Math.min(60, options.columns - figures.length - 2))
  return [
    ...(index === 0 ? [] : [{ text: '' }]),
    { text: titleOf(server), style: 'title' },
    { text: `${figures}  ${sparkline(rates.slice(-room))}` },
    { text: laneHeading(options), style: 'heading' },
    ...sorted(look, server, options).map((lane): Line => laneLine(look, server, lane)),
    { text: listenerHeading(options), style: 'heading' },
    ...server.listeners.map((listener): Line => listenerLine(look, server, listener, options)),
  ]
}

const bars = '▁▂▃▄▅▆▇█'

/** The values as bars, the highest of them the highest bar. */
export function sparkline(values: readonly number[]): string {
  const most = Math.max(0, ...values)
  return values
    .map((value) => bars[most === 0 ? 0 : Math.min(7, Math.ceil((value / most) * 8 - 1))] ?? bars[0])
    .map((bar) => bar ?? '')
    .join('')
}

const laneColumns: readonly (readonly [name: string, width: number])[] = [
  ['lane', 4],
  ['state', -15],
  ['pid', 7],
  ['gen', 4],
  ['restarts', 8],
  ['conns', 6],
  ['msg/s', 6],
  ['memory', 9],
  ['lag', 7],
]

function laneHeading({ sort, descending }: FrameOptions): string {
  const mark = descending ? '▼' : '▲'
  return cells(
    laneColumns,
    laneColumns.map(([name]) => (name === sort ? `${mark}${name}` : name)),
  )
}

function laneLine(look: Look, server: ServerStatus, lane: LaneStatus): Line {
  const rate = laneRate(look, server, lane)
  const text = cells(laneColumns, [
    String(lane.id),
    stateText(lane),
    String(lane.pid),
    String(lane.generation),
    countText(lane.restarts),
    countText(lane.connections),
    rate === undefined ? '?' : countText(rate),
    bytesText(lane.memoryBytes),
    durationText(lane.lagMs),
  ])
  return lane.state === 'blocked' || lane.state === 'dead' || lane.overloaded ? { text, style: 'bad' } : { text }
}

/** What is left for the causes of drops, at least. */
const causesWidth = 20

function listenerColumns({ columns }: FrameOptions): readonly (readonly [name: string, width: number])[] {
  const counts = [
    ['spread', -11],
    ['conns', 6],
    ['msg/s', 6],
    ['drop/s', 6],
  ] as const
  const others = counts.reduce((sum, [, width]) => sum + Math.abs(width) + 1, 0)
  return [['listener', -Math.min(60, Math.max(16, columns - others - causesWidth - 2))], ...counts]
}

function listenerHeading(options: FrameOptions): string {
  const columns = listenerColumns(options)
  return `${cells(
    columns,
    columns.map(([name]) => name),
  )}  dropped`
}

function listenerLine(look: Look, server: ServerStatus, listener: ListenerStatus, options: FrameOptions): Line {
  const columns = listenerColumns(options)
  const messages = listenerRate(look, server, listener, ({ counters }) => counters['messages'] ?? 0)
  const drops = listenerRate(look, server, listener, dropCount)
  const text = cells(columns, [
    withEnd(visibleText(listener.address), Math.abs(columns[0]?.[1] ?? 0)),
    visibleText(listener.spread),
    countText(listener.connections),
    messages === undefined ? '?' : countText(messages),
    drops === undefined ? '?' : countText(drops),
  ])
  const line = `${text}  ${causesText(listener)}`
  return drops !== undefined && drops > 0 ? { text: line, style: 'bad' } : { text: line }
}

/** A port or a file's name stands at the end of an address: what is too long is cut out before it. */
function withEnd(text: string, width: number): string {
  if (text.length <= width) return text
  const start = text.slice(0, text.indexOf(':') + 1).slice(0, Math.max(0, width - 1))
  return `${start}…${text.slice(text.length - (width - start.length - 1))}`
}

function sorted(look: Look, server: ServerStatus, { sort, descending }: FrameOptions): LaneStatus[] {
  const value = (lane: LaneStatus): number | string => {
    if (sort === 'state') return lane.state
    if (sort === 'msg/s') return laneRate(look, server, lane) ?? 0
    if (sort === 'conns') return lane.connections
    if (sort === 'memory') return lane.memoryBytes ?? 0
    if (sort === 'lag') return lane.lagMs
    return sort === 'restarts' ? lane.restarts : lane.id
  }
  const sign = descending ? -1 : 1
  return [...server.lanes].sort((a, b) => {
    const [left, right] = [value(a), value(b)]
    return left === right ? a.id - b.id : sign * (left < right ? -1 : 1)
  })
}

/** Right-aligned cells; a negative width is for text, aligned left and cut where it is too long. */
function cells(columns: readonly (readonly [string, number])[], values: readonly string[]): string {
  return columns
    .map(([, width], index) => {
      const value = values[index] ?? ''
      return width < 0 ? value.slice(0, -width).padEnd(-width) : value.padStart(width)
    })
    .join(' ')
}

function styled({ text, style }: Line, columns: number, color: boolean): string {
  // By characters: names in other scripts than ours are cut a little early or late, never into an escape sequence.
  const cut = [...text].slice(0, columns).join('')
  if (style === undefined || !color) return cut.trimEnd()
  return `\u001b[${styles[style]}m${style === 'heading' ? cut.padEnd(columns) : cut}\u001b[0m`
}
