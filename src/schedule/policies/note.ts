/**
 * What a policy remembers of a job from its first readiness to its end lies in the job's `memo`. It says whose it is,
 * so a job that was under another policy before starts afresh.
 */
import type { Job } from '../types.ts'

export interface Note {
  /** The policy that wrote it. */
  readonly of: object
}

/** The note that this policy wrote; undefined if it knows nothing of the job. */
export function noteOf<Kind extends Note>(job: Job, policy: object): Kind | undefined {
  const memo = job.memo as Kind | null | undefined
  return memo?.of === policy ? memo : undefined
}
