/** One run of an open queue: jobs come by themselves and leave when they are done. */
import type { JobSpec } from '../machine/spec.ts'
import type { JobResult, Simulation } from '../machine/simulation.ts'
import { poisson } from '../random/arrivals.ts'
import { secondMoment, type Distribution } from '../random/distribution.ts'
import { randomStream } from '../random/stream.ts'

/** Jobs of one class: Poisson arrivals, one CPU burst each. */
export interface JobClass {
  readonly arrivalRate: number
  readonly service: Distribution
}

export interface OpenModel {
  /** The first class has priority 0, the next one 1, and so on. */
  readonly classes: readonly JobClass[]
  /** Runs the jobs; a fresh machine each time. */
  readonly run: (jobs: readonly JobSpec[]) => Simulation
}

/** The figures of one run, after its warm-up. */
export interface OpenSample {
  readonly turnaround: number
  readonly waiting: number
  /** Share of the jobs that waited. */
  readonly probWait: number
  readonly utilization: number
  /** Number in the system, averaged over time by counting arrivals and departures. */
  readonly inSystem: number
  /** Mean turnaround of each class. */
  readonly turnaroundOf: readonly number[]
  /** By how much the random numbers of the run were off; the true mean of each is 0. */
  readonly controls: readonly number[]
  /** How far exact laws are off; see `exactDeviation`. */
  readonly deviation: number
}

const warmUpShare = 0.1

/** Simulates `count` jobs with the random numbers of `seed`; two policies with the same seed get the same jobs. */
export function openRun(model: OpenModel, count: number, seed: number): OpenSample {
  const { classes, run } = model
  const specs = openJobs(classes, count, seed)
  const simulation = run(specs)
  const { cpus } = simulation.system
  const warm = simulation.jobs.slice(Math.floor(count * warmUpShare))
  // From there to the last arrival the queue is as it always is; after it the machine only runs empty.
  const [from, to] = [warm[0]?.arrival ?? 0, warm.at(-1)?.arrival ?? 0]
  return {
    turnaround: meanOf(warm, turnaroundOf),
    waiting: meanOf(warm, ({ waiting }) => waiting),
    probWait: meanOf(warm, ({ waiting }) => (waiting > 0 ? 1 : 0)),
    utilization: numberOverTime(simulation.jobs, from, to, cpus) / (to - from) / cpus,
    inSystem: numberOverTime(simulation.jobs, from, to) / (to - from),
    turnaroundOf: classes.map((_, index) =>
      meanOf(
        warm.filter(({ owner }) => owner === `${index}`),
        turnaroundOf,
      ),
    ),
    controls: controlsOf(classes, specs),
    deviation: exactDeviation(specs, simulation),
  }
}

/** Times between arrivals, service times and their squares, each as a relative deviation from what is expected. */
function controlsOf(classes: readonly JobClass[], specs: readonly JobSpec[]): number[] {
  const rate = classes.reduce((sum, { arrivalRate }) => sum + arrivalRate, 0)
  const expected = (moment: (service: Distribution) => number): number =>
    classes.reduce((sum, { arrivalRate, service }) => sum + (arrivalRate / rate) * moment(service), 0)
  let [first, second] = [0, 0]
  for (const spec of specs) {
    const work = workOf(spec)
    first += work
    second += work * work
  }
  const count = specs.length
  return [
    ((specs.at(-1)?.arrival ?? 0) / count) * rate - 1,
    first / count / expected(({ mean }) => mean) - 1,
    second / count / expected(secondMoment) - 1,
  ]
}

/** Jobs of all classes in the order of their arrival; owners are the numbers of the classes. */
function openJobs(classes: readonly JobClass[], count: number, seed: number): JobSpec[] {
  const sources = classes.map(({ arrivalRate, service }, index) => {
    const next = poisson({ rate: arrivalRate }).start(randomStream(seed, `arrivals ${index}`))
    return { next, at: next(), service, stream: randomStream(seed, `service ${index}`), index }
  })
  return Array.from({ length: count }, (_, number) => {
    const source = sources.reduce((first, each) => (each.at < first.at ? each : first))
    const { at: arrival, service, stream, index } = source
    source.at = source.next()
    return { name: `${number}`, arrival, owner: `${index}`, priority: index, bursts: [{ cpu: service.sample(stream) }] }
  })
}

/**
 * What must hold exactly in every run, whatever the policy, as the greatest relative deviation (rounding alone gives about
 * 1e-12): Little's law (the number in the system summed over time is the sum of all turnarounds), CPU time adds up (useful,
 * switching and idle time make the makespan of all CPUs), and no work is lost or made (useful time is the sum of bursts).
 */
export function exactDeviation(specs: readonly JobSpec[], { jobs, system }: Simulation): number {
  const work = specs.reduce((sum, spec) => sum + workOf(spec), 0)
  const turnarounds = jobs.reduce((sum, job) => sum + turnaroundOf(job), 0)
  const { useful, switching, idle, makespan, cpus } = system
  return Math.max(
    apart(numberOverTime(jobs), turnarounds),
    apart(useful + switching + idle, makespan * cpus),
    apart(useful, work),
  )
}

/**
 * The integral of the number in the system over a stretch of time, from one arrival or departure to the next; of those that
 * more than `most` are, only so many: with the number of CPUs, the time that they are in use.
 */
function numberOverTime(jobs: readonly JobResult[], from = 0, to = Infinity, most = Infinity): number {
  const arrivals = Float64Array.from(jobs, ({ arrival }) => arrival).sort()
  const departures = Float64Array.from(jobs, ({ finish = NaN }) => finish).sort()
  let [area, before, coming] = [0, from, 0]
  for (let leaving = 0; leaving < departures.length && before < to;) {
    const arrival = coming < arrivals.length ? (arrivals[coming] as number) : Infinity
    const departure = departures[leaving] as number
    const now = Math.min(arrival, departure, to)
    if (now > before) {
      area += Math.min(most, coming - leaving) * (now - before)
      before = now
    }
    if (arrival <= departure) coming++
    else leaving++
  }
  return area
}

function workOf({ bursts = [] }: JobSpec): number {
  let work = 0
  for (const burst of bursts) if ('cpu' in burst) work += burst.cpu
  return work
}

function turnaroundOf({ turnaround = NaN }: JobResult): number {
  return turnaround
}

function meanOf(jobs: readonly JobResult[], figure: (job: JobResult) => number): number {
  let sum = 0
  for (const job of jobs) sum += figure(job)
  return sum / jobs.length
}

function apart(left: number, right: number): number {
  return Math.abs(left - right) / Math.max(Math.abs(left), Math.abs(right), Number.MIN_VALUE)
}
