/**
 * When each job will end: the queue as it stands is simulated some dozens of times under the policy that decides, each time with
 * other lengths drawn from the history of each command. Nine of ten ends fall between `low` and `high`.
 *
 * The same job gets the same random numbers each time it is asked (common random numbers), so a forecast moves because
 * something has happened, and not by chance.
 */
import { isLaneworkError } from '../../core/index.ts'
import {
  percentiles,
  randomStream,
  simulate,
  type JobSpec,
  type Simulation,
  type Uniform,
} from '../../schedule/index.ts'
import type { BatchSettings, Forecast, JobStatus } from '../types.ts'
import { gateFor } from './gate.ts'
import type { History } from './history.ts'
import { normal } from './lengths.ts'
import { policyFor } from '../request/policy.ts'
import { queueOf, specOf, type Expected, type Queue } from './queue.ts'

export interface ForecastSettings extends Omit<BatchSettings, 'cpus' | 'jobs' | 'steps' | 'pin'> {
  readonly cpus: readonly number[]
  /** What a switch between two jobs costs, in ms. @default 0 */
  readonly contextSwitchMs?: number | undefined
  /** Draws of all lengths at most. @default 40 */
  readonly draws?: number | undefined
  /** Work at most, in events of the simulator (some of them take a microsecond); draws beyond it are left out. @default 10_000 */
  readonly events?: number | undefined
}

/** Fewer draws say nothing about one of twenty. */
const fewDraws = 20
/** Handling a job costs as much as so many events. */
const eventsPerJob = 4

/**
 * A range for the end of each job, by its number, in ms since 1970 as `now` is; jobs whose lengths nobody knows have none, and
 * neither have those that may wait for one of these for ever, paused ones, and all of a queue that is too long to be simulated.
 * Pure but for the history that it reads.
 *
 * Throws OPTION_INVALID for a policy that makes no sense. Levels of feedback queues and shares already spent are not known here: policies begin afresh, with those that run in front.
 */
export function forecast(
  statuses: readonly JobStatus[],
  settings: ForecastSettings,
  history: Pick<History, 'runsOf'>,
  now: number,
): Map<number, Forecast> {
  const queue = queueOf(statuses, history, now, settings.cpus)
  if (queue.jobs.length === 0) return new Map()
  const { draws = 40, events = 10_000 } = settings
  const ends = queue.jobs.map((): number[] => [])
  const sources = queue.jobs.map(({ status }) => randomStream(status.id, 'forecast'))
  const keys = new Map(
    [...new Set(queue.jobs.map(({ status }) => status.request.key))].map((key) => [key, randomStream(0, key)]),
  )
  const least = queue.jobs.some(({ lengths }) => lengths === undefined) ? 2 : 1
  let [made, spent] = [0, 0]
  for (; made < draws && (spent < events || made < least); made++) {
    const specs = drawnSpecs(queue, sources, keys, made)
    const simulation = simulated(specs, queue, statuses, settings, events)
    if (simulation === undefined) return new Map()
    spent += simulation.system.events + eventsPerJob * specs.length
    const finishes = finishesOf(simulation)
    for (const [index, { name }] of queue.jobs.entries()) {
      const finish = finishes.get(name)
      if (finish !== undefined) ends[index]?.push(finish)
    }
  }
  const likely = made < fewDraws ? simulated(expectedSpecs(queue), queue, statuses, settings, events) : undefined
  const likelyEnds = likely === undefined ? undefined : finishesOf(likely)
  return new Map(
    queue.jobs.flatMap((job, index): [number, Forecast][] => {
      const range = rangeOf(job, ends[index] ?? [], made, likelyEnds?.get(job.name))
      return range === undefined ? [] : [[job.status.id, shifted(range, now)]]
    }),
  )
}

function finishesOf({ jobs }: Simulation): Map<string, number | undefined> {
  return new Map(jobs.map(({ name, finish }) => [name, finish]))
}

/** One draw of all lengths. A length that nobody knows is nothing, and without end in every second draw. */
function drawnSpecs(
  queue: Queue,
  sources: readonly Uniform[],
  keys: ReadonlyMap<string, Uniform>,
  draw: number,
): JobSpec[] {
  const common = new Map([...keys].map(([key, next]) => [key, normal(next)]))
  return queue.jobs.map((job, index) => {
    const { lengths, status, usedMs } = job
    const next = sources[index] as Uniform
    if (lengths === undefined) return specOf(job, { cpuMs: draw % 2 === 0 ? 0 : Infinity, waitMs: 0, waits: 0 })
    return specOf(job, lengths.draw(next, common.get(status.request.key) ?? 0, usedMs))
  })
}

function expectedSpecs(queue: Queue): JobSpec[] {
  return queue.jobs.map((job) =>
    specOf(job, job.lengths?.expected(job.usedMs) ?? { cpuMs: Infinity, waitMs: 0, waits: 0 }),
  )
}

/** Undefined for what the simulator cannot do, or not with so much work. */
function simulated(
  specs: readonly JobSpec[],
  queue: Queue,
  statuses: readonly JobStatus[],
  settings: ForecastSettings,
  events: number,
): Simulation | undefined {
  const jobs = new Map(queue.jobs.map(({ name, status }) => [name, status]))
  const policy = policyFor(settings.policy ?? { name: 'rr' })
  try {
    return simulate(specs, {
      policy,
      cpus: settings.cpus.length,
      contextSwitch: settings.contextSwitchMs ?? 0,
      memory: gateFor(jobs, queue.waitsFor, statuses, settings),
      rules: { admission: 'first-fit' },
      horizon: horizonFor(specs, settings.contextSwitchMs ?? 0),
      record: 'summary',
      eventLimit: 4 * events,
    })
  } catch (error) {
    if (isLaneworkError(error, 'OPTION_INVALID')) return undefined
    throw error
  }
}

/** Long enough for all that ends, also if those without end take their turns with them. */
function horizonFor(specs: readonly JobSpec[], switchMs: number): number | undefined {
  let [work, endless, latest] = [1, 0, 0]
  for (const { arrival = 0, bursts = [] } of specs) {
    latest = Math.max(latest, arrival)
    for (const burst of bursts) {
      if ('cpu' in burst && burst.cpu === Infinity) endless++
      else if ('cpu' in burst) work += burst.cpu + switchMs
      else if ('io' in burst) work += burst.io
    }
  }
  return endless === 0 ? undefined : latest + 2 * work * (1 + endless)
}

interface Range {
  readonly low: number
  readonly likely: number
  readonly high: number
}

/** Of a job that does not end in one of twenty draws there is no upper end. */
function rangeOf(job: Expected, ends: readonly number[], made: number, likely: number | undefined): Range | undefined {
  if (job.lengths === undefined || ends.length < made * 0.95) return undefined
  if (likely === undefined) {
    if (made < fewDraws) return undefined
    const edge = edgeOf(ends.length)
    const [low = 0, middle = 0, high = 0] = percentiles(ends, [edge, 0.5, 1 - edge])
    return { low, likely: middle, high }
  }
  // As if all of what comes before it were as far off as itself, which is too wide rather than too narrow.
  const factor = Math.exp(1.645 * job.lengths.spread)
  return { low: Math.min(likely / factor, ...ends), likely, high: Math.max(likely * factor, ...ends) }
}

/**
 * Where one of twenty lies below, counting the value that is still to come: place (n + 1) / 20 of n in order (definition 6 of
 * Hyndman, Fan: Sample Quantiles in Statistical Packages, 1996), as a fraction for `percentiles`.
 */
function edgeOf(count: number): number {
  return Math.max(0, ((count + 1) / 20 - 1) / (count - 1))
}

function shifted({ low, likely, high }: Range, now: number): Forecast {
  return { low: now + low, likely: now + likely, high: now + high }
}
