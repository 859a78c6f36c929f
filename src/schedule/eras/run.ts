/** Runs one day's work in each era, so that they can be put side by side. */
import type { DeviceSpec, JobSpec } from '../machine/spec.ts'
import { simulate } from '../machine/simulate.ts'
import type { Simulation } from '../machine/simulation.ts'
import { mean } from '../statistics/summary.ts'
import { interactiveQueue, type Era } from './era.ts'
import { prepare, type Prepared } from './prepare.ts'
import { eras } from './table.ts'

export interface EraRun {
  readonly era: Era
  readonly simulation: Simulation
  /** Share of the time in which the CPU did somebody's work, 0 to 1, from the first moment until the last result is out. */
  readonly utilization: number
  /** When the last result was out. */
  readonly makespan: number
  /** Mean time from handing in to having the result, printing included. */
  readonly turnaround: number
  /** The same of those who wait at a terminal; undefined where the workload has none. */
  readonly interactive: number | undefined
}

export interface EraOptions {
  readonly devices?: Readonly<Record<string, DeviceSpec>> | undefined
  /** @default 'full' */
  readonly record?: 'full' | 'summary' | undefined
}

/**
 * One workload on the machine of one era. Input and output are what the jobs do on the devices `keyboard` and `display`; a
 * job of the queue `foreground` has somebody waiting. Throws OPTION_INVALID.
 */
export function runEra(era: Era, jobs: readonly JobSpec[], options: EraOptions = {}): EraRun {
  const { rules } = era
  const prepared = prepare(jobs, rules)
  const simulation = simulate(prepared.jobs, {
    policy: rules.policy(),
    contextSwitch: rules.contextSwitch,
    degree: rules.degree,
    record: options.record,
    devices: { operator: {}, tape: {}, ...options.devices },
  })
  const out = resultsOut(simulation, prepared)
  const times = jobs.map((job) => ({ job, time: (out.get(job.name) ?? NaN) - (job.arrival ?? 0) }))
  const interactive = times.filter(({ job }) => job.queue === interactiveQueue).map(({ time }) => time)
  const makespan = Math.max(0, ...out.values())
  return {
    era,
    simulation,
    utilization: makespan === 0 ? 0 : simulation.system.useful / makespan,
    makespan,
    turnaround: mean(times.map(({ time }) => time)),
    interactive: interactive.length === 0 ? undefined : mean(interactive),
  }
}

/** The same workload in all eras, in their order. */
export function runEras(jobs: readonly JobSpec[], options: EraOptions = {}): EraRun[] {
  return eras.map((era) => runEra(era, jobs, options))
}

/** When each job's result was out: at its end, or once the small machine had printed it, in the order of the ends. */
function resultsOut({ jobs }: Simulation, { printing }: Prepared): Map<string, number> {
  let free = 0
  const ends = jobs.map(({ name, finish }) => ({ name, finish: finish ?? NaN })).toSorted((a, b) => a.finish - b.finish)
  return new Map(
    ends.map(({ name, finish }): [string, number] => {
      const pages = printing.get(name)
      if (pages === undefined) return [name, finish]
      free = Math.max(free, finish) + pages
      return [name, free]
    }),
  )
}
