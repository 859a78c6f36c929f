/** Figures that sum up a list of numbers. All of them throw OPTION_INVALID for an empty list. */
import { invalid } from '../checks.ts'

/** The arithmetic mean. */
export function mean(values: ArrayLike<number>): number {
  checkSome('values', values, 1)
  let sum = 0
  for (let index = 0; index < values.length; index++) sum += values[index] as number
  return sum / values.length
}

/**
 * The variance of a sample (divided by n - 1), in one pass that stays exact for large means (Welford, Technometrics 4,
 * 1962). One value has none: 0.
 */
export function variance(values: ArrayLike<number>): number {
  checkSome('values', values, 1)
  let center = 0
  let squares = 0
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    const away = value - center
    center += away / (index + 1)
    squares += away * (value - center)
  }
  return values.length === 1 ? 0 : squares / (values.length - 1)
}

/** The square root of the variance, in the unit of the values. */
export function standardDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(variance(values))
}

/** Standard deviation divided by the mean: 0 for constants, 1 for exponential times. */
export function coefficientOfVariation(values: ArrayLike<number>): number {
  return standardDeviation(values) / mean(values)
}

/**
 * The value below which `fraction` (0 to 1) of the values lie, interpolated between neighbours (definition 7 of Hyndman,
 * Fan: Sample Quantiles in Statistical Packages, The American Statistician 50, 1996; that of R, NumPy and spreadsheets).
 */
export function percentile(values: ArrayLike<number>, fraction: number): number {
  return percentiles(values, [fraction])[0] as number
}

/** Several percentiles of the same values, which are sorted once. */
export function percentiles(values: ArrayLike<number>, fractions: readonly number[]): number[] {
  checkSome('values', values, 1)
  const sorted = Float64Array.from(values).sort()
  return fractions.map((fraction) => {
    if (!(fraction >= 0 && fraction <= 1)) throw invalid('fraction', 'a number from 0 to 1', fraction)
    const place = fraction * (sorted.length - 1)
    const low = sorted[Math.floor(place)] as number
    const high = sorted[Math.ceil(place)] as number
    return low + (high - low) * (place - Math.floor(place))
  })
}

export interface Summary {
  readonly count: number
  readonly mean: number
  readonly deviation: number
  readonly least: number
  readonly p50: number
  readonly p90: number
  readonly p95: number
  readonly p99: number
  readonly greatest: number
}

/** The figures that describe a distribution at a glance. */
export function summarize(values: ArrayLike<number>): Summary {
  const [least = NaN, p50 = NaN, p90 = NaN, p95 = NaN, p99 = NaN, greatest = NaN] = percentiles(
    values,
    [0, 0.5, 0.9, 0.95, 0.99, 1],
  )
  const deviation = standardDeviation(values)
  return { count: values.length, mean: mean(values), deviation, least, p50, p90, p95, p99, greatest }
}

/**
 * Jain's index: 1 if all get the same, 1/n if one gets everything (Jain, Chiu, Hawe: A Quantitative Measure of Fairness,
 * DEC Research Report 301, 1984). Of values that are all 0 it is 1.
 */
export function jainFairness(values: ArrayLike<number>): number {
  checkSome('values', values, 1)
  let sum = 0
  let squares = 0
  for (let index = 0; index < values.length; index++) {
    const value = values[index] as number
    sum += value
    squares += value * value
  }
  return squares === 0 ? 1 : sum ** 2 / (values.length * squares)
}

/** Throws OPTION_INVALID for fewer than `least` values. */
export function checkSome(option: string, values: ArrayLike<number>, least: number): void {
  if (values.length < least) throw invalid(option, `a list of ${least} or more numbers`, `${values.length} numbers`)
}
