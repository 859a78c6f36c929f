/** Confidence intervals: how far the mean of a simulation may be from the truth. */
import { checkInteger } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { incompleteBeta } from './special.ts'
import { checkSome, mean, standardDeviation } from './summary.ts'

export interface Interval {
  readonly mean: number
  /** Half its width: the mean lies in mean - half to mean + half with the probability `level`. */
  readonly half: number
  readonly low: number
  readonly high: number
  /** @default 0.95 */
  readonly level: number
}

/** Student's t distribution with `freedom` degrees of freedom: P(T <= t). */
export function studentT(t: number, freedom: number): number {
  const outside = incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  return t < 0 ? outside : 1 - outside
}

/** The t below which `probability` (0 to 1, neither included) of Student's distribution lies; found by bisection. */
export function studentQuantile(probability: number, freedom: number): number {
  if (!(probability > 0 && probability < 1)) throw invalid('probability', 'more than 0 and less than 1', probability)
  if (!(freedom > 0)) throw invalid('freedom', 'a number more than 0', freedom)
  if (probability < 0.5) return -studentQuantile(1 - probability, freedom)
  // P(T > t) is calculated instead of P(T <= t), which would lose the digits of a probability close to 1.
  const above = (t: number): number => incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) / 2
  const wanted = 1 - probability
  let [low, high] = [0, 1]
  while (above(high) > wanted) high *= 2
  for (let step = 0; step < 200 && high - low > 1e-14 * high; step++) {
    const middle = (low + high) / 2
    if (above(middle) > wanted) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * The interval of a mean from independent values, such as the results of replications with different seeds. Throws
 * OPTION_INVALID for fewer than two values.
 *
 * @example
 * confidenceInterval([4.8, 5.1, 5.3]) // mean 5.07, half 0.63
 */
export function confidenceInterval(values: ArrayLike<number>, level = 0.95): Interval {
  checkLevel(level)
  checkSome('values', values, 2)
  const center = mean(values)
  const t = studentQuantile(1 - (1 - level) / 2, values.length - 1)
  const half = (t * standardDeviation(values)) / Math.sqrt(values.length)
  return { mean: center, half, low: center - half, high: center + half, level }
}

export interface BatchOptions {
  /** Batches that the run is cut into; 10 to 30 are usual. @default 20 */
  readonly batches?: number | undefined
  /** Share of the run that is left out at its beginning, while queues still fill; 0 to 0.9. @default 0.1 */
  readonly warmUp?: number | undefined
  /** @default 0.95 */
  readonly level?: number | undefined
}

/**
 * The interval of a mean from one long run, whose values depend on their neighbours: the means of long batches hardly do
 * (batch means; Law: Simulation Modeling and Analysis, ch. 9). Values that fill no whole batch are left out with the
 * warm-up. Throws OPTION_INVALID for a run with fewer values than batches.
 */
export function batchMeans(series: ArrayLike<number>, options: BatchOptions = {}): Interval {
  const { batches = 20, level = 0.95 } = options
  checkInteger('batches', batches, 2, 10_000)
  const used = withoutWarmUp(series, options.warmUp ?? 0.1)
  const size = Math.floor(used.length / batches)
  if (size < 1)
    throw invalid('series', `a list of ${batches} or more numbers after the warm-up`, `${used.length} numbers`)
  const from = used.length - size * batches
  const means = Array.from({ length: batches }, (_, index) =>
    mean(used.subarray(from + index * size, from + (index + 1) * size)),
  )
  return confidenceInterval(means, level)
}

/** What is left when the first `share` (0 to 0.9) of a run is cut off. */
export function withoutWarmUp(series: ArrayLike<number>, share: number): Float64Array {
  if (!(share >= 0 && share <= 0.9)) throw invalid('warmUp', 'a number from 0 to 0.9', share)
  return Float64Array.from(series).subarray(Math.floor(series.length * share))
}

function checkLevel(level: unknown): void {
  if (typeof level !== 'number' || !(level > 0 && level < 1))
    throw invalid('level', 'a number more than 0 and less than 1', level)
}
