/** Run records for tests: statuses with what a test does not care about filled in, and records made of simulations. */
import type { JobPlan, JobState, JobStatus, RunRecord, Step, StepCause } from '#lanework/batch/index.js'
import type { JobSpec, Simulation, Transition } from '#lanework/schedule/index.js'
import { jobPlan } from '../../support/job-plan.ts'

export type Given = Partial<Omit<JobStatus, 'request'>> & {
  readonly id: number
  readonly request?: Partial<JobPlan> | undefined
}

/** A status with defaults for the rest. */
export function statusOf({ request = {}, ...given }: Given): JobStatus {
  const name = given.name ?? `job${given.id}`
  return {
    name,
    state: 'ended',
    why: '',
    outcome: undefined,
    exitCode: undefined,
    signal: undefined,
    attempt: 1,
    pid: undefined,
    cpus: [],
    submittedAt: 1_000_000,
    startedAt: undefined,
    endedAt: undefined,
    times: timesOf({}),
    dispatches: 0,
    preemptions: 0,
    use: undefined,
    forecast: undefined,
    logs: undefined,
    ...given,
    request: jobPlan({ name, key: 'true', ...request }),
  }
}

export function timesOf(given: Partial<JobStatus['times']>): JobStatus['times'] {
  return { waiting: 0, queued: 0, ready: 0, running: 0, blocked: 0, paused: 0, ...given }
}

/** A record of these steps, in this order: `[at, job, to, cause]` with the CPUs for `running`. */
export type ShortStep = readonly [at: number, job: number, to: JobState, cause: StepCause, ...cpus: number[]]

export function recordOf(
  statuses: readonly Given[],
  steps: readonly ShortStep[],
  rest: Partial<RunRecord> = {},
): RunRecord {
  return {
    startedAt: 1_000_000,
    until: Math.max(0, ...steps.map(([at]) => at)),
    cpus: [0],
    policies: [{ at: 0, choice: { name: 'fcfs' } }],
    jobs: statuses.map(statusOf),
    steps: steps.map(([at, job, to, cause, ...cpus]) => ({
      at,
      job,
      to,
      cause,
      ...(to === 'running' && { cpus: cpus.length === 0 ? [0] : cpus }),
    })),
    dropped: 0,
    ...rest,
  }
}

const states = { new: 'waiting', ready: 'ready', running: 'running', blocked: 'blocked', done: 'ended' } as const
const causes: Partial<Record<Transition['cause'], StepCause>> = {
  submitted: 'submitted',
  admitted: 'admitted',
  dispatched: 'dispatched',
  expired: 'expired',
  preempted: 'preempted',
  'waits-for-io': 'blocks',
  'io-done': 'unblocked',
  finished: 'ended',
}

/** What a real batch would have recorded if it had gone like this simulation of jobs with one thread each. */
export function recordFrom(simulation: Simulation, specs: readonly JobSpec[], policy: string): RunRecord {
  const { jobs, system, record } = simulation
  const ids = new Map(jobs.map(({ name }, index) => [name, index + 1]))
  const whys = new Map(record?.decisions.map(({ at, thread, why }) => [`${at} ${thread}`, why]))
  const levels = new Map(record?.cpu.map(({ from, thread, level }) => [`${from} ${thread}`, level]))
  const startedAt = 1_000_000
  const steps = (record?.transitions ?? []).map(({ at, thread, to, cause, cpu }): Step => ({
    at,
    job: ids.get(thread) as number,
    to: states[to],
    cause: causes[cause] as StepCause,
    cpus: cpu === undefined ? undefined : [cpu + 2],
    why: to === 'running' ? whys.get(`${at} ${thread}`) : undefined,
    level: to === 'running' ? levels.get(`${at} ${thread}`) : undefined,
  }))
  // Alone at the end of its slice, a job goes on, on another level of a feedback queue.
  const levelSteps = (record?.cpu ?? [])
    .filter(({ from, thread }) => !whys.has(`${from} ${thread}`))
    .map(({ from, thread, cpu, level }): Step => ({
      at: from,
      job: ids.get(thread) as number,
      to: 'running',
      cause: 'dispatched',
      cpus: [cpu + 2],
      level,
    }))
  return {
    startedAt,
    until: system.makespan,
    cpus: Array.from({ length: system.cpus }, (_, cpu) => cpu + 2),
    policies: [{ at: 0, choice: { name: policy } }],
    jobs: jobs.map((job, index) => {
      const spec = specs.find(({ name }) => name === job.name)
      return statusOf({
        id: index + 1,
        name: job.name,
        outcome: job.end === 'done' ? 'ok' : undefined,
        state: job.end === 'done' ? 'ended' : 'ready',
        submittedAt: startedAt + job.arrival,
        startedAt: job.start === undefined ? undefined : startedAt + job.start,
        endedAt: job.finish === undefined ? undefined : startedAt + job.finish,
        times: timesOf({
          waiting: job.waitedForMemory,
          ready: job.waiting,
          running: job.cpu,
          blocked: job.blocked,
        }),
        dispatches: job.switches,
        preemptions: job.preemptions,
        request: {
          owner: job.owner,
          deadline: spec?.deadline,
          priority: spec?.priority ?? 0,
          key: spec?.key ?? job.name,
        },
      })
    }),
    steps: [...steps, ...levelSteps].toSorted((a, b) => a.at - b.at),
    dropped: 0,
  }
}
