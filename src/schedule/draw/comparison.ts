/** Several simulations of one workload side by side, usually one for each policy; the best of each column is marked. */
import type { Simulation, SystemResult } from '../machine/simulation.ts'
import { drawingOf, type DrawOptions } from './options.ts'
import { numberText, percentText } from './scale.ts'
import { drawTable } from './table.ts'

export interface ComparedColumn {
  readonly title: string
  readonly better: 'less' | 'more'
  readonly valueOf: (simulation: Simulation) => number
  readonly textOf: (value: number) => string
}

const systemColumns: readonly (Omit<ComparedColumn, 'valueOf'> & {
  readonly valueOf: (system: SystemResult) => number
})[] = [
  { title: 'turnaround', better: 'less', valueOf: ({ average }) => average.turnaround, textOf: numberText },
  { title: 'waiting', better: 'less', valueOf: ({ average }) => average.waiting, textOf: numberText },
  { title: 'response', better: 'less', valueOf: ({ average }) => average.response, textOf: numberText },
  { title: 'slowdown', better: 'less', valueOf: ({ average }) => average.slowdown, textOf: numberText },
  { title: 'makespan', better: 'less', valueOf: ({ makespan }) => makespan, textOf: numberText },
  { title: 'utilization', better: 'more', valueOf: ({ utilization }) => utilization, textOf: percentText },
  { title: 'switches', better: 'less', valueOf: ({ switches }) => switches, textOf: numberText },
  { title: 'fairness', better: 'more', valueOf: ({ fairness }) => fairness, textOf: numberText },
  { title: 'longest wait', better: 'less', valueOf: ({ longestWait }) => longestWait.time, textOf: numberText },
]

/** What policies are compared by; `late`: jobs that missed their deadline. */
export const comparedColumns: readonly ComparedColumn[] = [
  ...systemColumns.map(({ valueOf, ...column }) =>
    Object.assign(column, { valueOf: ({ system }: Simulation) => valueOf(system) }),
  ),
  {
    title: 'late',
    better: 'less',
    valueOf: ({ jobs }) => jobs.filter(({ missedDeadline }) => missedDeadline).length,
    textOf: numberText,
  },
]

/** The simulations that are best at this, by their places; none where all are equal. */
export function bestAt({ better, valueOf }: ComparedColumn, simulations: readonly Simulation[]): number[] {
  const values = simulations.map(valueOf)
  const finite = values.filter(Number.isFinite)
  const best = better === 'less' ? Math.min(...finite) : Math.max(...finite)
  const places = values.flatMap((value, place) => (Math.abs(value - best) <= Math.abs(best) * 1e-12 ? [place] : []))
  return places.length === values.length ? [] : places
}

/**
 * The comparison as a table, one simulation a row, called `names` or else by their policies. The best of a column has a
 * star, so that nothing depends on colour.
 */
export function drawComparison(
  simulations: readonly Simulation[],
  options: DrawOptions & { readonly names?: readonly string[] | undefined } = {},
): string {
  const drawing = drawingOf('drawComparison', options, ['names'])
  const best = comparedColumns.map((column) => new Set(bestAt(column, simulations)))
  const rows = simulations.map((simulation, place) => [
    options.names?.[place] ?? simulation.system.policy,
    ...comparedColumns.map((column, index) => {
      return column.textOf(column.valueOf(simulation)) + (best[index]?.has(place) === true ? '*' : ' ')
    }),
  ])
  const heading = ['policy', ...comparedColumns.map(({ title }) => `${title} `)]
  const table = drawTable([heading, ...rows], drawing, (row, column) =>
    best[column - 1]?.has(row - 1) === true ? 'good' : undefined,
  )
  return best.some(({ size }) => size > 0) ? `${table}\n* the best` : table
}
