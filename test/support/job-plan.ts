/** The plan of a job with everything filled in that a test does not care about. */
import type { JobPlan } from '#lanework/batch/index.js'

export function jobPlan(given: Partial<JobPlan> = {}): JobPlan {
  const name = given.name ?? 'job'
  return {
    argv: ['true'],
    name,
    key: name,
    cwd: '/',
    env: {},
    priority: 0,
    tickets: 1,
    owner: 'user',
    after: [],
    delayMs: 0,
    width: 1,
    memoryBytes: 0,
    resources: {},
    graceMs: 5_000,
    retries: 0,
    backoff: { firstMs: 1_000, maxMs: 60_000 },
    sliced: true,
    logs: { bytes: 1_000_000, keep: 1 },
    ...given,
  }
}
