/**
 * A real run as the result of a simulation: every drawing, table and page of `lanework/schedule` shows it then, and it can be
 * compared with what the simulator makes of the same jobs.
 */
import { observedRun, type Decision, type JobResult, type ObservedJob, type Simulation } from '../../schedule/index.ts'
import type { JobStatus, RunRecord, Step } from '../types.ts'
import { Retraced, waits, type Trace } from './retrace.ts'

/** A decision names no more of those that were ready, as in the simulator. */
const namedReady = 100

/**
 * What the record tells, by the rules of the simulator; times in ms of the run, CPUs by their place in the record's list. A job
 * is `done` if it ended by itself (`ok`, `failed`), `faulted` if it was ended or never ran, `unfinished` if it goes on.
 * CPU time is the time for which it had CPUs; what it used of that is in `JobStatus.use`. Blocked time is device `io`; pauses
 * after its first turn are device `pause`, waits for a retry `retry`.
 *
 * Where the record has no first steps of a job (they were dropped, or belong to an earlier batch), its figures are those of its
 * status, and its drawing begins with what is there. Pure.
 */
export function simulationOf(record: RunRecord): Simulation {
  return retraced(record).simulation
}

/** The same with each job's way, by job number: bursts for doing it again. */
export function retraced(record: RunRecord): {
  readonly simulation: Simulation
  readonly ways: ReadonlyMap<number, Retraced>
  readonly names: ReadonlyMap<number, string>
} {
  const trace: Trace = { transitions: [], cpu: [], devices: [], controlBlocks: [] }
  const decisions: Decision[] = []
  const names = namesOf(record)
  const cpuIndex = cpuNumbers(record)
  const statuses = new Map(record.jobs.map((status) => [status.id, status]))
  const first = new Map<number, Step>()
  const ways = new Map<number, Retraced>()
  const ready = new Set<number>()
  let longest: LongestWait = { job: undefined, time: 0 }
  const way = (job: number): Retraced => {
    const width = statuses.get(job)?.request.width ?? 1
    const known = ways.get(job) ?? new Retraced(names.get(job) as string, width, trace, cpuIndex)
    ways.set(job, known)
    return known
  }
  for (const step of [...beforeTheRecord(record), ...record.steps]) {
    if (!first.has(step.job)) first.set(step.job, step)
    const { state } = way(step.job)
    if (step.to === 'running' && state !== 'running') decisions.push(decisionOf(step, ready, names, cpuIndex))
    if (step.to === 'ready') ready.add(step.job)
    else ready.delete(step.job)
    way(step.job).take(step)
    longest = longer(way(step.job), longest)
  }
  const end = endOf(record)
  for (const one of ways.values()) {
    one.close(end)
    longest = longer(one, longest)
  }
  const jobs = observedJobs(record, ways, first, names)
  const simulation = observedRun({
    policy: [...new Set(record.policies.map(({ choice }) => choice.name))].join(', then '),
    cpus: Math.max(1, cpuIndex.count()),
    jobs,
    makespan: end,
    useful: jobs.reduce((sum, { cpu }) => sum + cpu, 0),
    longestWait: longest,
    events: record.steps.length,
    record: { ...trace, memory: [], strayAccesses: [], decisions },
  })
  return { simulation, ways, names }
}

type LongestWait = Simulation['system']['longestWait']

/** The first of those that waited equally long. */
function longer({ name, longestWait }: Retraced, known: LongestWait): LongestWait {
  return longestWait > known.time ? { job: name, time: longestWait } : known
}

/** Jobs that go on and have no step in the record any more: it begins with the state that they are in. */
function beforeTheRecord(record: RunRecord): Step[] {
  const told = new Set(record.steps.map(({ job }) => job))
  const at = Math.min(record.steps[0]?.at ?? record.until, record.until)
  return record.jobs
    .filter(({ id, state }) => state !== 'ended' && !told.has(id))
    .map(({ id, state, cpus }) => ({
      at,
      job: id,
      to: state,
      cause: 'found',
      cpus: state === 'running' ? cpus : undefined,
    }))
}

/** Up to the last end, if nothing goes on. */
function endOf({ jobs, steps, until }: RunRecord): number {
  const last = steps.at(-1)?.at ?? 0
  const isOver = jobs.every(({ state }) => state === 'ended')
  return isOver && steps.length > 0 ? last : Math.max(last, until)
}

/** Names are keys in drawings, so each is there once; jobs that were forgotten have only their numbers. */
function namesOf({ jobs, steps }: RunRecord): Map<number, string> {
  const names = new Map<number, string>()
  const taken = new Set<string>()
  for (const { id, name } of jobs) {
    const free = taken.has(name) ? `${name} (${id})` : name
    taken.add(free)
    names.set(id, free)
  }
  for (const { job } of steps) if (!names.has(job)) names.set(job, `job ${job}`)
  return names
}

/** CPUs by their place among those of the batch; others that jobs were on come after them. */
function cpuNumbers(record: RunRecord): ((cpu: number) => number) & { count(): number } {
  const places = new Map(record.cpus.map((cpu, index) => [cpu, index]))
  const placeOf = (cpu: number): number => {
    const place = places.get(cpu) ?? places.size
    places.set(cpu, place)
    return place
  }
  return Object.assign(placeOf, { count: () => places.size })
}

function decisionOf(
  step: Step,
  ready: ReadonlySet<number>,
  names: ReadonlyMap<number, string>,
  cpuIndex: (cpu: number) => number,
): Decision {
  const others: string[] = []
  for (const job of ready) {
    if (others.length === namedReady) break
    if (job !== step.job) others.push(names.get(job) as string)
  }
  const cpu = step.cpus?.[0]
  return {
    at: step.at,
    cpu: cpu === undefined ? 0 : cpuIndex(cpu),
    thread: names.get(step.job) as string,
    why: step.why ?? '',
    ready: others,
  }
}

function observedJobs(
  record: RunRecord,
  ways: ReadonlyMap<number, Retraced>,
  first: ReadonlyMap<number, Step>,
  names: ReadonlyMap<number, string>,
): ObservedJob[] {
  const statuses = new Map(record.jobs.map((status) => [status.id, status]))
  return [...names]
    .map(([id, name]) => {
      const status = statuses.get(id)
      const way = ways.get(id)
      const isWhole = way !== undefined && (status === undefined || first.get(id)?.cause === 'submitted')
      return isWhole
        ? fromSteps(name, way, first.get(id) as Step, status, endOf(record))
        : fromStatus(name, status as JobStatus, record)
    })
    .toSorted((a, b) => a.arrival - b.arrival)
}

function fromSteps(
  name: string,
  way: Retraced,
  { at: arrival }: Step,
  status: JobStatus | undefined,
  end: number,
): ObservedJob {
  const blocked = [...way.blocked.values()].reduce((sum, time) => sum + time, 0)
  const held = way.admittedAt === undefined ? 0 : (way.finish ?? end) - way.admittedAt
  return {
    name,
    owner: status?.request.owner ?? 'user',
    arrival,
    start: way.start,
    finish: way.finish,
    response: way.start === undefined ? undefined : way.start - arrival,
    waiting: way.waiting,
    cpu: way.ran * way.width,
    blocked,
    waitedForMemory: (way.admittedAt ?? way.finish ?? end) - arrival,
    switches: way.switches,
    preemptions: way.preemptions,
    end: endOfJob(way.finish, status),
    alone: way.ran + (way.blocked.get(waits.blocked) ?? 0),
    deadline: arrival + (status?.request.deadline ?? Infinity),
    used: { ...resourcesOf(status, held - (way.blocked.get(waits.waiting) ?? 0)), ...Object.fromEntries(way.blocked) },
  }
}

function fromStatus(name: string, status: JobStatus, { startedAt }: RunRecord): ObservedJob {
  const { request, times } = status
  const arrival = status.submittedAt - startedAt
  const start = status.startedAt === undefined ? undefined : status.startedAt - startedAt
  const finish = status.endedAt === undefined ? undefined : status.endedAt - startedAt
  return {
    name,
    owner: request.owner,
    arrival,
    start,
    finish,
    response: start === undefined ? undefined : start - arrival,
    waiting: times.ready,
    cpu: times.running * request.width,
    blocked: times.blocked + times.paused,
    waitedForMemory: times.waiting + times.queued,
    switches: status.dispatches,
    preemptions: status.preemptions,
    end: endOfJob(finish, status),
    alone: times.running + times.blocked,
    deadline: arrival + (request.deadline ?? Infinity),
    used: {
      ...resourcesOf(status, times.ready + times.running + times.blocked + times.paused),
      ...(times.blocked > 0 && { [waits.blocked]: times.blocked }),
      ...(times.paused > 0 && { [waits.paused]: times.paused }),
    },
  }
}

/** What it held from its admission to its end: amount times ms. */
function resourcesOf(status: JobStatus | undefined, held: number): Record<string, number> {
  if (status === undefined) return {}
  const { memoryBytes, resources } = status.request
  const used = Object.entries(resources).map(([resource, amount]) => [resource, amount * held] as const)
  return { ...(memoryBytes > 0 && { memory: memoryBytes * held }), ...Object.fromEntries(used) }
}

function endOfJob(finish: number | undefined, status: JobStatus | undefined): JobResult['end'] {
  if (finish === undefined) return 'unfinished'
  const { outcome } = status ?? {}
  return outcome === undefined || outcome === 'ok' || outcome === 'failed' ? 'done' : 'faulted'
}
