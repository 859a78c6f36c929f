/** What `lanework batch run` prints at the end: a table of the jobs, and policies side by side. Pure. */
import type { JobStatus, RunRecord } from '../../batch/index.ts'
import { mean, table } from '../../schedule/index.ts'
import { bytesText, durationText } from '../operate/figures.ts'
import { policyText, shortened } from './ps-view.ts'
import { cpuMs, cpuText, exitText, nameText, stateText, switchesText, turnaroundMs, waitingMs } from './words.ts'

/** One run of a batch, under one policy. */
export interface FinishedRun {
  readonly label: string
  readonly record: RunRecord
}

/** Figures of a run, times in milliseconds. */
export interface RunFigures {
  readonly policy: string
  readonly jobs: number
  readonly ok: number
  /** From the first submission to the last end. */
  readonly makespanMs: number
  readonly meanTurnaroundMs: number
  readonly meanWaitingMs: number
  /** From submission until it first had a CPU, of those that had one. */
  readonly meanResponseMs: number
  readonly cpuMs: number
  readonly dispatches: number
  readonly preemptions: number
}

export function figuresOf({ label, record }: FinishedRun): RunFigures {
  const { jobs } = record
  const started = jobs.filter(({ startedAt }) => startedAt !== undefined)
  const ends = jobs.map(({ endedAt, submittedAt }) => endedAt ?? submittedAt)
  const sum = (of: (job: JobStatus) => number): number => jobs.reduce((total, job) => total + of(job), 0)
  const average = (numbers: readonly number[]): number => (numbers.length === 0 ? 0 : mean(numbers))
  return {
    policy: label,
    jobs: jobs.length,
    ok: jobs.filter(({ outcome }) => outcome === 'ok').length,
    makespanMs:
      ends.reduce((last, at) => Math.max(last, at), 0) -
      jobs.reduce((first, { submittedAt }) => Math.min(first, submittedAt), Infinity),
    meanTurnaroundMs: average(started.map((job) => turnaroundMs(job, job.endedAt ?? job.submittedAt))),
    meanWaitingMs: average(started.map(waitingMs)),
    meanResponseMs: average(started.map(({ startedAt = 0, submittedAt }) => startedAt - submittedAt)),
    cpuMs: sum((job) => cpuMs(job) ?? 0),
    dispatches: sum(({ dispatches }) => dispatches),
    preemptions: sum(({ preemptions }) => preemptions),
  }
}

/** A line for each job, and the figures of all. */
export function runText(run: FinishedRun, columns: number): string {
  const { record } = run
  const first = record.jobs.reduce((least, { submittedAt }) => Math.min(least, submittedAt), Infinity)
  const heading = ['#', 'job', 'outcome', 'exit', 'start', 'turnaround', 'waiting', 'cpu', 'rss', 'switches', 'slices']
  const rows = record.jobs.map((job) => [
    `${job.id}`,
    shortened(nameText(job), 32),
    stateText(job),
    exitText(job),
    job.startedAt === undefined ? '-' : timeText(job.startedAt - first),
    timeText(turnaroundMs(job, job.endedAt ?? job.submittedAt)),
    timeText(waitingMs(job)),
    cpuText(job),
    job.use === undefined || job.use.peakRssBytes === 0 ? '-' : bytesText(job.use.peakRssBytes),
    switchesText(job),
    `${job.dispatches}`,
  ])
  const lines = table([heading, ...rows])
    .split('\n')
    .map((line) => shortened(line, columns))
  return [...lines, '', sentence(figuresOf(run))].join('\n')
}

function sentence(figures: RunFigures): string {
  const { policy, jobs, ok, makespanMs, meanTurnaroundMs, meanWaitingMs, preemptions } = figures
  const outcome =
    jobs === 1 ? `${ok === 1 ? '' : 'not '}ok` : ok === jobs ? `all ${jobs} jobs ok` : `${ok} of ${jobs} jobs ok`
  const times = `turnaround ${timeText(meanTurnaroundMs)}, waiting ${timeText(meanWaitingMs)} on average`
  return `${policy}: ${outcome} in ${timeText(makespanMs)}; ${times}; ${preemptions} times taken off a CPU`
}

/** One line for each policy. */
export function comparisonText(runs: readonly FinishedRun[]): string {
  const heading = ['policy', 'makespan', 'turnaround', 'waiting', 'response', 'cpu', 'taken off', 'ok']
  const rows = runs.map((run) => {
    const figures = figuresOf(run)
    return [
      figures.policy,
      timeText(figures.makespanMs),
      timeText(figures.meanTurnaroundMs),
      timeText(figures.meanWaitingMs),
      timeText(figures.meanResponseMs),
      durationText(figures.cpuMs),
      `${figures.preemptions}`,
      `${figures.ok} of ${figures.jobs}`,
    ]
  })
  return table([heading, ...rows])
}

/** How a run is called beside others. */
export function labelOf(policy: Parameters<typeof policyText>[0]): string {
  return policyText(policy)
}

/** `12 ms`, `3.42 s`: finer than durations elsewhere, as runs are compared by it. */
function timeText(ms: number): string {
  return ms >= 1_000 && ms < 60_000 ? `${(ms / 1_000).toFixed(2)} s` : durationText(ms)
}
