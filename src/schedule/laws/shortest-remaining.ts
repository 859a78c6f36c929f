/**
 * M/G/1 under shortest remaining time first (SRPT, SRTF): Schrage and Miller's formula (Schrage, Miller: The Queue M/G/1
 * with the Shortest Remaining Processing Time Discipline, Operations Research 14, 1966), integrated numerically.
 *
 *   rho(x)  = lambda  x  integral 0..x of t dF(t)                      load of the jobs no longer than x
 *   E[T(x)] = lambda (integral 0..x of t^2 dF(t) + x^2 P(S > x)) / (2 (1 - rho(x))^2)      until it runs first
 *           + integral 0..x of dt / (1 - rho(t))                                           from then on
 *   W       = integral of E[T(x)] dF(x)
 */
import type { Distribution } from '../random/distribution.ts'
import { fromWaiting, loadOf, type Prediction } from './single-server.ts'

const steps = 40_000

/**
 * Predicts the mean turnaround under SRTF, accurate to about 1e-6 for continuous distributions. Throws OPTION_INVALID for
 * a load of 1 or more.
 */
export function mg1ShortestRemaining(arrivalRate: number, service: Distribution): Prediction {
  loadOf(arrivalRate, service.mean)
  const grid = gridOf(service)
  let [first, second, residence, turnaround] = [0, 0, 0, 0]
  let [below, tailBelow, slowBelow] = [0, service.tail(0), 1]
  // Jobs of length 0 are done at once.
  for (const x of grid) {
    const tail = service.tail(x)
    const mass = tailBelow - tail
    const middle = (below + x) / 2
    // Half of the cell's jobs are shorter than its middle.
    const firstMiddle = first + (mass * middle) / 2
    const secondMiddle = second + (mass * middle ** 2) / 2
    first += mass * middle
    second += mass * middle ** 2
    const slow = 1 / (1 - arrivalRate * first)
    const slowMiddle = 1 / (1 - arrivalRate * firstMiddle)
    const residenceMiddle = residence + ((slowBelow + slowMiddle) / 2) * (middle - below)
    const waiting = arrivalRate * (secondMiddle + middle ** 2 * (tail + mass / 2)) * slowMiddle ** 2
    turnaround += mass * (waiting / 2 + residenceMiddle)
    residence += ((slowBelow + slow) / 2) * (x - below)
    below = x
    tailBelow = tail
    slowBelow = slow
  }
  return fromWaiting(arrivalRate, service.mean, turnaround - service.mean)
}

/** Places from 0 to where the tail is nothing: dense for short jobs, wider apart for long ones. */
function gridOf({ mean, tail }: Distribution): Float64Array {
  let end = mean
  while (tail(end) > 1e-13 && end < mean * 1e12) end *= 2
  const span = Math.log1p(end / mean)
  return Float64Array.from({ length: steps }, (_, index) => mean * Math.expm1((span * (index + 1)) / steps))
}
