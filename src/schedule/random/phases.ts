/** Distributions made of exponential phases: the ones that queueing theory can calculate with. */
import { invalid } from '../checks.ts'
import { checkInteger } from '../../core/index.ts'
import { checkPositive, positiveUniform, type Distribution } from './distribution.ts'

/** Without memory: how long it took so far says nothing on how long it will take. Coefficient of variation 1. */
export function exponential({ mean }: { readonly mean: number }): Distribution {
  checkPositive('mean', mean)
  return {
    name: 'exponential',
    mean,
    variance: mean ** 2,
    sample: (next) => -mean * Math.log(positiveUniform(next)),
    tail: (x) => (x <= 0 ? 1 : Math.exp(-x / mean)),
  }
}

/** The sum of `stages` exponential phases: more regular than the exponential, squared variation 1 / stages. */
export function erlang({ mean, stages }: { readonly mean: number; readonly stages: number }): Distribution {
  checkPositive('mean', mean)
  checkInteger('stages', stages, 1, 1_000)
  const rate = stages / mean
  return {
    name: 'erlang',
    mean,
    variance: mean ** 2 / stages,
    sample: (next) => {
      // A product of uniforms is the exponential of a sum of logarithms; sixteen factors cannot reach 0.
      let sum = 0
      for (let left = stages; left > 0; left -= 16) {
        let product = 1
        for (let factor = Math.min(16, left); factor > 0; factor--) product *= positiveUniform(next)
        sum -= Math.log(product)
      }
      return sum / rate
    },
    tail: (x) => (x <= 0 ? 1 : poissonBelow(stages, rate * x)),
  }
}

/** P(N < count) for N with the Poisson distribution; summed in logarithms, so that a large mean does not give 0 x Infinity. */
function poissonBelow(count: number, mean: number): number {
  let logTerm = -mean
  let sum = 0
  for (let index = 0; index < count; index++) {
    sum += Math.exp(logTerm)
    logTerm += Math.log(mean / (index + 1))
  }
  return Math.min(1, sum)
}

/**
 * Two kinds of jobs, many short and few long ones, each exponential, with balanced means (both kinds bring the same load):
 * for a squared variation `c2` of 1 or more (Harchol-Balter: Performance Modeling and Design of Computer Systems, ch. 21).
 */
export function hyperexponential({ mean, c2 }: { readonly mean: number; readonly c2: number }): Distribution {
  checkPositive('mean', mean)
  if (typeof c2 !== 'number' || !(c2 >= 1 && c2 < Infinity)) throw invalid('c2', 'a finite number, 1 or more', c2)
  const share = (1 + Math.sqrt((c2 - 1) / (c2 + 1))) / 2
  const short = mean / (2 * share)
  const long = mean / (2 * (1 - share))
  return {
    name: 'hyperexponential',
    mean,
    variance: c2 * mean ** 2,
    sample: (next) => {
      const phase = next() < share ? short : long
      return -phase * Math.log(positiveUniform(next))
    },
    tail: (x) => (x <= 0 ? 1 : share * Math.exp(-x / short) + (1 - share) * Math.exp(-x / long)),
  }
}
