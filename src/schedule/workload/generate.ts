/**
 * Workloads drawn from distributions:
 *
 *   { arrivals: 'poisson', rate: 0.8, service: 'exponential', mean: 1, jobs: 1000, seed: 1 }
 *   { arrivals: 'on-off', onRate: 4, onMean: 5, offMean: 20, service: { distribution: 'erlang', mean: 1, stages: 3 },
 *     io: { visits: 3, device: 'disk', distribution: 'exponential', mean: 4 }, priorities: [0, 1], owners: ['anna'] }
 */
import { checkInteger, checkKnownKeys } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { Burst, JobSpec } from '../machine/spec.ts'
import type { ArrivalProcess } from '../random/arrivals.ts'
import type { Distribution } from '../random/distribution.ts'
import { arrivalsByName, arrivalTable, distributionByName, type Parameters } from '../random/by-name.ts'
import { integerBelow, randomStream, type Uniform } from '../random/stream.ts'

/** I/O between the CPU bursts of a generated job. */
export interface GeneratedIo extends Parameters {
  /** How often a job waits for it; its CPU time is cut into one burst more. @default 1 */
  readonly visits?: number | undefined
  /** @default 'io' */
  readonly device?: string | undefined
}

export interface Generation extends Parameters {
  /** An arrival process of `arrivalTable`, whose parameters stand beside it; 'at-once': all at time 0. @default 'at-once' */
  readonly arrivals?: string | undefined
  /** The CPU time of each job: a distribution of `distributionTable`, whose parameters stand beside it, or as one value. */
  readonly service: string | Parameters
  readonly jobs: number
  /** @default 1 */
  readonly seed?: number | undefined
  readonly io?: GeneratedIo | undefined
  /** Memory that each job needs: a distribution. */
  readonly memory?: Parameters | undefined
  /** Each job gets one of these, drawn evenly; repeat a value to make it more likely. */
  readonly priorities?: readonly number[] | undefined
  readonly tickets?: readonly number[] | undefined
  readonly owners?: readonly string[] | undefined
  readonly queues?: readonly string[] | undefined
}

const ownFields = ['jobs', 'seed', 'io', 'memory', 'priorities', 'tickets', 'owners', 'queues']

/**
 * Draws a workload: the same description gives the same jobs, everywhere. Arrivals, lengths and each of the others have
 * streams of their own, so that a change of one leaves the others as they were. Throws OPTION_INVALID for a description
 * that makes no sense.
 */
export function generateJobs(description: Generation, jobsLimit = 100_000_000): JobSpec[] {
  const { jobs: count, seed = 1, io, memory } = description
  checkInteger('jobs', count, 1, jobsLimit)
  const { arrivals, service } = processesOf(description)
  const stream = (name: string): Uniform => randomStream(seed, name)
  const nextArrival = arrivals?.start(stream('arrivals')) ?? (() => 0)
  const serviceStream = stream('service')
  const waits = io === undefined ? undefined : waitsOf(io)
  const ioStream = stream('io')
  const memoryOf = memory === undefined ? undefined : distributionByName(memory)
  const memoryStream = stream('memory')
  const choices = choicesOf(description, stream)
  return Array.from({ length: count }, (_, index) => {
    const cpu = service.sample(serviceStream)
    const job: Record<string, unknown> = {
      name: `J${index + 1}`,
      arrival: nextArrival(),
      bursts: waits === undefined ? [{ cpu }] : burstsOf(cpu, waits, ioStream),
    }
    if (memoryOf !== undefined) job['memory'] = memoryOf.sample(memoryStream)
    for (const { field, draw } of choices) job[field] = draw()
    return job as unknown as JobSpec
  })
}

/** What a description draws from; no arrival process for one whose jobs all come at time 0. */
export interface Processes {
  readonly arrivals: ArrivalProcess | undefined
  readonly service: Distribution
}

/**
 * The processes of a description. Both may stand in the description itself, so each takes the parameters that are its own.
 * Throws OPTION_INVALID.
 */
export function processesOf(description: Generation): Processes {
  const { arrivals: name = 'at-once', service, ...rest } = description
  const row = arrivalTable.find((each) => each.name === name)
  const arrivalFields = [...(row?.parameters ?? []), ...(row?.optional ?? [])]
  const parameters = Object.entries(rest).filter(([key, value]) => !ownFields.includes(key) && value !== undefined)
  const ofArrivals = Object.fromEntries(parameters.filter(([key]) => arrivalFields.includes(key)))
  const others = Object.fromEntries(parameters.filter(([key]) => !arrivalFields.includes(key)))
  if (typeof service === 'object' && service !== null)
    checkKnownKeys('generate', others, [...ownFields, ...arrivalFields])
  const isDescribed = typeof service === 'object' && service !== null
  return {
    arrivals: name === 'at-once' ? undefined : arrivalsByName({ arrivals: name, ...ofArrivals }),
    service: distributionByName(isDescribed ? service : { distribution: service, ...others }),
  }
}

interface Waits {
  readonly visits: number
  readonly device: string | undefined
  readonly time: Distribution
}

function waitsOf({ visits = 1, device, ...parameters }: GeneratedIo): Waits {
  checkInteger('io.visits', visits, 1, 10_000)
  if (device !== undefined && (typeof device !== 'string' || device === ''))
    throw invalid('io.device', 'a name', device)
  return { visits, device, time: distributionByName(parameters) }
}

function burstsOf(cpu: number, { visits, device, time }: Waits, next: Uniform): Burst[] {
  const part = cpu / (visits + 1)
  const on = device === undefined ? {} : { device }
  const bursts: Burst[] = [{ cpu: part }]
  for (let visit = 0; visit < visits; visit++) bursts.push({ io: time.sample(next), ...on }, { cpu: part })
  return bursts
}

interface Choice {
  readonly field: keyof JobSpec
  readonly draw: () => unknown
}

function choicesOf(description: Generation, stream: (name: string) => Uniform): Choice[] {
  const isNumber = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value)
  const isText = (value: unknown): boolean => typeof value === 'string' && value !== ''
  const make = (from: string, field: keyof JobSpec, holds: (value: unknown) => boolean, rule: string): Choice[] => {
    const values: unknown = description[from]
    if (values === undefined) return []
    if (!Array.isArray(values) || values.length === 0 || !values.every(holds)) throw invalid(from, rule, values)
    const next = stream(from)
    return [{ field, draw: (): unknown => values[integerBelow(next, values.length)] }]
  }
  return [
    ...make('priorities', 'priority', isNumber, 'a list of numbers'),
    ...make(
      'tickets',
      'tickets',
      (value) => isNumber(value) && (value as number) > 0,
      'a list of numbers, more than 0',
    ),
    ...make('owners', 'owner', isText, 'a list of names'),
    ...make('queues', 'queue', isText, 'a list of names'),
  ]
}
