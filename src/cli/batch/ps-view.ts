/** `lanework batch ps` as text: one line a job, as wide as the terminal. */
import type { BatchStatus, JobStatus } from '../../batch/index.ts'
import { cutText, table, visibleText } from '../../schedule/index.ts'
import { bytesText, durationText } from '../operate/figures.ts'
import { cpuText, forecastText, ioText, memoryText, nameText, stateText, switchesText } from './words.ts'

export interface PsView {
  /** Milliseconds since 1970. */
  readonly now: number
  readonly columns: number
}

/** The jobs, and below how the batch stands. */
export function psText(jobs: readonly JobStatus[], status: BatchStatus, view: PsView): string {
  const lines = jobs.length === 0 ? ['no jobs'] : jobLines(jobs, view)
  return [...lines, '', ...batchLines(status)].join('\n')
}

function jobLines(jobs: readonly JobStatus[], { now, columns }: PsView): string[] {
  const hasForecast = jobs.some(({ forecast }) => forecast !== undefined)
  const heading = [
    '#',
    'name',
    'state',
    'cpu',
    'memory',
    'read/written',
    'switches',
    ...(hasForecast ? ['ends'] : []),
    'why',
  ]
  const rows = jobs.map((job) => [
    `${job.id}`,
    shortened(nameText(job), 24),
    stateText(job),
    cpuText(job),
    memoryText(job),
    ioText(job),
    switchesText(job),
    ...(hasForecast ? [forecastText(job.forecast, now)] : []),
    visibleText(job.why),
  ])
  return table([heading, ...rows])
    .split('\n')
    .map((line) => shortened(line, columns))
}

/** Policy, CPUs, what is free, and what could not be done. */
export function batchLines(status: BatchStatus): string[] {
  const { policy, cpus, memory, resources, counts, troubles } = status
  const free = Object.entries(resources).map(
    ([name, { total, free: left }]) => `${visibleText(name)} ${left} of ${total}`,
  )
  const states = Object.entries(counts).flatMap(([state, count]) => (count === 0 ? [] : [`${count} ${state}`]))
  return [
    `${policyText(policy)} on CPU ${cpus.join(', ')}; ${states.length === 0 ? 'no jobs' : states.join(', ')}`,
    `free: ${[`${bytesText(memory.freeBytes)} of ${bytesText(memory.totalBytes)} memory`, ...free].join(', ')}`,
    ...troubles.map((trouble) => `trouble: ${visibleText(trouble)}`),
  ]
}

/** `rr, quantum 50`. */
export function policyText({ name, options = {} }: BatchStatus['policy']): string {
  const parts = Object.entries(options).map(([option, value]) =>
    typeof value === 'object' ? `${option} ${JSON.stringify(value)}` : `${option} ${String(value)}`,
  )
  return [name, ...parts].join(', ')
}

/** What `start`, `status` and `stop` say of a batch. */
export function statusText(status: BatchStatus): string {
  const { pid, keeperPid, folder, overheadMs, startedAt } = status
  const keeper = keeperPid === undefined ? '' : `, keeper ${keeperPid}`
  const overhead = `scheduling took ${durationText(overheadMs)} CPU in ${durationText(Math.max(0, Date.now() - startedAt))}`
  return [`pid ${pid}${keeper} in ${visibleText(folder)}`, ...batchLines(status), overhead].join('\n')
}

/** Cut to so many columns of a terminal. */
export function shortened(text: string, columns: number): string {
  return cutText(text, columns, '…')
}
