/** A run that was observed instead of simulated, with results by the rules of the simulator: so that both can be compared. */
import { resultsOf } from './results.ts'
import type { JobResult, Simulation, SimulationRecord } from './simulation.ts'
import { ends, JobTable } from './table.ts'

/** What was seen of a job, in the unit of time of the run; the rest of its result follows from it. */
export interface ObservedJob extends Pick<
  JobResult,
  | 'name'
  | 'owner'
  | 'arrival'
  | 'start'
  | 'finish'
  | 'response'
  | 'waiting'
  | 'cpu'
  | 'blocked'
  | 'waitedForMemory'
  | 'switches'
  | 'preemptions'
  | 'end'
> {
  /** How long it would have taken with the machine to itself. */
  readonly alone: number
  /** An instant; Infinity for none. */
  readonly deadline: number
  /** Of each resource other than the CPU: amount times time, or the time of a device. */
  readonly used: Readonly<Record<string, number>>
}

export interface ObservedRun {
  readonly policy: string
  readonly cpus: number
  /** In the order of arrival. */
  readonly jobs: readonly ObservedJob[]
  readonly makespan: number
  /** CPU time, over all CPUs. */
  readonly useful: number
  readonly longestWait: { readonly job: string | undefined; readonly time: number }
  readonly events: number
  readonly record: SimulationRecord
}

/** The run as if it had been simulated. Pure. */
export function observedRun(run: ObservedRun): Simulation {
  const table = new JobTable()
  const devices = new Map<string, { name: string; used: Map<number, number> }>()
  for (const job of run.jobs) {
    const row = addRow(table, job)
    for (const [name, used] of Object.entries(job.used)) {
      const device = devices.get(name) ?? { name, used: new Map<number, number>() }
      devices.set(name, device)
      device.used.set(row, used)
    }
  }
  return resultsOf({
    table,
    devices,
    now: run.makespan,
    useful: run.useful,
    switching: 0,
    switches: sum(run.jobs, 'switches'),
    preemptions: sum(run.jobs, 'preemptions'),
    longestWait: run.longestWait.time,
    longestWaiter: run.longestWait.job,
    events: run.events,
    memoryUsed: new Map(),
    policy: { name: run.policy },
    cpus: { length: run.cpus },
    rules: { from: 'zero' },
    record: run.record,
  })
}

function addRow(table: JobTable, job: ObservedJob): number {
  const row = table.add(job.name, job.owner, job.arrival, job.alone, job.deadline)
  table.start[row] = job.start ?? NaN
  table.finish[row] = job.finish ?? NaN
  table.response[row] = job.response ?? NaN
  table.waiting[row] = job.waiting
  table.cpu[row] = job.cpu
  table.blocked[row] = job.blocked
  table.forMemory[row] = job.waitedForMemory
  table.switches[row] = job.switches
  table.preemptions[row] = job.preemptions
  table.end[row] = ends.indexOf(job.end)
  return row
}

function sum(jobs: readonly ObservedJob[], figure: 'switches' | 'preemptions'): number {
  return jobs.reduce((total, job) => total + job[figure], 0)
}
