/** Tables of what came out: per job, of the machine, who used what for how long, and distributions. */
import { checkChoice } from '../../core/index.ts'
import type { JobResult, Simulation } from '../machine/simulation.ts'
import { histogram } from '../statistics/histogram.ts'
import { percentiles } from '../statistics/summary.ts'
import { wrapped } from './keys.ts'
import { type Drawing, drawingOf, type DrawOptions } from './options.ts'
import { numberText, percentText } from './scale.ts'
import { drawTable } from './table.ts'
import { cutText, padText, textWidth } from './text-width.ts'

export interface ResultsOptions extends DrawOptions {
  /** Jobs that are listed, at most; the rest is counted. @default 100 */
  readonly jobs?: number | undefined
}

const jobColumns: readonly (readonly [string, (job: JobResult, none: string) => string])[] = [
  ['job', ({ name }) => name],
  ['arrival', ({ arrival }) => numberText(arrival)],
  ['start', ({ start }, none) => numberText(start, none)],
  ['finish', ({ finish }, none) => numberText(finish, none)],
  ['turnaround', ({ turnaround }, none) => numberText(turnaround, none)],
  ['waiting', ({ waiting }) => numberText(waiting)],
  ['response', ({ response }, none) => numberText(response, none)],
  ['slowdown', ({ slowdown }, none) => numberText(slowdown, none)],
  ['CPU', ({ cpu }) => numberText(cpu)],
  ['blocked', ({ blocked }) => numberText(blocked)],
  ['switches', ({ switches }) => String(switches)],
]

/** Columns that only appear where they say something. */
const rareColumns: readonly (readonly [string, (job: JobResult) => string, (job: JobResult) => boolean])[] = [
  ['memory wait', (job) => numberText(job.waitedForMemory), (job) => job.waitedForMemory > 0],
  ['deadline', (job) => (job.missedDeadline ? 'missed' : ''), (job) => job.missedDeadline],
  ['end', (job) => job.end, (job) => job.end !== 'done'],
]

/** The per-job table, with the averages below, then the machine's own results. */
export function drawResults(simulation: Simulation, options: ResultsOptions = {}): string {
  const drawing = drawingOf('drawResults', options, ['jobs'])
  const { jobs } = simulation
  const listed = jobs.slice(0, options.jobs ?? 100)
  const rare = rareColumns.filter(([, , says]) => jobs.some(says))
  const { average } = simulation.system
  const means = new Map(Object.entries(average).map(([name, value]) => [name, numberText(value, drawing.signs.none)]))
  const rows = [
    [...jobColumns.map(([name]) => name), ...rare.map(([name]) => name)],
    ...listed.map((job) => [
      ...jobColumns.map(([, cell]) => cell(job, drawing.signs.none)),
      ...rare.map(([, cell]) => cell(job)),
    ]),
    ...(jobs.length > 1
      ? [jobColumns.map(([name], column) => (column === 0 ? 'average' : (means.get(name) ?? '')))]
      : []),
  ]
  const left = jobs.length - listed.length
  return [
    drawTable(rows, drawing),
    ...(left > 0 ? [`and ${left} more jobs`] : []),
    '',
    drawSystem(simulation, baseOptions(options)),
  ].join('\n')
}

function baseOptions({ width, color, unicode }: DrawOptions): DrawOptions {
  return { width, color, unicode }
}

/** The machine's results: how its time was used, throughput, fairness, the longest wait. */
export function drawSystem({ system }: Simulation, options: DrawOptions = {}): string {
  const drawing = drawingOf('drawSystem', options)
  const { signs, show } = drawing
  const time = system.makespan * system.cpus
  const share = (part: number): string => `${numberText(part)} (${percentText(part / time)})`
  const wait = system.longestWait
  const rows = [
    ['policy', system.policy],
    ['makespan', numberText(system.makespan)],
    ['useful', share(system.useful)],
    ['switching', share(system.switching)],
    ['idle', share(system.idle)],
    ['utilization', percentText(system.utilization)],
    ['throughput', `${numberText(system.throughput)} jobs a unit of time`],
    ['switches', `${system.switches}; ${system.preemptions} in the middle of a slice`],
    ['fairness', `${numberText(system.fairness)} (Jain's index of 1/slowdown; 1: all are slowed down alike)`],
    ['longest wait', wait.job === undefined ? signs.none : `${numberText(wait.time)} (${wait.job})`],
  ]
  const lines = rows.map(
    ([label = '', value = '']) =>
      drawing.paint.dim(padText(label, 14)) + cutText(show(value), drawing.width - 14, signs.ellipsis),
  )
  return [...lines, usageBar(simulationShares(system, time), drawing)].join('\n')
}

function simulationShares(system: Simulation['system'], time: number): number[] {
  return time > 0 ? [system.useful / time, system.switching / time] : [0, 0]
}

/** Useful, switching and idle as one bar of the whole width. */
function usageBar([useful = 0, switching = 0]: number[], { width, signs, paint }: Drawing): string {
  const room = Math.min(width, 72)
  const first = Math.round(useful * room)
  const second = Math.min(room - first, Math.round(switching * room))
  return signs.bar.repeat(first) + signs.mixed.repeat(second) + paint.dim(signs.free.repeat(room - first - second))
}

/** Who used which resource for how long: a row for each job, a column for each resource, and sums by owner. */
export function drawAccounts({ accounts }: Simulation, options: DrawOptions = {}): string {
  const drawing = drawingOf('drawAccounts', options)
  const resources = [...new Set(accounts.map(({ resource }) => resource))]
  const bills = (keyOf: (line: (typeof accounts)[number]) => string): string[][] => {
    const sums = new Map<string, Map<string, number>>()
    for (const line of accounts) {
      const sum = sums.get(keyOf(line)) ?? new Map<string, number>()
      sums.set(keyOf(line), sum.set(line.resource, (sum.get(line.resource) ?? 0) + line.used))
    }
    return [...sums].map(([key, sum]) => [key].concat(resources.map((resource) => numberText(sum.get(resource) ?? 0))))
  }
  const owners = bills(({ owner }) => owner)
  const parts = [drawTable([['job', ...resources], ...bills(({ job }) => job)], drawing)]
  if (accounts.length > 0) parts.push(drawTable([['owner', ...resources], ...owners], drawing))
  return parts.join('\n\n')
}

export type Measure = 'turnaround' | 'waiting' | 'response' | 'slowdown'

export interface DistributionOptions extends DrawOptions {
  /** @default 'turnaround' */
  readonly measure?: Measure | undefined
}

/** A histogram of one measure over the jobs, with its quantiles. */
export function drawDistribution({ jobs }: Simulation, options: DistributionOptions = {}): string {
  const drawing = drawingOf('drawDistribution', options, ['measure'])
  const measure = checkChoice('measure', options.measure ?? 'turnaround', [
    'turnaround',
    'waiting',
    'response',
    'slowdown',
  ])
  const values = jobs
    .flatMap((job) => job[measure] ?? [])
    .filter(Number.isFinite)
    .sort((a, b) => a - b)
  const least = values[0]
  const most = values.at(-1)
  if (least === undefined || most === undefined) return `No job has a ${measure}.`
  const count = least === most ? 1 : Math.min(12, Math.max(2, Math.ceil(Math.sqrt(values.length))))
  const bins = histogram(values, { buckets: count })
  const labels = bins.map(({ low, high }) => `${numberText(low)} to ${numberText(high)}`)
  const widest = Math.max(...labels.map(textWidth))
  const room = Math.max(4, drawing.width - widest - 2 - String(values.length).length)
  const highest = Math.max(...bins.map((bin) => bin.count))
  const lines = bins.map(({ count: amount }, bin) => {
    const bar = drawing.signs.bar.repeat(amount === 0 ? 0 : Math.max(1, Math.round((amount / highest) * room)))
    return `${padText(labels[bin] ?? '', widest, 'start')} ${drawing.paint.ink(0)(bar)} ${amount}`
  })
  const shares = [0.5, 0.9, 0.95, 0.99]
  const found = percentiles(values, shares)
  const quantiles = shares.map((share, index) => `p${share * 100} ${numberText(found[index])}`)
  const summary = [...quantiles, `max ${numberText(most)}`].map((text) => ({ width: text.length, text }))
  return [`${measure} of ${values.length} jobs`, ...lines, ...wrapped(summary, drawing.width, 2)].join('\n')
}
