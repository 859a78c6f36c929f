/** What policies refuse, always with OPTION_INVALID. */
import { fail } from '../core/index.ts'
import type { Job } from './types.ts'

/** Throws for what is no length of time. */
export function checkLength(option: string, length: unknown): void {
  if (typeof length !== 'number' || !(length >= 0 && length < Infinity))
    throw invalid(option, 'a finite number, 0 or more', length)
}

/** A job that stood in two places would run twice. */
export function checkNotQueued(job: Job): void {
  if (job.place !== -1) throw invalid('job', 'a job that is not queued (place -1)', `place ${job.place}`)
}

export function invalid(option: string, rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option, rule, got: `${String(got)} (${typeof got})` })
}
