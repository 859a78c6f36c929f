/** A job as it stands, for people and other programs. */
import type { JobStatus, StateTimes } from '../types.ts'
import type { EngineJob } from './job.ts'
import type { EngineState } from './state.ts'
import { whyOf } from './words.ts'

export function statusOf(state: EngineState, job: EngineJob): JobStatus {
  return {
    id: job.id,
    name: job.name,
    request: job.plan,
    state: job.state,
    why: whyOf(state, job),
    outcome: job.outcome,
    exitCode: job.exitCode,
    signal: job.signal,
    attempt: job.attempt,
    pid: job.pid,
    cpus: job.cpus,
    submittedAt: job.submittedAt,
    startedAt: job.startedAt,
    endedAt: job.endedAt,
    times: timesOf(state, job),
    dispatches: job.dispatches,
    preemptions: job.preemptions,
    use: job.use,
    forecast: state.settings.forecast?.(job.id),
    logs: undefined,
  }
}

/** Up to now. */
function timesOf({ now }: EngineState, job: EngineJob): StateTimes {
  const times = { ...job.times }
  if (job.state !== 'ended') times[job.state] += now - job.since
  return times
}
