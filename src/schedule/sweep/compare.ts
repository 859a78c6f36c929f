/** Policies side by side: the same jobs, on the same machine, under each of them. */
import { invalid } from '../checks.ts'
import type { JobSpec, MachineSpec } from '../machine/spec.ts'
import type { Simulation } from '../machine/simulation.ts'
import { simulate } from '../machine/simulate.ts'
import { percentile } from '../statistics/summary.ts'
import { table } from '../statistics/table.ts'
import { makePolicy, nameOf, type Contender } from './contender.ts'

/**
 * A machine without its policy. Memory allocators keep state as policies do, so a machine with memory is given as a function
 * that makes it.
 */
export type Machine = Omit<MachineSpec, 'policy'>

/** The figures by which policies are compared; NaN where no job was done. */
export interface Figures {
  readonly turnaround: number
  readonly waiting: number
  readonly response: number
  readonly slowdown: number
  /** 99 of 100 jobs have a smaller slowdown. */
  readonly slowdown99: number
  readonly makespan: number
  readonly throughput: number
  readonly utilization: number
  readonly switches: number
  readonly fairness: number
  readonly longestWait: number
  readonly missedDeadlines: number
}

/** Names of all figures. */
export type Figure = keyof Figures

export interface Compared {
  readonly policy: string
  readonly figures: Figures
  readonly simulation: Simulation
}

/**
 * Runs the jobs under each policy. Throws OPTION_INVALID without policies, and what `simulate` throws.
 *
 * @example
 * compare(workloadByName('convoy').jobs, {}, ['fcfs', { name: 'rr', options: { quantum: 4 } }])
 */
export function compare(
  jobs: readonly JobSpec[],
  machine: Machine | (() => Machine),
  policies: readonly Contender[],
): Compared[] {
  checkContenders(policies)
  return policies.map((contender) => {
    const spec = typeof machine === 'function' ? machine() : machine
    const simulation = simulate(jobs, { ...spec, policy: makePolicy(contender) })
    return { policy: nameOf(contender), figures: figuresOf(simulation), simulation }
  })
}

/** Throws OPTION_INVALID for an empty list, which would compare nothing. */
export function checkContenders(policies: readonly Contender[]): void {
  if (policies.length === 0) throw invalid('policies', 'one or more', 'none')
}

/** The figures of one simulation. */
export function figuresOf({ jobs, system }: Simulation): Figures {
  const slowdowns = jobs.map(({ slowdown }) => slowdown).filter((slowdown) => slowdown !== undefined)
  return {
    ...system.average,
    slowdown99: slowdowns.length === 0 ? NaN : percentile(slowdowns, 0.99),
    makespan: system.makespan,
    throughput: system.throughput,
    utilization: system.utilization,
    switches: system.switches,
    fairness: system.fairness,
    longestWait: system.longestWait.time,
    missedDeadlines: jobs.filter(({ missedDeadline }) => missedDeadline).length,
  }
}

const columns: readonly (readonly [string, Figure])[] = [
  ['turnaround', 'turnaround'],
  ['waiting', 'waiting'],
  ['response', 'response'],
  ['slowdown', 'slowdown'],
  ['makespan', 'makespan'],
  ['CPU', 'utilization'],
  ['switches', 'switches'],
  ['fairness', 'fairness'],
  ['longest wait', 'longestWait'],
]

/** The comparison as a table of text; * marks the best turnaround. */
export function compareTable(rows: readonly Compared[]): string {
  const best = Math.min(...rows.map(({ figures }) => figures.turnaround))
  const lines = rows.map(({ policy, figures }) => [
    `${policy}${figures.turnaround === best ? ' *' : ''}`,
    ...columns.map(([, figure]) => shown(figure, figures[figure])),
  ])
  return table(
    [['policy', ...columns.map(([title]) => title)], ...lines],
    columns.map((_, index) => index + 1),
  )
}

function shown(figure: Figure, value: number): string {
  if (figure === 'utilization') return `${(value * 100).toFixed(1)} %`
  return figure === 'switches' ? `${value}` : value.toFixed(2)
}
