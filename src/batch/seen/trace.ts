/**
 * A run as a trace that Perfetto and chrome://tracing open: a track for each job with its states, a track for each CPU with the jobs
 * that it had, counters of jobs that run and that are ready, and marks for starts, ends and changes of the policy.
 *
 *   jobs   1 build  |ready|running      |blocked |running |▼ended
 *          2 test         |waiting               |ready   |running...
 *   CPUs   CPU 0          |build        |test    |build   |
 *
 * JSON object form of Chrome's trace events: complete events (`X`), metadata (`M`), counters (`C`), instants (`i`), flows (`s`, `f`)
 * ("Trace Event Format", Google, chapters "JSON Object Format" and "Event Descriptions").
 */
import { visibleText } from '../../schedule/index.ts'
import type { JobStatus, RunRecord, Step } from '../types.ts'
import { cpuLines, timelines, type Stretch } from './timeline.ts'
import { policyText } from './words.ts'

/** One event. `ts` and `dur` are microseconds of the run; `pid` and `tid` place it in a group and a track. */
export interface BatchTraceEvent {
  readonly name: string
  readonly ph: 'X' | 'M' | 'C' | 'i' | 's' | 'f'
  readonly pid: number
  readonly tid: number
  readonly ts: number
  readonly dur?: number
  readonly cat?: string
  /** Of an instant: for its track, or for all. */
  readonly s?: 't' | 'g'
  /** Of a flow: its two ends have the same; `bp` ties the second to the slice that it lies in. */
  readonly id?: number
  readonly bp?: 'e'
  readonly args?: Readonly<Record<string, unknown>>
}

export interface BatchTrace {
  readonly traceEvents: readonly BatchTraceEvent[]
  readonly displayTimeUnit: 'ms'
  readonly otherData: Readonly<Record<string, string>>
}

const cpuGroup = 1
const jobGroup = 2

/**
 * The trace of a run; `JSON.stringify` of it is the file.
 *
 * @example writeFileSync('trace.json', JSON.stringify(recordTrace(await batch.record())))
 */
export function recordTrace(record: RunRecord): BatchTrace {
  const lines = timelines(record)
  const names = new Map(record.jobs.map(({ id, name }) => [id, visibleText(name)]))
  const nameOf = (job: number): string => names.get(job) ?? `job ${job}`
  const cpus = [...cpuLines(record, lines)]
  const statuses = new Map(record.jobs.map((job) => [job.id, job]))
  const jobs = [...new Set([...statuses.keys(), ...lines.keys()])].sort((a, b) => a - b)
  return {
    traceEvents: [
      ...group(cpuGroup, 'CPUs', 0),
      ...group(jobGroup, 'jobs', 1),
      ...cpus.flatMap(([cpu]) => track(cpuGroup, cpu + 1, `CPU ${cpu}`)),
      ...jobs.flatMap((job) => track(jobGroup, job, `${job} ${nameOf(job)}`)),
      ...cpus.flatMap(([cpu, stretches]) => stretches.map((stretch) => cpuSlice(cpu, stretch, nameOf))),
      ...[...lines.values()].flatMap((stretches) => stretches.map(jobSlice)),
      ...marks(record, statuses),
      ...flows(lines),
      ...counters(record),
    ].toSorted((a, b) => a.ts - b.ts),
    displayTimeUnit: 'ms',
    otherData: {
      startedAt: new Date(record.startedAt).toISOString(),
      policies: record.policies.map(({ choice }) => policyText(choice)).join('; '),
      cpus: record.cpus.join(', '),
      dropped: String(record.dropped),
    },
  }
}

function micros(ms: number): number {
  return Math.round(ms * 1_000)
}

function group(pid: number, name: string, place: number): BatchTraceEvent[] {
  return [
    { name: 'process_name', ph: 'M', pid, tid: 0, ts: 0, args: { name } },
    { name: 'process_sort_index', ph: 'M', pid, tid: 0, ts: 0, args: { sort_index: place } },
  ]
}

function track(pid: number, tid: number, name: string): BatchTraceEvent[] {
  return [
    { name: 'thread_name', ph: 'M', pid, tid, ts: 0, args: { name } },
    { name: 'thread_sort_index', ph: 'M', pid, tid, ts: 0, args: { sort_index: tid } },
  ]
}

function slice(pid: number, tid: number, name: string, cat: string, { from, to }: Stretch): BatchTraceEvent {
  return { name, ph: 'X', cat, pid, tid, ts: micros(from), dur: micros(to) - micros(from) }
}

function cpuSlice(cpu: number, stretch: Stretch, nameOf: (job: number) => string): BatchTraceEvent {
  const { job, cause, level, why } = stretch
  const args = { job, cause, ...(level !== undefined && { level }), ...(why !== undefined && { why }) }
  return { ...slice(cpuGroup, cpu + 1, nameOf(job), 'cpu', stretch), args }
}

function jobSlice(stretch: Stretch): BatchTraceEvent {
  const { job, state, cause, cpus, level, why } = stretch
  const args = {
    cause,
    ...(cpus.length > 0 && { cpus: cpus.join(', ') }),
    ...(level !== undefined && { level }),
    ...(why !== undefined && { why }),
  }
  return { ...slice(jobGroup, job, state, 'state', stretch), args }
}

/** First turns, ends, retries, pauses, and from when on which policy decided. */
function marks(record: RunRecord, statuses: ReadonlyMap<number, JobStatus>): BatchTraceEvent[] {
  const started = new Set<number>()
  const of = (step: Step, name: string, args: Record<string, unknown> = {}): BatchTraceEvent => ({
    name,
    ph: 'i',
    s: 't',
    cat: 'job',
    pid: jobGroup,
    tid: step.job,
    ts: micros(step.at),
    args: { cause: step.cause, ...args },
  })
  const jobMarks = record.steps.flatMap((step): BatchTraceEvent[] => {
    if (step.to === 'running' && !started.has(step.job)) {
      started.add(step.job)
      return [of(step, 'start')]
    }
    if (step.to === 'ended') return [of(step, 'end', endOf(statuses.get(step.job)))]
    if (step.cause === 'retries' || step.cause === 'paused' || step.cause === 'found') return [of(step, step.cause)]
    return []
  })
  const policyMarks = record.policies.map(({ at, choice }): BatchTraceEvent => ({
    name: `policy ${policyText(choice)}`,
    ph: 'i',
    s: 'g',
    cat: 'policy',
    pid: cpuGroup,
    tid: 0,
    ts: micros(at),
  }))
  return [...jobMarks, ...policyMarks]
}

function endOf(job: JobStatus | undefined): Record<string, unknown> {
  if (job === undefined) return {}
  const { outcome, exitCode, signal, why } = job
  return {
    ...(outcome !== undefined && { outcome }),
    ...(exitCode !== undefined && { exitCode }),
    ...(signal !== undefined && { signal }),
    ...(why !== '' && { why }),
  }
}

/** An arrow from where a job left one CPU to where another one took it up. */
function flows(lines: ReadonlyMap<number, readonly Stretch[]>): BatchTraceEvent[] {
  let id = 0
  const arrow = (ph: 's' | 'f', tid: number, at: number): BatchTraceEvent => ({
    name: 'moves',
    ph,
    cat: 'moves',
    pid: cpuGroup,
    tid,
    ts: micros(at),
    id,
    ...(ph === 'f' && { bp: 'e' as const }),
  })
  return [...lines.values()].flatMap((stretches) => {
    const ran = stretches.filter(({ cpus }) => cpus.length > 0)
    return ran.flatMap((stretch, index) => {
      const before = ran[index - 1]
      const [left, taken] = [before?.cpus[0], stretch.cpus[0]]
      if (before === undefined || left === undefined || taken === undefined || left === taken) return []
      id++
      // A flow begins within the slice that it leaves, so its beginning is bound to that one.
      return [arrow('s', left + 1, Math.max(before.from, before.to - 0.001)), arrow('f', taken + 1, stretch.from)]
    })
  })
}

function counters(record: RunRecord): BatchTraceEvent[] {
  const states = new Map<number, string>()
  const counts: Record<string, number> = { running: 0, ready: 0 }
  const byTime = new Map<number, { readonly running: number; readonly ready: number }>()
  const count = (state: string | undefined, by: number): void => {
    if (state !== undefined && state in counts) counts[state] = (counts[state] ?? 0) + by
  }
  for (const { at, job, to } of record.steps) {
    count(states.get(job), -1)
    count(to, 1)
    states.set(job, to)
    byTime.set(micros(at), { running: counts['running'] ?? 0, ready: counts['ready'] ?? 0 })
  }
  return [...byTime].flatMap(([ts, { running, ready }]) => [
    { name: 'running', ph: 'C' as const, pid: cpuGroup, tid: 0, ts, args: { jobs: running } },
    { name: 'ready', ph: 'C' as const, pid: cpuGroup, tid: 0, ts, args: { jobs: ready } },
  ])
}
