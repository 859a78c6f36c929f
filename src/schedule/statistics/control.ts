/**
 * Control variates: some of a simulation's noise is known, since the random numbers that went in are known. A run whose
 * jobs happened to be 1 % too short would have had shorter queues; regression takes that out (Lavenberg, Welch: A
 * Perspective on the Use of Control Variables to Increase the Efficiency of Monte Carlo Simulations, Management Science
 * 27, 1981).
 */
import { invalid } from '../checks.ts'
import { confidenceInterval, studentQuantile, type Interval } from './interval.ts'

/** Fewer degrees of freedom than this, and the regression costs more than it gains. */
const leastFreedom = 5

/**
 * The interval of a mean from the values of independent runs and, for each run, by how much its controls were off: numbers
 * whose true mean is 0, as many for each run. Too few runs for the regression, or controls that do not vary, give the plain
 * interval. Throws OPTION_INVALID for lists that do not fit.
 *
 * @example
 * // Values that follow their control exactly leave no doubt about the mean at control 0:
 * controlledInterval([11, 9, 12, 8, 10, 13, 7], [[1], [-1], [2], [-2], [0], [3], [-3]], 0.95) // mean 10, half 0
 */
export function controlledInterval(
  values: readonly number[],
  controls: readonly (readonly number[])[],
  level = 0.95,
): Interval {
  const plain = confidenceInterval(values, level)
  const count = controls[0]?.length ?? 0
  if (controls.length !== values.length || controls.some((each) => each.length !== count))
    throw invalid('controls', `a list of ${count} numbers for each of ${values.length} values`, controls.length)
  const freedom = values.length - count - 1
  if (count === 0 || freedom < leastFreedom) return plain
  // Least squares: values = center + slopes x controls. The normal equations, with the unit vector that gives the variance
  // of the center on a second right-hand side.
  const rows = controls.map((each) => [1, ...each])
  const product = (i: number, j: number): number => rows.reduce((sum, row) => sum + (row[i] ?? 0) * (row[j] ?? 0), 0)
  const matrix = Array.from({ length: count + 1 }, (_, i) => [
    ...Array.from({ length: count + 1 }, (_unused, j) => product(i, j)),
    rows.reduce((sum, row, at) => sum + (row[i] ?? 0) * (values[at] ?? 0), 0),
    i === 0 ? 1 : 0,
  ])
  const solved = solve(matrix)
  if (solved === undefined) return plain
  const coefficients = solved.map((row) => row[0] ?? 0)
  const squares = rows.reduce((sum, row, at) => {
    const fitted = row.reduce((so, each, i) => so + each * (coefficients[i] ?? 0), 0)
    return sum + ((values[at] ?? 0) - fitted) ** 2
  }, 0)
  const mean = coefficients[0] ?? NaN
  const deviation = Math.sqrt(Math.max(0, (squares / freedom) * (solved[0]?.[1] ?? 0)))
  const half = studentQuantile(1 - (1 - level) / 2, freedom) * deviation
  return { mean, half, low: mean - half, high: mean + half, level }
}

/** Gauss and Jordan's elimination with pivots, of n rows with n + 2 columns: the last two, solved. */
function solve(matrix: readonly (readonly number[])[]): number[][] | undefined {
  const rows = matrix.map((row) => [...row])
  const size = rows.length
  for (let column = 0; column < size; column++) {
    const magnitude = (at: number): number => Math.abs(rows[at]?.[column] ?? 0)
    let pivot = column
    for (let at = column + 1; at < size; at++) if (magnitude(at) > magnitude(pivot)) pivot = at
    const best = rows[pivot] as number[]
    const scale = best[column] ?? 0
    if (Math.abs(scale) < 1e-18) return undefined
    rows[pivot] = rows[column] as number[]
    rows[column] = best.map((each) => each / scale)
    const unit = rows[column] as number[]
    for (const [at, row] of rows.entries()) {
      const factor = row[column] ?? 0
      if (at !== column) rows[at] = row.map((each, index) => each - factor * (unit[index] ?? 0))
    }
  }
  return rows.map((row) => row.slice(size))
}
