/** The records of what is under way: a job that owns memory, and its threads, which the CPUs run. */
import type { JobState } from './simulation.ts'
import type { Burst, JobSpec, SimulatedJob } from './spec.ts'

/** A job between its submission and its end; with a period, one release of it. */
export class JobRun {
  readonly spec: JobSpec
  readonly name: string
  /** Its row in the table of results. */
  readonly row: number
  readonly arrival: number
  readonly threads: Thread[] = []
  /** Where it stands among those that wait for memory. */
  place = -1
  /** Threads that have not ended. */
  alive = 0
  ended = false
  /** Another job wrote into its memory. */
  broken = false
  admitted = false
  base: number | undefined = undefined
  size = 0
  memorySince = 0
  /** Neighbours in the list of jobs under way. */
  previous: JobRun | undefined = undefined
  next: JobRun | undefined = undefined

  constructor(spec: JobSpec, name: string, row: number, arrival: number) {
    this.spec = spec
    this.name = name
    this.row = row
    this.arrival = arrival
  }
}

/** Policies see the fields of a job; the rest is the machine's. All exist from the start, which keeps them fast. */
export class Thread implements SimulatedJob {
  place = -1
  memo: unknown = undefined
  readonly name: string
  readonly spec: JobSpec
  readonly key: string | undefined
  burst: number | undefined = undefined
  remaining: number | undefined = undefined
  readonly priority: number | undefined
  readonly queue: string | undefined
  readonly tickets: number | undefined
  readonly owner: string | undefined
  deadline: number | undefined = undefined
  readonly period: number | undefined
  readonly width: number | undefined
  readonly limit: number | undefined

  readonly job: JobRun
  readonly bursts: readonly Burst[]
  state: JobState | undefined = undefined
  /** When it came into this state. */
  since = 0
  /** The burst where it stands, from 0, what is left of it, and the CPU time of those that follow before it waits. */
  at = 0
  left = 0
  rest = 0
  cpuUsed = 0
  /** I/O handed in that is not done, and whether the thread waits for all of it. */
  pending = 0
  awaits = false
  waitsFor: string | undefined = undefined

  constructor(job: JobRun, name: string, bursts: readonly Burst[], priority: number | undefined) {
    const { spec } = job
    this.job = job
    this.name = name
    this.spec = spec
    this.bursts = bursts
    this.priority = priority
    this.key = spec.key
    this.queue = spec.queue
    this.tickets = spec.tickets
    this.owner = spec.owner
    this.period = spec.period
    this.width = spec.width
    this.limit = spec.limit
  }
}
