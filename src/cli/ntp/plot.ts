/**
 * The offset of the system's clock over time, as lines of text: pure. Letters are samples of the servers, the line is the clock
 * that was made of them, dots are its bounds.
 *
 *    +120 us ┤ b
 *            │a  ────────────
 *    -20 us  ┤·
 *            └┬──────────────
 *             0 s        60 s
 */
import type { SeenClock, SeenSample } from './history.ts'
import { signedText } from './view.ts'

export interface PlotOptions {
  readonly columns: number
  readonly rows: number
  /** Servers in the order of their letters. */
  readonly servers: readonly string[]
}

const labelColumns = 11
/** A plot of a clock that is right shows at least this much, seconds. */
const leastSpan = 1e-6
const [least, axisRows] = [3, 2]

/** Exactly `rows` lines of at most `columns` characters; empty where there is no room, or nothing yet. */
export function plotLines(
  samples: readonly SeenSample[],
  clock: readonly SeenClock[],
  { columns, rows, servers }: PlotOptions,
): string[] {
  const [width, height] = [columns - labelColumns - 1, rows - axisRows]
  if (width < 8 || height < least || samples.length + clock.length === 0) return []
  const offsets = [...samples, ...clock].map(({ offset }) => offset)
  const [low, high] = roomAround(Math.min(...offsets), Math.max(...offsets))
  const times = [...samples, ...clock].map(({ at }) => at)
  const [from, to] = [Math.min(...times), Math.max(...times)]
  const cells = Array.from({ length: height }, () => Array.from<string>({ length: width }).fill(' '))
  const put = (at: number, offset: number, sign: string): void => {
    const column = Math.round(((at - from) / Math.max(to - from, 1e-9)) * (width - 1))
    const row = Math.round(((high - offset) / (high - low)) * (height - 1))
    const line = cells[row]
    if (line !== undefined && (sign !== '·' || line[column] === ' ')) line[column] = sign
  }
  for (const { at, offset, bound } of clock) {
    put(at, offset + bound, '·')
    put(at, offset - bound, '·')
  }
  for (const { at, offset } of clock) put(at, offset, '─')
  for (const { at, offset, server, taken } of samples) put(at, offset, taken ? letterOf(server, servers) : '?')
  const labels = new Map([
    [0, signedText(high)],
    [height - 1, signedText(low)],
    [(height - 1) >> 1, signedText(high - ((height - 1) >> 1) * ((high - low) / (height - 1)))],
  ])
  const body = cells.map((line, row) => {
    const label = labels.get(row)
    return `${(label ?? '').padStart(labelColumns - 1)} ${label === undefined ? '│' : '┤'}${line.join('')}`.trimEnd()
  })
  const [first, last] = [`${Math.round(from)} s`, `${Math.round(to)} s`]
  return [
    ...body,
    `${' '.repeat(labelColumns)}└${'─'.repeat(width)}`,
    `${' '.repeat(labelColumns + 1)}${first}${last.padStart(width - first.length)}`,
  ]
}

/** a to z for the first 26, then + for all others. */
export function letterOf(server: string, servers: readonly string[]): string {
  const index = servers.indexOf(server)
  return index < 26 ? String.fromCharCode(97 + Math.max(0, index)) : '+'
}

function roomAround(low: number, high: number): [number, number] {
  const room = Math.max((high - low) * 0.05, leastSpan / 2)
  return [low - room, high + room]
}
