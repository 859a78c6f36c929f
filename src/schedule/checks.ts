/** What policies refuse, always with OPTION_INVALID. */
import { fail } from '../core/index.ts'
import type { Job } from './types.ts'

/** Throws for what is no length of time. */
export function checkLength(option: string, length: unknown): void {
  if (typeof length !== 'number' || !(length >= 0 && length < Infinity))
    throw invalid(option, 'a finite number, 0 or more', length)
}

/** Throws for what is no time slice; one of 0 would never end. */
export function checkQuantum(option: string, quantum: unknown): number {
  if (typeof quantum === 'number' && quantum > 0 && quantum < Infinity) return quantum
  throw invalid(option, 'a finite number above 0', quantum)
}

/** Throws for what is no finite number from `least` on. */
export function checkNumber(option: string, value: unknown, least: number): number {
  if (typeof value === 'number' && value >= least && value < Infinity) return value
  throw invalid(option, `a finite number, ${least} or more`, value)
}

export function checkBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value
  throw invalid(option, 'true or false', value)
}

/** The share of a job: its tickets, 1 if it has none. */
export function ticketsOf(job: Job): number {
  const { tickets = 1 } = job
  if (typeof tickets === 'number' && tickets > 0 && tickets < Infinity) return tickets
  throw invalid('job.tickets', 'a finite number above 0', tickets)
}

/** A job that stood in two places would run twice. */
export function checkNotQueued(job: Job): void {
  if (job.place !== -1) throw invalid('job', 'a job that is not queued (place -1)', `place ${job.place}`)
}

export function invalid(option: string, rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option, rule, got: `${String(got)} (${typeof got})` })
}
