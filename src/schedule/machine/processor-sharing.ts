/**
 * Processor sharing: round robin with slices of no length, so all ready jobs run at once, each at an equal part of the speed.
 *
 * No CPU of `simulate` can do that, as it runs one thread at a time, so this is a machine of its own. It is exact: all jobs
 * that share have attained the same service since they came, so a job ends when that common service, counted from its
 * arrival, reaches its burst; whose turn that is, a heap knows (Kleinrock, Queueing Systems II, section 4.4).
 */
import { JobHeap } from '../heap.ts'
import { arrivalsOf } from './arrivals.ts'
import { checkMachine } from './checks.ts'
import { invalid } from '../checks.ts'
import { resultsOf } from './results.ts'
import type { Simulation } from './simulation.ts'
import type { Burst, JobSpec, MachineSpec, SimulatedJob } from './spec.ts'
import { createMachine, type Machine } from './state.ts'
import { done } from './table.ts'
import type { Policy } from '../types.ts'

export interface SharingOptions {
  /** @default 1 */
  readonly cpus?: number | undefined
  /** The simulation ends then. @default when all jobs are done */
  readonly horizon?: number | undefined
}

/** Who is ready runs, so nothing is left for a policy to say but its name. */
const nobodyWaits: Policy<SimulatedJob> = {
  name: 'ps',
  size: 0,
  ready: () => undefined,
  pick: () => undefined,
  withdraw: () => false,
}

interface Sharer {
  place: number
  readonly row: number
  readonly bursts: readonly Burst[]
  at: number
  /** When it came into its present burst, and the common service, or the time, at which that is over. */
  since: number
  due: number
  /** The common service when it began to share. */
  base: number
}

/** What is under way: those that share the CPUs, in the order of their ends, and those that wait for I/O. */
interface Sharing {
  readonly machine: Machine
  readonly sharers: JobHeap<Sharer>
  readonly waiting: JobHeap<Sharer>
  readonly cpus: number
  /** What a job would have been served that was always there. */
  service: number
}

/**
 * Runs jobs that share `cpus` CPUs equally: n ready jobs have the speed min(1, cpus / n) each. The limit of round robin as
 * its quantum goes to 0. Jobs have CPU bursts and synchronous I/O, whose devices serve any number at once; other fields than
 * `name`, `arrival`, `owner` and `bursts` have no meaning here. `waiting` is the time that was lost to the others; there
 * are no switches, and no record, as no CPU belongs to anybody. `jobs` as for `simulate`. O(log n) for each burst.
 * Throws OPTION_INVALID.
 *
 * @example
 * const { jobs } = processorSharing([{ name: 'A', bursts: [{ cpu: 1 }] }, { name: 'B', bursts: [{ cpu: 2 }] }])
 * jobs.map(({ finish }) => finish) // [2, 3]
 */
export function processorSharing(jobs: Iterable<JobSpec>, options: SharingOptions = {}): Simulation {
  const { cpus = 1, horizon } = options
  const spec: MachineSpec = { policy: nobodyWaits, cpus, horizon, record: 'summary' }
  checkMachine(spec)
  const machine = createMachine(spec)
  const sharing = { machine, sharers: new JobHeap<Sharer>(), waiting: new JobHeap<Sharer>(), cpus, service: 0 }
  share(sharing, arrivalsOf(jobs, spec), horizon ?? Infinity)
  stop(sharing)
  return resultsOf(machine)
}

function share(sharing: Sharing, arrivals: ReturnType<typeof arrivalsOf>, horizon: number): void {
  const { machine, waiting } = sharing
  for (;;) {
    const nextEnd = endTime(sharing)
    const next = Math.min(arrivals.at, waiting.peek()?.due ?? Infinity, nextEnd)
    if (next === Infinity) return
    if (next > horizon) return advance(sharing, horizon)
    advance(sharing, next)
    if (nextEnd === next) endBursts(sharing)
    for (let back = waiting.peek(); back !== undefined && back.due <= next; back = waiting.peek()) {
      waiting.pop()
      book(machine.table.blocked, back.row, next - back.since)
      machine.events++
      goOn(sharing, back)
    }
    if (next === horizon) return
    while (arrivals.at <= next) arrive(sharing, arrivals.take())
  }
}

/** What is under way when the simulation ends counts so far. */
function stop({ machine, sharers, waiting, service }: Sharing): void {
  for (let job = sharers.pop(); job !== undefined; job = sharers.pop()) {
    const { cpu } = job.bursts[job.at] as { cpu: number }
    const attained = cpu === Infinity ? service - job.base : Math.max(0, cpu - (job.due - service))
    book(machine.table.cpu, job.row, attained)
    book(machine.table.waiting, job.row, Math.max(0, machine.now - job.since - attained))
  }
  for (let job = waiting.pop(); job !== undefined; job = waiting.pop())
    book(machine.table.blocked, job.row, machine.now - job.since)
}

function endTime({ machine, sharers, cpus, service }: Sharing): number {
  const first = sharers.peek()
  return first === undefined
    ? Infinity
    : machine.now + Math.max(0, first.due - service) * Math.max(1, sharers.size / cpus)
}

function advance(sharing: Sharing, to: number): void {
  const { machine, sharers, cpus } = sharing
  const time = to - machine.now
  machine.useful += time * Math.min(cpus, sharers.size)
  sharing.service += sharers.size === 0 ? 0 : time * Math.min(1, cpus / sharers.size)
  machine.now = to
}

/** Of all whose service is reached; the first has reached it by definition, whatever rounding says. */
function endBursts(sharing: Sharing): void {
  const { machine, sharers } = sharing
  const first = sharers.peek()
  if (first === undefined) return
  sharing.service = Math.max(sharing.service, first.due)
  for (let over = sharers.peek(); over !== undefined && over.due <= sharing.service; over = sharers.peek()) {
    sharers.pop()
    const { cpu } = over.bursts[over.at] as { cpu: number }
    book(machine.table.cpu, over.row, cpu)
    book(machine.table.waiting, over.row, Math.max(0, machine.now - over.since - cpu))
    machine.events++
    over.at++
    goOn(sharing, over)
  }
  // Counted anew while nobody is there, so that sums stay small.
  if (sharers.size === 0) sharing.service = 0
}

function arrive(sharing: Sharing, spec: JobSpec): void {
  const { machine } = sharing
  const { now, table } = machine
  const { name, owner = 'user', bursts } = spec
  if (bursts === undefined) throw invalid('threads', 'no threads, where processors are shared', name)
  let alone = 0
  for (const burst of bursts) alone += lengthOf(burst, name)
  const row = table.add(name, owner, now, alone, Infinity)
  machine.events++
  goOn(sharing, { place: -1, row, bursts, at: 0, since: now, due: 0, base: 0 })
}

function lengthOf(burst: Burst, name: string): number {
  if ('cpu' in burst) return burst.cpu
  if ('io' in burst && burst.submission !== 'async') return burst.io
  throw invalid('bursts', 'CPU bursts and synchronous I/O, where processors are shared', name)
}

function goOn(sharing: Sharing, job: Sharer): void {
  const { machine, sharers, waiting, service } = sharing
  const { now, table } = machine
  const burst = job.bursts[job.at]
  job.since = now
  if (burst === undefined) {
    table.finish[job.row] = now
    table.end[job.row] = done
  } else if ('cpu' in burst) {
    if (Number.isNaN(table.start[job.row])) {
      table.start[job.row] = now
      table.response[job.row] = now - (table.arrival[job.row] as number)
    }
    job.base = service
    job.due = service + burst.cpu
    sharers.push(job, job.due)
  } else if ('io' in burst) {
    job.at++
    job.due = now + burst.io
    waiting.push(job, job.due)
  }
}

function book(column: Float64Array, row: number, time: number): void {
  column[row] = (column[row] as number) + time
}
