/** One thing is varied, policies are compared at each of its values, and chance is told from difference. */
import { checkChoice, checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { JobSpec } from '../machine/spec.ts'
import { simulate } from '../machine/simulate.ts'
import { policyRow } from '../policies/by-name.ts'
import { confidenceInterval, type Interval } from '../statistics/interval.ts'
import { mean } from '../statistics/summary.ts'
import { table } from '../statistics/table.ts'
import { generateJobs, processesOf, type Generation } from '../workload/generate.ts'
import { checkContenders, figuresOf, type Figure, type Figures, type Machine } from './compare.ts'
import { makePolicy, nameOf, type Contender } from './contender.ts'

/** What can be varied: the slice, the load (CPU time that arrives per time and CPU), the time of a switch. */
export const sweepable = ['quantum', 'load', 'switch'] as const

export interface SweepOptions {
  /** Jobs as they are, or a description from which each replication draws its own. */
  readonly workload: readonly JobSpec[] | Generation
  readonly policies: readonly Contender[]
  readonly over: (typeof sweepable)[number]
  readonly values: readonly number[]
  /** @default one CPU */
  readonly machine?: Machine | (() => Machine) | undefined
  /** Runs at each value, with random numbers of their own; jobs as they are need one. @default 10, or 1 */
  readonly replications?: number | undefined
  /** Of the first replication; the others follow. @default 1 */
  readonly seed?: number | undefined
  /** @default 0.95 */
  readonly level?: number | undefined
}

export interface SweepRow {
  readonly value: number
  readonly policy: string
  readonly figures: Figures
  /** Of the mean of each figure; undefined for one replication. */
  readonly intervals: Readonly<Record<Figure, Interval>> | undefined
  /**
   * How much longer the mean turnaround is than that of the first policy, pair by pair on the same jobs: the interval of the
   * difference is much narrower than those of the two. Undefined for the first policy and for one replication.
   */
  readonly difference: Interval | undefined
}

/**
 * Runs every policy at every value. All policies get the same random numbers (common random numbers; Law: Simulation Modeling
 * and Analysis, ch. 11), and so do all values. The quantum goes to policies that are known by name and have that option; the
 * others stay as they are. Loads need a generated workload with arrivals. Throws OPTION_INVALID.
 *
 * @example
 * const workload = { arrivals: 'poisson', rate: 0.8, service: 'exponential', mean: 1, jobs: 2_000 }
 * sweep({ workload, policies: ['fcfs', 'srtf'], over: 'load', values: [0.5, 0.8] }).length // 4
 */
export function sweep(options: SweepOptions): SweepRow[] {
  const { workload, policies, values, seed = 1, level = 0.95 } = options
  const { replications = isGeneration(workload) ? 10 : 1 } = options
  check(options, replications, seed)
  return values.flatMap((value) => {
    const runs = policies.map((): Figures[] => [])
    for (let replication = 0; replication < replications; replication++) {
      const jobs = jobsAt(options, value, seed + replication)
      policies.forEach((contender, index) => runs[index]?.push(runOnce(options, contender, value, jobs)))
    }
    const first = (runs[0] ?? []).map(({ turnaround }) => turnaround)
    return policies.map((contender, index) => rowOf(nameOf(contender), value, runs[index] ?? [], index, first, level))
  })
}

function isGeneration(workload: SweepOptions['workload']): workload is Generation {
  return !Array.isArray(workload)
}

function check({ workload, policies, over, values }: SweepOptions, replications: number, seed: number): void {
  checkContenders(policies)
  checkChoice('over', over, sweepable)
  checkInteger('replications', replications, 1, 10_000)
  checkInteger('seed', seed, 0, Number.MAX_SAFE_INTEGER - replications)
  if (values.length === 0) throw invalid('values', 'one or more numbers', 'none')
  const least = over === 'switch' ? 0 : Number.MIN_VALUE
  const wrong = values.find((value) => !(typeof value === 'number' && value >= least && value < Infinity))
  if (wrong !== undefined) throw invalid('values', over === 'switch' ? '0 or more' : 'more than 0', wrong)
  if (!isGeneration(workload) && replications > 1) throw invalid('replications', '1 for jobs as they are', replications)
  if (over === 'load' && (!isGeneration(workload) || (workload.arrivals ?? 'at-once') === 'at-once'))
    throw invalid('over', 'quantum or switch for a workload without generated arrivals', over)
}

function jobsAt({ workload, over, machine }: SweepOptions, value: number, seed: number): readonly JobSpec[] {
  if (!isGeneration(workload)) return workload
  const jobs = generateJobs({ ...workload, seed })
  if (over !== 'load') return jobs
  // Arrivals are stretched instead of drawn anew, so that they keep their pattern at every load.
  const { arrivals, service } = processesOf(workload)
  const cpus = (typeof machine === 'function' ? machine() : machine)?.cpus ?? 1
  const stretch = ((arrivals?.rate ?? NaN) * service.mean) / cpus / value
  return jobs.map((job) => Object.assign(job, { arrival: (job.arrival ?? 0) * stretch }))
}

function runOnce(options: SweepOptions, contender: Contender, value: number, jobs: readonly JobSpec[]): Figures {
  const { machine = {}, over } = options
  const spec = typeof machine === 'function' ? machine() : machine
  const extra = over === 'quantum' && takesQuantum(contender) ? { quantum: value } : {}
  const cost = over === 'switch' ? { contextSwitch: value } : {}
  const policy = makePolicy(contender, extra)
  return figuresOf(simulate(jobs, { ...spec, ...cost, record: 'summary', policy }))
}

/** Policies by name whose table says that they have slices of one length. */
function takesQuantum(contender: Contender): boolean {
  if (typeof contender === 'function') return false
  const row = policyRow(typeof contender === 'string' ? contender : contender.name)
  return row.options.some(({ name }) => name === 'quantum')
}

function rowOf(
  policy: string,
  value: number,
  runs: readonly Figures[],
  index: number,
  first: readonly number[],
  level: number,
): SweepRow {
  const names = Object.keys(runs[0] ?? {}) as Figure[]
  const each = <Value>(make: (values: number[]) => Value): Record<Figure, Value> =>
    Object.fromEntries(names.map((name) => [name, make(runs.map((run) => run[name]))])) as Record<Figure, Value>
  const isOne = runs.length < 2
  const differences = runs.map(({ turnaround }, at) => turnaround - (first[at] ?? NaN))
  return {
    value,
    policy,
    figures: each(mean),
    intervals: isOne ? undefined : each((values) => confidenceInterval(values, level)),
    difference: isOne || index === 0 ? undefined : confidenceInterval(differences, level),
  }
}

/** A sweep as a table of text: a row for each value, a column for each policy, of one figure. */
export function sweepTable(rows: readonly SweepRow[], over: string, figure: Figure = 'turnaround'): string {
  const policies = [...new Set(rows.map(({ policy }) => policy))]
  const values = [...new Set(rows.map(({ value }) => value))]
  const cell = (value: number, policy: string): string => {
    const row = rows.find((each) => each.value === value && each.policy === policy)
    if (row === undefined) return ''
    const half = row.intervals?.[figure].half
    const digits = figure === 'utilization' || figure === 'fairness' ? 4 : 2
    return `${row.figures[figure].toFixed(digits)}${half === undefined ? '' : ` +- ${half.toFixed(digits)}`}`
  }
  const lines = values.map((value) => [`${value}`].concat(policies.map((policy) => cell(value, policy))))
  return table(
    [[over, ...policies], ...lines],
    [0, ...policies].map((_, index) => index),
  )
}
