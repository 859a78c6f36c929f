/**
 * One picture of a running batch, as lines for a terminal: who has which CPU during the last seconds, and below a row for each
 * job. Pure, so that every size and state can be looked at by a test.
 *
 *   rr, quantum 100 ms · CPUs 0, 1 · 12.4 s · busy 97 %
 *   2 running, 3 ready, 1 blocked, 4 ended
 *   CPU 0  A━━━━━B━━━━A━━━━━C━━━━
 *          ┬──────────┬──────────
 *          10 s       11 s
 *      no  name     state      cpu  last second     memory  why
 *    A  1  build    running  4.1 s  █████     52 %  81 MiB  the next one of the queue
 */
import {
  columnsOf,
  cutText,
  drawingOf,
  type Drawing,
  numberText,
  padText,
  runsOf,
  textWidth,
  ticksBetween,
} from '../../schedule/index.ts'
import type { RunRecord } from '../types.ts'
import { countsText, keyText, keyWidth, tableLines } from './live-table.ts'
import { cpuLines, timeIn, timelines, type Stretch } from './timeline.ts'
import { policyText, timeText } from './words.ts'

export interface LiveOptions {
  /** Columns and rows of the terminal; what does not fit is left out and counted. */
  readonly width: number
  readonly height: number
  /** The instant at the right edge, in ms of the record. @default the end of the record */
  readonly now?: number | undefined
  /** @default false */
  readonly color?: boolean | undefined
  /** @default 'unicode' */
  readonly charset?: 'unicode' | 'ascii' | undefined
  /** How much of the past the chart shows, in ms. @default so much that slices can be told apart, 1 s to 10 min */
  readonly windowMs?: number | undefined
  /** Rows of the table that are left out at its top, for scrolling. @default 0 */
  readonly skip?: number | undefined
  /** Last line, for keys. @default none */
  readonly footer?: string | undefined
}

/** What the parts of a picture are made from. */
export interface Scene {
  readonly record: RunRecord
  readonly now: number
  readonly drawing: Drawing
  readonly width: number
  readonly lines: ReadonlyMap<number, readonly Stretch[]>
}

const lastMs = 1_000
const labelLimit = 8
const cpuRowsLeast = 4

/** At most `height` lines of at most `width` columns, escape sequences apart. */
export function liveFrame(record: RunRecord, options: LiveOptions): string[] {
  const { width, height, color = false, charset = 'unicode', skip = 0, footer } = options
  if (height < 1 || width < 1) return []
  const now = Math.max(0, options.now ?? record.until)
  const drawing = drawingOf('liveFrame', {
    width: Math.min(10_000, Math.max(1, width)),
    color,
    unicode: charset !== 'ascii',
  })
  const windowMs = options.windowMs ?? fittingWindow(record, now, width)
  const from = now - Math.max(windowMs, lastMs)
  const scene: Scene = { record, now, drawing, width, lines: timelines(record, { from, to: now }) }
  const head = headLines(scene)
  const chart = chartLines(scene, now - windowMs, height - head.length)
  const last = footer === undefined || height < 4 ? [] : [drawing.paint.dim(cutText(drawing.show(footer), width))]
  const room = height - head.length - chart.length - last.length
  return [...head, ...chart, ...tableLines(scene, room, skip), ...last].slice(0, height)
}

function headLines(scene: Scene): string[] {
  const { record, now, drawing, width } = scene
  const choice = record.policies.findLast(({ at }) => at <= now)?.choice ?? record.policies.at(-1)?.choice
  const cpus = record.cpus.length === 1 ? `CPU ${record.cpus[0]}` : `CPUs ${cpuRanges(record.cpus)}`
  const parts = [choice === undefined ? '' : policyText(choice), cpus, timeText(now), `busy ${busyText(scene)}`]
  const dot = drawing.signs.line === '=' ? ' | ' : ' · '
  const first = cutText(drawing.show(parts.filter((part) => part !== '').join(dot)), width, drawing.signs.ellipsis)
  return [drawing.paint.bold(first), cutText(countsText(record), width, drawing.signs.ellipsis)]
}

/** `0-3, 6`. */
function cpuRanges(cpus: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const cpu of cpus.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === cpu - 1) last[1] = cpu
    else ranges.push([cpu, cpu])
  }
  return ranges.map(([low, high]) => (low === high ? `${low}` : `${low}-${high}`)).join(', ')
}

/** Share of the CPUs' time in the last second that jobs had. */
function busyText({ record, now, lines }: Scene): string {
  const span = Math.min(lastMs, now)
  if (span <= 0 || record.cpus.length === 0) return '0 %'
  let busy = 0
  for (const stretches of lines.values())
    for (const cpu of record.cpus)
      busy += timeIn(
        stretches.filter(({ cpus }) => cpus.includes(cpu)),
        'running',
        now - span,
        now,
      )
  return `${Math.round((busy / (span * record.cpus.length)) * 100)} %`
}

/** Windows that people read at a glance, in seconds. */
const windows = [1, 2, 5, 10, 20, 30, 60, 120, 300, 600]
const columnsPerSlice = 3
const looksBack = 400

/** So much of the past that a slice in the middle of all gets a few columns. */
function fittingWindow({ steps }: RunRecord, now: number, width: number): number {
  const since = new Map<number, number>()
  const slices: number[] = []
  for (const { job, to, at } of steps.slice(-looksBack)) {
    const start = since.get(job)
    if (start !== undefined) slices.push(at - start)
    if (to === 'running') since.set(job, at)
    else since.delete(job)
  }
  for (const start of since.values()) slices.push(now - start)
  const middle = slices.toSorted((a, b) => a - b)[Math.floor(slices.length / 2)] ?? 10_000
  const wanted = (middle * Math.max(8, width - labelLimit)) / columnsPerSlice / 1_000
  return (windows.findLast((seconds) => seconds <= wanted) ?? 1) * 1_000
}

/** The chart with its axis; with little room only the first CPUs, or nothing. */
function chartLines(scene: Scene, from: number, height: number): string[] {
  const { drawing, width, now, record } = scene
  const rows = [...cpuLines(record, scene.lines)]
  // Half of the room at most belongs to CPUs; the rest to jobs.
  const most = Math.max(Math.min(cpuRowsLeast, height - 2), Math.floor(height / 2) - 2)
  const shown = rows.slice(0, Math.max(0, most))
  const count = width - labelLimit
  if (shown.length === 0 || count < 8 || height < 4) return []
  const more = rows.length - shown.length
  const place = { from, to: now, count }
  return [
    ...shown.map(([cpu, stretches], index) => {
      const label = index === shown.length - 1 && more > 0 ? `CPU ${cpu} +` : `CPU ${cpu}`
      return cutText(label, labelLimit - 1).padEnd(labelLimit) + cpuText(stretches, place, scene)
    }),
    ...axis(place, drawing),
  ]
}

interface Place {
  readonly from: number
  readonly to: number
  readonly count: number
}

function cpuText(stretches: readonly Stretch[], place: Place, { drawing, record }: Scene): string {
  const { signs, paint } = drawing
  const names = new Map(record.jobs.map(({ id, name }) => [id, name]))
  // Before the batch began there is nothing, not idle time.
  const step = (place.to - place.from) / place.count
  return runsOf(columnsOf(stretches, place, (a, b) => a.job === b.job))
    .map(({ column: { span, mixed }, start, length }) => {
      if (mixed) return paint.dim(signs.mixed.repeat(length))
      if (span === undefined) {
        const before = Math.min(length, Math.max(0, Math.ceil(-place.from / step) - start))
        return ' '.repeat(before) + paint.dim(signs.idle.repeat(length - before))
      }
      const name = drawing.show(names.get(span.job) ?? `job ${span.job}`)
      return paint.block(span.job - 1)(barText(name, span.job, length, drawing))
    })
    .join('')
}

/** The name where it fits, else the key that the table explains. */
function barText(name: string, job: number, length: number, drawing: Drawing): string {
  const filler = drawing.color ? ' ' : drawing.signs.line
  if (length > keyWidth && textWidth(name) <= length) return padText(name, length, 'end', filler)
  const key = keyText(job)
  return cutText(key + filler.repeat(Math.max(0, length - key.length)), length)
}

/** The axis and its ticks, in seconds of the run. */
function axis({ from, to, count }: Place, drawing: Drawing): string[] {
  const line = Array.from({ length: count }, () => drawing.signs.axis)
  let numbers = ''
  for (const tick of ticksBetween(Math.max(0, from) / 1_000, to / 1_000, Math.max(2, Math.floor(count / 12)))) {
    const column = Math.min(count - 1, Math.round(((tick * 1_000 - from) / (to - from)) * count))
    const text = `${numberText(tick)} s`
    if (column < 0) continue
    line[column] = drawing.signs.tick
    const start = Math.min(column, count - text.length)
    if (start > numbers.length || numbers === '') numbers = numbers.padEnd(start) + text
  }
  const margin = ' '.repeat(labelLimit)
  return [drawing.paint.dim(margin + line.join('')), drawing.paint.dim(margin + cutText(numbers, count))]
}
