/** Distributions with a least and a greatest value: constants, uniform times, bounded Pareto, measured values. */
import { invalid } from '../checks.ts'
import { checkPositive, type Distribution } from './distribution.ts'

/** Always the same. */
export function deterministic({ mean }: { readonly mean: number }): Distribution {
  checkPositive('mean', mean)
  return { name: 'deterministic', mean, variance: 0, sample: () => mean, tail: (x) => (x < mean ? 1 : 0) }
}

/** Every time from `low` to `high` is equally likely. */
export function uniform({ low, high }: { readonly low: number; readonly high: number }): Distribution {
  checkRange(low, high)
  return {
    name: 'uniform',
    mean: (low + high) / 2,
    variance: (high - low) ** 2 / 12,
    sample: (next) => low + (high - low) * next(),
    tail: (x) => Math.min(1, Math.max(0, (high - x) / (high - low))),
  }
}

/**
 * Heavy-tailed with an end: density proportional to x^(-shape - 1) from `low` to `high`. The lifetimes of UNIX processes
 * are of this kind with shape about 1 (Harchol-Balter, Downey: Exploiting Process Lifetime Distributions, 1997).
 */
export function pareto(options: { readonly low: number; readonly high: number; readonly shape: number }): Distribution {
  const { low, high, shape } = options
  checkPositive('low', low)
  checkPositive('shape', shape)
  checkRange(low, high)
  const cut = 1 - (low / high) ** shape
  const moment = (order: number): number => {
    const scale = (shape * low ** shape) / cut
    return order === shape
      ? scale * Math.log(high / low)
      : (scale * (high ** (order - shape) - low ** (order - shape))) / (order - shape)
  }
  const mean = moment(1)
  return {
    name: 'pareto',
    mean,
    variance: moment(2) - mean ** 2,
    sample: (next) => Math.min(high, low * (1 - cut * next()) ** (-1 / shape)),
    tail: (x) => (x <= low ? 1 : x >= high ? 0 : 1 - (1 - (low / x) ** shape) / cut),
  }
}

/** Draws from measured values, each with its weight. Throws OPTION_INVALID without values, or for weights that do not fit. */
export function empirical(options: {
  readonly values: readonly number[]
  /** How often each value comes, against the others. @default all equally often */
  readonly weights?: readonly number[] | undefined
}): Distribution {
  const { values, weights = values.map(() => 1) } = options
  checkValues(values, weights)
  const order = values.map((_, index) => index).sort((a, b) => at(values, a) - at(values, b))
  const sorted = order.map((index) => at(values, index))
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let sum = 0
  const below = order.map((index) => (sum += at(weights, index)) / total)
  const mean = values.reduce((so, value, index) => so + (value * at(weights, index)) / total, 0)
  const find = (reached: (index: number) => boolean): number => {
    let [from, to] = [0, sorted.length]
    while (from < to) {
      const middle = (from + to) >> 1
      if (reached(middle)) to = middle
      else from = middle + 1
    }
    return from
  }
  return {
    name: 'empirical',
    mean,
    variance: values.reduce((so, value, index) => so + ((value - mean) ** 2 * at(weights, index)) / total, 0),
    sample: (next) => {
      const drawn = next()
      return at(
        sorted,
        Math.min(
          sorted.length - 1,
          find((index) => at(below, index) > drawn),
        ),
      )
    },
    tail: (x) => {
      const first = find((index) => at(sorted, index) > x)
      return first === 0 ? 1 : 1 - at(below, first - 1)
    },
  }
}

function at(list: readonly number[], index: number): number {
  return list[index] as number
}

function checkRange(low: unknown, high: unknown): void {
  if (typeof low !== 'number' || !(low >= 0 && low < Infinity)) throw invalid('low', 'a finite number, 0 or more', low)
  if (typeof high !== 'number' || !(high > low && high < Infinity))
    throw invalid('high', `a finite number, more than low (${low})`, high)
}

function checkValues(values: unknown, weights: unknown): void {
  const isTime = (value: unknown): boolean => typeof value === 'number' && value >= 0 && value < Infinity
  if (!Array.isArray(values) || values.length === 0 || !values.every(isTime) || !values.some((value) => value > 0))
    throw invalid('values', 'a list of finite numbers, 0 or more, not all 0', values)
  if (!Array.isArray(weights) || weights.length !== values.length || !weights.every(isTime))
    throw invalid('weights', 'a list of finite numbers, 0 or more, one for each value', weights)
  if (!weights.some((weight: number) => weight > 0)) throw invalid('weights', 'more than 0 in all', weights)
}
