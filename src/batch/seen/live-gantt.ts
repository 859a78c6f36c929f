/** The live picture of a batch, again and again, for whoever has a screen; and the same as lines for whoever has none. */
import { visibleText } from '../../schedule/index.ts'
import type { Batch, BatchEvent, JobStatus } from '../types.ts'
import { followRecord } from './follow-record.ts'
import { liveFrame, type LiveOptions } from './live-frame.ts'
import { cpuMs, policyText, timeText } from './words.ts'

export interface LiveGanttOptions {
  readonly signal?: AbortSignal | undefined
  /** Asked for each picture: size of the terminal, zoom, scrolling. */
  readonly view: () => Omit<LiveOptions, 'now'>
  /** Pictures a second at most. @default 10 */
  readonly rate?: number | undefined
}

/**
 * Pictures of a batch as it goes, at most `rate` a second, each as `liveFrame` draws it. Ends with the signal, and with the batch.
 *
 * @example
 * const view = () => ({ width: process.stdout.columns, height: process.stdout.rows, color: true })
 * for await (const lines of liveGantt(batch, { view, signal })) screen.draw(lines)
 */
export async function* liveGantt(batch: Batch, options: LiveGanttOptions): AsyncGenerator<string[], void, void> {
  const { signal, view, rate = 10 } = options
  const leastMs = 1_000 / rate
  for await (const record of followRecord(batch, { signal, leastMs, mostMs: leastMs })) yield liveFrame(record, view())
}

/**
 * What happened as a line of text, for logs and pipes: starts and ends of jobs, and changes of the policy. Undefined for what would
 * only flood them: slices. `at` is the instant of a step before, for jobs, which have none.
 *
 * @example eventLine(event) // '    2.1 s  build (1) ended: ok, 1.9 s of CPU'
 */
export function eventLine(
  event: BatchEvent,
  known: ReadonlyMap<number, Pick<JobStatus, 'id' | 'name'>>,
): string | undefined {
  if (event.kind === 'policy') return line(event.at, `the policy is ${policyText(event.choice)}`)
  if (event.kind === 'job') return undefined
  const { at, job, to, cause } = event.step
  const said = cause === 'preempted' || cause === 'expired' || cause === 'blocks' || cause === 'unblocked'
  if (said || to === 'running' || to === 'ready') {
    if (cause !== 'submitted' && cause !== 'admitted' && cause !== 'resumed' && cause !== 'found') return undefined
  }
  return line(
    at,
    `${nameOf(job, known)} ${causeTexts[cause] ?? cause}${cause === 'submitted' || cause === 'ended' ? '' : `, now ${to}`}`,
  )
}

/** How a job ended, as a line of text. */
export function endLine(job: JobStatus, startedAt: number): string {
  const { id, name, outcome = 'unknown', why, endedAt = startedAt, use } = job
  const reason = why === '' || why === outcome ? '' : ` (${visibleText(why)})`
  const used = use === undefined ? '' : `, ${timeText(cpuMs(job))} of CPU`
  return line(endedAt - startedAt, `${visibleText(name)} (${id}) ended: ${outcome}${reason}${used}`)
}

const causeTexts: Partial<Record<string, string>> = {
  submitted: 'was submitted',
  released: 'need not wait any longer',
  admitted: 'was admitted',
  paused: 'was paused',
  resumed: 'was resumed',
  ended: 'ended',
  retries: 'is tried again',
  found: 'goes on',
}

function nameOf(id: number, known: ReadonlyMap<number, Pick<JobStatus, 'name'>>): string {
  const job = known.get(id)
  return job === undefined ? `job ${id}` : `${visibleText(job.name)} (${id})`
}

function line(at: number, text: string): string {
  return `${timeText(at).padStart(9)}  ${text}`
}
