/**
 * The steps of a run as stretches of time: what each job was, from when to when, and where.
 *
 *   steps      ready@0   running@5   ready@105   running@210            ended@260
 *   stretches  |--ready--|--running--|---ready---|------running------|
 */
import type { JobState, RunRecord, Step, StepCause } from '../types.ts'

/** A job in one state. */
export interface Stretch {
  readonly job: number
  /** Instants of the record, in ms. */
  readonly from: number
  readonly to: number
  readonly state: Exclude<JobState, 'ended'>
  /** What brought it into this state. */
  readonly cause: StepCause
  /** Where it runs; none in other states. */
  readonly cpus: readonly number[]
  readonly level: number | undefined
  /** Why the policy took it, in a sentence. */
  readonly why: string | undefined
}

export interface TimelineOptions {
  /** Only what reaches beyond this instant. @default all */
  readonly from?: number | undefined
  /** Until when the states that last are drawn. @default the end of the record */
  readonly to?: number | undefined
}

const nowhere: readonly number[] = []

/**
 * The stretches of each job, by its number, in order of time; jobs in the order of their first step. A job whose first steps were
 * dropped begins with the first that is left. Takes time in proportion to the steps.
 */
export function timelines(record: RunRecord, options: TimelineOptions = {}): Map<number, Stretch[]> {
  const { from = -Infinity, to = record.until } = options
  const open = new Map<number, Step>()
  const lines = new Map<number, Stretch[]>()
  const close = (step: Step, end: number): void => {
    const stop = Math.min(end, to)
    if (step.to === 'ended' || stop <= step.at || stop <= from) return
    const { job, at, to: state, cause, cpus = nowhere, level, why } = step
    const line = lines.get(job)
    const stretch = { job, from: at, to: stop, state, cause, cpus: state === 'running' ? cpus : nowhere, level, why }
    if (line === undefined) lines.set(job, [stretch])
    else line.push(stretch)
  }
  for (const step of record.steps) {
    const before = open.get(step.job)
    if (before !== undefined) close(before, step.at)
    open.set(step.job, step)
  }
  for (const step of open.values()) close(step, to)
  return lines
}

/** What each CPU of the record did, by its number, in order of time. What is in no stretch was idle. */
export function cpuLines(record: RunRecord, lines: ReadonlyMap<number, readonly Stretch[]>): Map<number, Stretch[]> {
  const byCpu = new Map<number, Stretch[]>(record.cpus.map((cpu) => [cpu, []]))
  for (const line of lines.values())
    for (const stretch of line)
      for (const cpu of stretch.cpus) {
        const list = byCpu.get(cpu)
        // A CPU that the batch had before it was given others.
        if (list === undefined) byCpu.set(cpu, [stretch])
        else list.push(stretch)
      }
  for (const list of byCpu.values()) list.sort((a, b) => a.from - b.from)
  return byCpu
}

/** For how many ms of [from, to] these stretches lasted, and were in that state. */
export function timeIn(stretches: readonly Stretch[], state: JobState, from: number, to: number): number {
  let sum = 0
  // From the latest on: what is asked for is mostly the last second.
  for (let index = stretches.length - 1; index >= 0; index--) {
    const stretch = stretches[index]
    if (stretch === undefined || stretch.to <= from) break
    if (stretch.state === state) sum += Math.max(0, Math.min(stretch.to, to) - Math.max(stretch.from, from))
  }
  return sum
}
