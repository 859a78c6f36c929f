/** What a distribution of times is: a way to draw from it, and the figures that formulas need. */
import { fail } from '../../core/index.ts'
import type { Uniform } from './stream.ts'

/** A distribution of times, 0 or more. */
export interface Distribution {
  readonly name: string
  readonly mean: number
  readonly variance: number
  /** Draws one value. */
  sample(next: Uniform): number
  /** P(X > x): 1 at the left end, 0 at the right. */
  tail(x: number): number
}

/** Squared coefficient of variation, variance / mean^2: 0 for constants, 1 for the exponential, more for the irregular. */
export function squaredVariation({ mean, variance }: Pick<Distribution, 'mean' | 'variance'>): number {
  return variance / mean ** 2
}

/** The second moment E[X^2]. */
export function secondMoment({ mean, variance }: Pick<Distribution, 'mean' | 'variance'>): number {
  return variance + mean ** 2
}

/** Returns a parameter that must be more than 0 and finite; throws OPTION_INVALID. */
export function checkPositive(option: string, value: unknown): number {
  if (typeof value === 'number' && value > 0 && value < Infinity) return value
  throw fail('OPTION_INVALID', {
    option,
    rule: 'a finite number, more than 0',
    got: `${String(value)} (${typeof value})`,
  })
}

/** 1 - u is never 0, so that its logarithm is finite. */
export function positiveUniform(next: Uniform): number {
  return 1 - next()
}
