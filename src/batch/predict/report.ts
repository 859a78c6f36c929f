/** The report of a run: what was measured beside what the simulator makes of it, as text or as data. */
import { table, visibleText, type PolicyChoice } from '../../schedule/index.ts'
import type { Beside, Prediction, Replay, ReplayedJob } from './replay.ts'

export interface ReportOptions {
  /** Jobs that get a line at most; the others are counted. @default 50 */
  readonly jobs?: number | undefined
}

type Figure = 'makespan' | 'turnaround' | 'waiting'

const figures: readonly (readonly [name: string, figure: Figure])[] = [
  ['makespan', 'makespan'],
  ['mean turnaround', 'turnaround'],
  ['mean waiting', 'waiting'],
]

/**
 * Tables of makespan, mean turnaround and waiting, and of each job's end. The error is that of the prediction: +5 % is too much.
 * Ends are told from the first submission on, and their errors against the job's turnaround. CPU is what its processes used, "on CPU" the
 * time for which it had one. Of jobs that were retried nothing is foretold.
 */
export function drawReport(replay: Replay, { jobs: limit = 50 }: ReportOptions = {}): string {
  const { policy, cpus, measured, replayed, foretold, notes } = replay
  const begin = Math.min(...replayed.jobs.map(({ arrival }) => arrival))
  const foreseen = new Map(foretold?.jobs.filter(({ attempts }) => attempts === 1).map((job) => [job.name, job]))
  const heads = ['measured', 'replayed', 'error', ...(foretold === undefined ? [] : ['foretold', 'error'])]
  const rows = figures.map(([name, figure]) => cellsOf(name, replayed[figure], foretold?.[figure]))
  const jobRows = replayed.jobs
    .slice(0, limit)
    .map((job) => rowOf(job, foretold === undefined ? [] : foretoldCells(foreseen.get(job.name), begin), begin))
  const jobHeads = ['job', 'CPU', 'on CPU', 'blocked', 'waiting', 'end', ...heads.slice(1)]
  const more = replayed.jobs.length - jobRows.length
  return [
    `${choiceText(policy)} on ${cpus} CPU${cpus === 1 ? '' : 's'}; measured under ${measured.system.policy || 'no policy'} on ${measured.system.cpus}`,
    '',
    table([['', ...heads], ...rows], numbers(heads.length)),
    '',
    table([jobHeads, ...jobRows], numbers(jobHeads.length - 1)),
    ...(more > 0 ? [`and ${more} more`] : []),
    ...(notes.length > 0 ? ['', ...notes] : []),
  ].join('\n')
}

/** `rr (quantum 100)` */
export function choiceText({ name, options = {} }: PolicyChoice): string {
  const given = Object.entries(options).map(([option, value]) => `${option} ${textOf(value)}`)
  return given.length === 0 ? name : `${name} (${given.join(', ')})`
}

function textOf(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function rowOf(job: ReplayedJob, foretold: readonly string[], begin: number): string[] {
  const { name, cpuMs, onCpuMs, blockedMs, waiting, finish, turnaround } = job
  return [
    visibleText(name),
    cpuMs === undefined ? '-' : seconds(cpuMs),
    seconds(onCpuMs),
    seconds(blockedMs),
    seconds(waiting.measured),
    seconds(finish.measured - begin),
    seconds(finish.predicted - begin),
    percent(turnaround.error),
    ...foretold,
  ]
}

function foretoldCells(job: ReplayedJob | undefined, begin: number): string[] {
  return job === undefined ? ['-', '-'] : [seconds(job.finish.predicted - begin), percent(job.turnaround.error)]
}

function cellsOf(name: string, { measured, predicted, error }: Beside, foretold: Beside | undefined): string[] {
  const before = foretold === undefined ? [] : [seconds(foretold.predicted), percent(foretold.error)]
  return [name, seconds(measured), seconds(predicted), percent(error), ...before]
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}

function percent(fraction: number): string {
  if (Number.isNaN(fraction)) return '-'
  const text = (100 * fraction).toFixed(1)
  // What rounds to nothing has no sign to tell.
  return text === '-0.0' ? '+0.0 %' : `${fraction < 0 ? '' : '+'}${text} %`
}

/** Figures without the steps behind them; times in ms, errors as fractions, null where nothing was measured. */
export interface ReportJson {
  readonly policy: PolicyChoice
  readonly cpus: number
  readonly measuredPolicy: string
  readonly replayed: Omit<Prediction, 'simulation'>
  readonly foretold: Omit<Prediction, 'simulation'> | undefined
  readonly notes: readonly string[]
}

/** The report as data for JSON. */
export function reportJson({ policy, cpus, measured, replayed, foretold, notes }: Replay): ReportJson {
  return {
    policy,
    cpus,
    measuredPolicy: measured.system.policy,
    replayed: withoutSteps(replayed),
    foretold: foretold === undefined ? undefined : withoutSteps(foretold),
    notes,
  }
}

function withoutSteps({ jobs, makespan, turnaround, waiting }: Prediction): Omit<Prediction, 'simulation'> {
  return { jobs, makespan, turnaround, waiting }
}
