/** The lower part of the live picture: how many jobs are in which state, and a row for each job. */
import { cutText, padText, textWidth } from '../../schedule/index.ts'
import type { JobStatus, RunRecord } from '../types.ts'
import type { Scene } from './live-frame.ts'
import { timeIn } from './timeline.ts'
import { cpuMs, isBad, sizeText, stateOrder, timeText } from './words.ts'

const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Columns of a key. */
export const keyWidth = 1

/** One letter or digit for a job, where its name does not fit; the 63rd job has the first one's again. */
export function keyText(job: number): string {
  return letters[(job - 1) % letters.length] ?? '*'
}

/** `2 running, 3 ready, 5 ended (1 failed)`. */
export function countsText({ jobs }: RunRecord): string {
  if (jobs.length === 0) return 'no jobs yet'
  const bad = jobs.filter(isBad).length
  return stateOrder
    .flatMap((state) => {
      const count = jobs.filter((job) => job.state === state).length
      if (count === 0) return []
      return [`${count} ${state}${state === 'ended' && bad > 0 ? ` (${bad} not ok)` : ''}`]
    })
    .join(', ')
}

/** Of a bar: half as many where the reason would have no room otherwise. */
const [barColumns, wideFrom] = [10, 100]
const lastMs = 1_000
const gap = 2

interface TableColumn {
  readonly title: string
  readonly side: 'start' | 'end'
  /** Columns with the highest number go first where the terminal is narrow. */
  readonly rank: number
  /** So that columns stay where they are while numbers change. */
  readonly least: number
  readonly text: (job: JobStatus, scene: Scene) => string
}

const columns: readonly TableColumn[] = [
  { title: 'no', least: 3, side: 'start', rank: 1, text: ({ id }) => String(id) },
  { title: 'name', least: 8, side: 'end', rank: 0, text: ({ name }) => name },
  { title: 'state', least: 8, side: 'end', rank: 0, text: stateText },
  { title: 'cpu', least: 8, side: 'start', rank: 2, text: (job) => timeText(cpuMs(job)) },
  { title: 'last second', least: 11, side: 'end', rank: 3, text: shareText },
  { title: 'memory', least: 8, side: 'start', rank: 4, text: memoryText },
]
const nameLimit = 24
const whyLeast = 12

function stateText({ state, outcome }: JobStatus): string {
  return state === 'ended' ? (outcome ?? 'ended') : state
}

function shareText(job: JobStatus, { now, lines, drawing, width }: Scene): string {
  const span = Math.min(lastMs, now)
  const share = span <= 0 ? 0 : timeIn(lines.get(job.id) ?? [], 'running', now - span, now) / span
  if (share === 0) return ''
  const most = width < wideFrom ? barColumns / 2 : barColumns
  const cells = share * most
  const full = Math.floor(cells)
  const bar = drawing.signs.bar.repeat(full) + (cells - full >= 0.5 ? drawing.signs.halfBar : '')
  return `${padText(bar, most)} ${String(Math.round(share * 100)).padStart(3)} %`
}

function memoryText({ use, state }: JobStatus): string {
  const bytes = state === 'ended' ? use?.peakRssBytes : use?.rssBytes
  // One that was too short to be looked at has not used nothing.
  return bytes === undefined || bytes === 0 ? '' : sizeText(bytes)
}

/** Those that do something first, then those that wait, then those that ended, the last one first. */
function ordered(jobs: readonly JobStatus[]): JobStatus[] {
  return jobs.toSorted((a, b) => {
    const places = stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state)
    // Running and ready change places too often to be read; a job stays where it is while it is admitted.
    const isActive = (job: JobStatus): boolean => ['running', 'ready', 'blocked'].includes(job.state)
    if (isActive(a) && isActive(b)) return a.id - b.id
    if (places !== 0) return places
    return a.state === 'ended' ? (b.endedAt ?? 0) - (a.endedAt ?? 0) || b.id - a.id : a.id - b.id
  })
}

/** A heading and as many jobs as fit, and how many more there are. */
export function tableLines(scene: Scene, height: number, skip: number): string[] {
  const { record, drawing, width } = scene
  if (height < 2 || record.jobs.length === 0) return []
  const all = ordered(record.jobs)
  const start = Math.min(skip, Math.max(0, all.length - (height - 1)))
  const fits = all.length - start <= height - 1
  const shown = all.slice(start, start + height - (fits ? 1 : 2))
  const cells = shown.map((job) => columns.map((column) => drawing.show(column.text(job, scene))))
  const widths = columns.map(({ least }, index) =>
    Math.min(index === 1 ? nameLimit : Infinity, Math.max(least, ...cells.map((row) => textWidth(row[index] ?? '')))),
  )
  const kept = fitting(widths, width)
  const rows = shown.map((job, row) => rowLine(job, cells[row] ?? [], kept, widths, scene))
  const heading = [
    '   ',
    ...kept.map(
      (index) =>
        padText(columns[index]?.title ?? '', widths[index] ?? 0, columns[index]?.side === 'start' ? 'start' : 'end') +
        ' '.repeat(gap),
    ),
    'why',
  ]
  const more = all.length - start - shown.length
  return [
    drawing.paint.dim(cutText(heading.join(''), width)),
    ...rows,
    ...(more > 0 ? [drawing.paint.dim(cutText(`   and ${more} more`, width))] : []),
  ]
}

/** Which columns fit, with some room for the reason; names and states always. */
function fitting(widths: readonly number[], width: number): number[] {
  let kept = columns.map((_, index) => index)
  for (;;) {
    const used = kept.reduce((sum, index) => sum + (widths[index] ?? 0) + gap, 3)
    const last = kept.toSorted((a, b) => (columns[b]?.rank ?? 0) - (columns[a]?.rank ?? 0))[0]
    if (used + whyLeast <= width || last === undefined || columns[last]?.rank === 0) return kept
    kept = kept.filter((index) => index !== last)
  }
}

function rowLine(
  job: JobStatus,
  cells: readonly string[],
  kept: readonly number[],
  widths: readonly number[],
  { drawing, width }: Scene,
): string {
  const { paint, signs } = drawing
  let room = width - 3
  const parts = kept.map((index) => {
    const text = cutText(cells[index] ?? '', Math.min(room, widths[index] ?? 0), signs.ellipsis)
    const padded = cutText(
      padText(text, widths[index] ?? 0, columns[index]?.side === 'start' ? 'start' : 'end') + ' '.repeat(gap),
      Math.max(0, room),
    )
    room -= textWidth(padded)
    return columns[index]?.title === 'state' ? statePaint(job, drawing)(padded) : padded
  })
  const why = cutText(drawing.show(job.why), Math.max(0, room), signs.ellipsis)
  const key = width < 3 ? ''.padEnd(width) : ` ${paint.block(job.id - 1)(keyText(job.id))} `
  return key + parts.join('') + paint.dim(why)
}

function statePaint(job: JobStatus, { paint }: Scene['drawing']): (text: string) => string {
  if (isBad(job)) return paint.bad
  return job.state === 'running' ? paint.good : (text) => text
}
