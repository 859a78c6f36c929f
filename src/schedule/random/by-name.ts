/** Distributions and arrival processes by name, with their parameters as data: what workload files and commands use. */
import { fail } from '../../core/index.ts'
import { batch, onOff, periodic, poisson, renewal, type ArrivalProcess } from './arrivals.ts'
import { deterministic, empirical, pareto, uniform } from './bounded.ts'
import type { Distribution } from './distribution.ts'
import { erlang, exponential, hyperexponential } from './phases.ts'
import { lognormal, weibull } from './skewed.ts'

/** Parameters by their names; each distribution says which ones it needs. */
export type Parameters = Readonly<Record<string, unknown>>

/** One row of a table of what can be drawn from. */
export interface Drawable<Made> {
  readonly name: string
  readonly title: string
  /** Parameters that it needs, and those that it may have. */
  readonly parameters: readonly string[]
  readonly optional?: readonly string[] | undefined
  readonly make: (parameters: never) => Made
}

export const distributionTable: readonly Drawable<Distribution>[] = [
  { name: 'exponential', title: 'without memory', parameters: ['mean'], make: exponential },
  { name: 'deterministic', title: 'always the same', parameters: ['mean'], make: deterministic },
  { name: 'uniform', title: 'anything from low to high', parameters: ['low', 'high'], make: uniform },
  { name: 'erlang', title: 'regular: a sum of exponential stages', parameters: ['mean', 'stages'], make: erlang },
  {
    name: 'hyperexponential',
    title: 'irregular: many short, few long',
    parameters: ['mean', 'c2'],
    make: hyperexponential,
  },
  { name: 'lognormal', title: 'skewed, like run times of batch jobs', parameters: ['mean', 'c2'], make: lognormal },
  { name: 'pareto', title: 'heavy-tailed up to a bound', parameters: ['low', 'high', 'shape'], make: pareto },
  { name: 'weibull', title: 'wears out, or lasts the longer the older', parameters: ['mean', 'shape'], make: weibull },
  { name: 'empirical', title: 'drawn from a list', parameters: ['values'], optional: ['weights'], make: empirical },
]

export const arrivalTable: readonly Drawable<ArrivalProcess>[] = [
  { name: 'poisson', title: 'independent of each other', parameters: ['rate'], make: poisson },
  { name: 'periodic', title: 'at equal intervals', parameters: ['interval'], make: periodic },
  { name: 'batch', title: 'several at once', parameters: ['rate', 'size'], make: batch },
  {
    name: 'on-off',
    title: 'bursts, with calm times between',
    parameters: ['onRate', 'onMean', 'offMean'],
    optional: ['offRate'],
    make: onOff,
  },
  {
    name: 'renewal',
    title: 'times between arrivals from any distribution',
    parameters: ['between'],
    make: ({ between }: { readonly between: Parameters }) => renewal(distributionByName(between)),
  },
]

/**
 * The distribution that a description means. Throws OPTION_INVALID for an unknown name, a parameter that is missing,
 * unknown or out of range.
 *
 * @example
 * distributionByName({ distribution: 'erlang', mean: 2, stages: 3 }).variance // 4 / 3
 */
export function distributionByName(description: Parameters): Distribution {
  return makeFrom('distribution', distributionTable, description)
}

/**
 * The arrival process that a description means. Throws OPTION_INVALID as `distributionByName` does.
 *
 * @example
 * arrivalsByName({ arrivals: 'poisson', rate: 0.8 }).rate // 0.8
 */
export function arrivalsByName(description: Parameters): ArrivalProcess {
  return makeFrom('arrivals', arrivalTable, description)
}

function makeFrom<Made>(kind: string, table: readonly Drawable<Made>[], description: Parameters): Made {
  const { [kind]: name, ...parameters } = description
  const row = table.find((each) => each.name === name)
  if (row === undefined) {
    const known = table.map((each) => each.name).join(', ')
    throw fail('OPTION_INVALID', { option: kind, rule: `one of ${known}`, got: JSON.stringify(name) ?? 'nothing' })
  }
  const takes = [...row.parameters, ...(row.optional ?? [])]
  for (const key of Object.keys(parameters)) {
    if (!takes.includes(key)) throw refused(kind, row, key, `one of ${takes.join(', ')}`)
  }
  for (const key of row.parameters) {
    if (parameters[key] === undefined) throw refused(kind, row, key, 'given')
  }
  return row.make(parameters as never)
}

function refused(kind: string, row: { readonly name: string }, key: string, rule: string): Error {
  const got = rule === 'given' ? 'nothing' : JSON.stringify(key)
  return fail('OPTION_INVALID', { option: `${key} (${kind} ${row.name})`, rule, got })
}
