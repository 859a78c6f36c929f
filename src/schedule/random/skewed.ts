/** Distributions that are measured more often than calculated with: lognormal and Weibull. */
import { errorFunctionComplement, gamma } from '../statistics/special.ts'
import { checkPositive, positiveUniform, type Distribution } from './distribution.ts'

/** The logarithm is normal; `c2` is the squared coefficient of variation. Run times of batch jobs often look like it. */
export function lognormal({ mean, c2 }: { readonly mean: number; readonly c2: number }): Distribution {
  checkPositive('mean', mean)
  checkPositive('c2', c2)
  const spread = Math.sqrt(Math.log(1 + c2))
  const middle = Math.log(mean) - spread ** 2 / 2
  return {
    name: 'lognormal',
    mean,
    variance: c2 * mean ** 2,
    sample: (next) => {
      // Box and Muller's method (Annals of Mathematical Statistics 29, 1958); the second of the pair is not kept, so that
      // a draw does not depend on the one before.
      const radius = Math.sqrt(-2 * Math.log(positiveUniform(next)))
      return Math.exp(middle + spread * radius * Math.cos(2 * Math.PI * next()))
    },
    tail: (x) => (x <= 0 ? 1 : errorFunctionComplement((Math.log(x) - middle) / (spread * Math.SQRT2)) / 2),
  }
}

/** exp(-(x / scale)^shape): shape below 1 means that what took long takes longer still, above 1 that it wears out. */
export function weibull({ mean, shape }: { readonly mean: number; readonly shape: number }): Distribution {
  checkPositive('mean', mean)
  checkPositive('shape', shape)
  const first = gamma(1 + 1 / shape)
  const scale = mean / first
  return {
    name: 'weibull',
    mean,
    variance: mean ** 2 * (gamma(1 + 2 / shape) / first ** 2 - 1),
    sample: (next) => scale * (-Math.log(positiveUniform(next))) ** (1 / shape),
    tail: (x) => (x <= 0 ? 1 : Math.exp(-((x / scale) ** shape))),
  }
}
